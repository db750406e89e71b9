/* Explanations: contributions add up to the difference of two scores for all kinds of layers and inputs; they are exact
 * for linear models; and on the shipped model the strongest words are those that change the score if they are left
 * out. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "model/attribution.h"
#include "model_fixture.h"
#include "mood/scorer.h"

#define SCORE "Dense(1, activation='sigmoid')"

static const mood_head sigmoid_head = {1, 2, MOOD_LINEAR, 0.5f, false, true, 1.0};

/* ---- models ---------------------------------------------------------------------------------------- */

/* Larger weights, so that scores differ. */
static void scale_weights(mood_model *model, size_t first, size_t count, float factor) {
    for (size_t i = first; i < first + count; i++) {
        mood_weight_info info;
        ck_ok(mood_model_weight_info(model, i, &info, err));
        float *values = malloc(info.count * sizeof *values);
        ck_ok(mood_model_get_weight(model, i, values, info.count, err));
        for (size_t k = 0; k < info.count; k++)
            values[k] *= factor;
        ck_ok(mood_model_set_weight(model, i, values, info.count, err));
        free(values);
    }
}

static float predict_one(mood_model *model, const int32_t *ids, size_t count) {
    float y[3];
    ck_ok(mood_model_predict(model, ids, 1, count, 0, y, err));
    return y[0];
}

/* Rows: padding before, between and after words; words that occur twice; no padding; no words. */
enum { ROWS = 5 };
static const int32_t rows[ROWS][T] = {
    {0, 0, 3, 7, 22, 4}, {5, 0, 5, 9, 0, 0}, {1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 8}, {0, 0, 0, 0, 0, 0},
};

/* Check all rows: the sum of contributions, the scores, and that padding has none. */
static void check_rows(mood_model *model, const char *what) {
    struct attributor *attributor;
    const int32_t none[T] = {0};
    double contributions[T];
    ck_ok(attributor_create(model, &attributor, err));
    float empty = predict_one(model, none, T);
    for (size_t r = 0; r < ROWS; r++) {
        struct attribution attribution = {.empty = (double)empty};
        double sum = 0, score = (double)predict_one(model, rows[r], T), difference = score - (double)empty;
        ck_ok(attributor_run(attributor, rows[r], T, &sigmoid_head, 1, contributions, &attribution, err));
        for (size_t t = 0; t < T; t++) {
            sum += contributions[t];
            ck_assert_msg(rows[r][t] != 0 || contributions[t] == 0, "%s, row %zu: padding has %g", what, r,
                          contributions[t]);
        }
        ck_assert_msg(fabs(sum - difference) <= 0.01 * fabs(difference) + 1e-4, "%s, row %zu: %g instead of %g", what,
                      r, sum, difference);
        ck_assert_msg(r == ROWS - 1 || fabs(attribution.score - score) < 1e-4, "%s, row %zu: score %g, not %g", what, r,
                      attribution.score, score);
        ck_assert((attribution.steps == 0) == (r == ROWS - 1));
    }
    attributor_destroy(attributor);
}

/* One letter per layer (model_fixture.c), after an Embedding; 0: with mask_zero. Then a Dense. */
static const char *const stacks[] = {
    "sl", "0sl", "N8",  "0NO", "BE",   "0BC", "HG",  "IA",  "0DA",  "DoeQ", "fdl", "jkRQ",   "0uB:",
    "+-", "/T",  "0;Z", "KPF", "JVWF", "(>F", "xyl", "U5L", "0BdA", "0Y",   "4VX", "z7Frdg",
};

START_TEST(contributions_add_up) {
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        mood_model *model;
        ck_ok(mood_model_create(device, &model, err));
        add_layers(model, stacks[i]);
        ck_ok(mood_model_add(model, SCORE, err));
        ck_ok(mood_model_build(model, T, 5, err));
        scale_weights(model, 0, 1, 15);
        check_rows(model, stacks[i]);
        mood_model_destroy(model);
    }
}
END_TEST

/* A second input, of n-grams; branches; dropout everywhere. */
static mood_model *make_branches(mood_device *device, bool masked, const char *last) {
    mood_model *model;
    mood_ngrams_options options = MOOD_NGRAMS_OPTIONS;
    char embedding[60];
    snprintf(embedding, sizeof embedding, "Embedding(%d, 4%s)", V, masked ? ", mask_zero=True" : "");
    options.min_rows = 1;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, embedding, err));
    ck_ok(mood_model_set_ngrams(model, &options, rows[0], ROWS, T, err));
    ck_ok(mood_model_add(model, "SpatialDropout1D(0.2)", err));
    ck_ok(mood_model_add(model, "Bidirectional(LSTM(3, return_sequences=True, dropout=0.2), name='states')", err));
    ck_ok(mood_model_connect(model, "GlobalMaxPooling1D(name='largest')", (const char *[]){"states"}, 1, err));
    ck_ok(mood_model_connect(model, "GlobalAveragePooling1D(name='mean')", (const char *[]){"states"}, 1, err));
    ck_ok(mood_model_connect(model, "UnitNormalization(name='unit')", (const char *[]){"ngrams"}, 1, err));
    ck_ok(mood_model_connect(model, "Dense(5, name='bag')", (const char *[]){"unit"}, 1, err));
    ck_ok(mood_model_connect(model, "Concatenate()", (const char *[]){"largest", "mean", "bag"}, 3, err));
    ck_ok(mood_model_add(model, "Dropout(0.5)", err));
    ck_ok(mood_model_add(model, last, err));
    ck_ok(mood_model_build(model, T, 9, err));
    scale_weights(model, 0, 1, 15);
    return model;
}

START_TEST(branches_and_ngrams_add_up) {
    mood_device *device = devices_get(_i);
    for (int masked = 0; masked < 2; masked++) {
        mood_model *model = make_branches(device, masked, SCORE);
        check_rows(model, masked ? "branches with a mask" : "branches");
        mood_model_destroy(model);
    }
}
END_TEST

static mood_model *make_bags(mood_device *device, mood_matrix_mode mode, const char *const *layers) {
    mood_model *model;
    mood_tokenizer *tokenizer;
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = V;
    ck_ok(mood_tokenizer_create(&options, &tokenizer, err));
    for (int text = 1; text < V; text++) {
        char words[V * 4] = "";
        for (int word = 1; word <= V - text; word++)
            sprintf(words + strlen(words), "w%d ", word);
        ck_ok(mood_tokenizer_fit(tokenizer, &(mood_text){words, strlen(words)}, 1, err));
    }
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, layers, err));
    ck_ok(mood_model_set_matrix(model, mode, tokenizer, err));
    ck_ok(mood_model_build(model, 0, 3, err));
    mood_tokenizer_destroy(tokenizer);
    return model;
}

START_TEST(bags_add_up) {
    mood_device *device = devices_get(_i);
    const char *const *const models[] = {
        LAYERS("Dense(9, activation='tanh')", SCORE),
        LAYERS("Dropout(0.4)", "Dense(9, activation='relu')", SCORE),
        LAYERS("Activation('tanh')", "Dense(9)", SCORE),
        LAYERS("BatchNormalization()", "Dense(9, activation='tanh')", SCORE),
        LAYERS("UnitNormalization()", "Dense(9, activation='tanh')", "Dropout(0.4)", SCORE),
    };
    for (mood_matrix_mode mode = MOOD_MATRIX_BINARY; mode <= MOOD_MATRIX_TFIDF; mode++)
        for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
            char what[40];
            snprintf(what, sizeof what, "bags of mode %d, model %zu", (int)mode, i);
            mood_model *model = make_bags(device, mode, models[i]);
            check_rows(model, what);
            mood_model_destroy(model);
        }
}
END_TEST

/* ---- linear models: the contributions are known ------------------------------------------------------ */

START_TEST(linear_models_are_exact) {
    const mood_head linear = {1, 2, MOOD_LINEAR, 0.5f, false, false, 1.0};
    mood_device *device = devices_get(_i);
    mood_model *model;
    struct attributor *attributor;
    struct attribution attribution = {0};
    float embeddings[V * E], kernel[E];
    double contributions[T];
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(23, 5)", "GlobalAveragePooling1D()", "Dense(1)"), err));
    ck_ok(mood_model_build(model, T, 2, err));
    ck_ok(mood_model_get_weight(model, 0, embeddings, V * E, err));
    ck_ok(mood_model_get_weight(model, 1, kernel, E, err));
    ck_ok(attributor_create(model, &attributor, err));
    ck_ok(attributor_run(attributor, rows[1], T, &linear, 1, contributions, &attribution, err));
    for (size_t t = 0; t < T; t++) {
        double known = 0;
        for (size_t e = 0; e < E; e++)
            known += (double)kernel[e] * ((double)embeddings[(size_t)rows[1][t] * E + e] - (double)embeddings[e]) / T;
        ck_assert_msg(fabs(contributions[t] - known) < 1e-6, "step %zu: %g, not %g", t, contributions[t], known);
    }
    ck_ok(attributor_run(attributor, rows[1], T, &linear, 0, contributions + 0, &attribution, err)); /* 1 - score */
    ck_assert(fabs(attribution.sum - (attribution.score - attribution.base)) < 1e-6);
    attributor_destroy(attributor);
    mood_model_destroy(model);
}
END_TEST

/* The word that occurs twice shares its column's value. */
START_TEST(linear_bags_are_exact) {
    const mood_head linear = {1, 2, MOOD_LINEAR, 0.5f, false, false, 1.0};
    mood_device *device = devices_get(_i);
    mood_model *model = make_bags(device, MOOD_MATRIX_BINARY, LAYERS("Dense(1)"));
    struct attributor *attributor;
    struct attribution attribution = {0};
    float kernel[V];
    double contributions[T];
    ck_ok(mood_model_get_weight(model, 0, kernel, V, err));
    ck_ok(attributor_create(model, &attributor, err));
    ck_ok(attributor_run(attributor, rows[1], T, &linear, 1, contributions, &attribution, err));
    const double known[T] = {(double)kernel[5] / 2, 0, (double)kernel[5] / 2, (double)kernel[9], 0, 0};
    for (size_t t = 0; t < T; t++)
        ck_assert_msg(fabs(contributions[t] - known[t]) < 1e-6, "word %zu: %g, not %g", t, contributions[t], known[t]);
    attributor_destroy(attributor);
    mood_model_destroy(model);
}
END_TEST

/* ---- the scorer -------------------------------------------------------------------------------------- */

static mood_scorer *open_shipped(mood_device *device) {
    char path[4096];
    const char *folder = getenv("MOOD_TEST_DATA");
    mood_scorer *scorer;
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    snprintf(path, sizeof path, "%s/reviews.keras", folder ? folder : "tests/data");
    options.device = device;
    ck_ok(mood_scorer_open(path, &options, &scorer, err));
    return scorer;
}

static const char *const reviews[] = {
    "What a great film, I loved it.",
    "It broke after a week, a terrible waste of money.",
    "The food was delicious and the service was excellent.",
    "Worst restaurant ever, the waiter was rude.",
    "This phone is excellent, I recommend it.",
    "The plot is stupid and the acting is awful.",
    "I was disappointed with the battery.",
    "A wonderful movie with great actors.",
    "Poor quality, do not buy it.",
    "The best place for lunch, really nice people.",
    "Very comfortable and easy to use.",
    "The sound is horrible and it does not work.",
};

/* The change of the label's score if the word is left out, for each word. */
static void leave_out(mood_scorer *scorer, const mood_explanation *explanation, double *changes) {
    for (size_t k = 0; k < explanation->count; k++) {
        char text[400] = "";
        float score;
        for (size_t i = 0; i < explanation->count; i++)
            if (i != k) {
                strcat(text, explanation->words[i].text.data);
                strcat(text, " ");
            }
        ck_ok(mood_scorer_score(scorer, &(mood_text){text, strlen(text)}, 1, &score, err));
        changes[k] = explanation->score -
                     (double)mood_head_label_score(mood_scorer_get_head(scorer), &score, explanation->label);
    }
}

static size_t largest(const double *values, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(values[i]) > fabs(values[best]))
            best = i;
    return best;
}

/* The strongest word of each review is among the three whose absence changes the score most, with the same sign, and in
 * most reviews it is the first of them. */
START_TEST(strong_words_change_the_score) {
    mood_device *device = devices_get(_i);
    mood_scorer *scorer = open_shipped(device);
    size_t n = sizeof reviews / sizeof *reviews, first = 0;
    for (size_t r = 0; r < n; r++) {
        mood_explanation *explanation;
        double changes[40], contributions[40];
        ck_ok(mood_scorer_explain(scorer, (mood_text){reviews[r], strlen(reviews[r])}, MOOD_DECIDED_LABEL, &explanation,
                                  err));
        ck_assert(explanation->complete && explanation->located && explanation->count < 40);
        leave_out(scorer, explanation, changes);
        for (size_t k = 0; k < explanation->count; k++)
            contributions[k] = explanation->words[k].contribution;
        size_t strongest = largest(contributions, explanation->count), rank = 0;
        for (size_t k = 0; k < explanation->count; k++)
            rank += fabs(changes[k]) > fabs(changes[strongest]);
        ck_assert_msg(rank < 3 && changes[strongest] * contributions[strongest] > 0,
                      "\"%s\": %s has %+g, but without it the score changes by %+g (number %zu)", reviews[r],
                      explanation->words[strongest].text.data, contributions[strongest], changes[strongest], rank + 1);
        first += rank == 0;
        mood_explanation_destroy(explanation);
    }
    ck_assert_msg(3 * first >= 2 * n, "the first one in %zu of %zu reviews", first, n);
    mood_scorer_destroy(scorer);
}
END_TEST

START_TEST(words_have_places) {
    static const struct {
        const char *text;
        size_t count, begin[4], size[4];
        bool located;
    } cases[] = {
        {"Good  FOOD!", 2, {0, 6}, {4, 4}, true},
        {"\xc3\x89tait bon", 2, {0, 7}, {6, 3}, true},
        {"a_b don't", 3, {0, 2, 4}, {1, 1, 5}, true},
        {"\xff good \xff", 3, {0, 2, 7}, {1, 4, 1}, true},
        {"\xc4\xb0yi good", 2, {0}, {0}, false}, /* its lower case has one character more */
        {"", 0, {0}, {0}, true},
        {"...", 0, {0}, {0}, true},
    };
    mood_device *device = devices_get(_i);
    mood_scorer *scorer = open_shipped(device);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mood_explanation *e;
        ck_ok(mood_scorer_explain(scorer, (mood_text){cases[i].text, strlen(cases[i].text)}, 0, &e, err));
        ck_assert_msg(e->count == cases[i].count && e->located == cases[i].located, "case %zu: %zu words", i, e->count);
        for (size_t k = 0; k < e->count; k++)
            ck_assert_msg(e->words[k].begin == cases[i].begin[k] && e->words[k].size == cases[i].size[k],
                          "case %zu: word %zu at %zu + %zu", i, k, e->words[k].begin, e->words[k].size);
        mood_explanation_destroy(e);
    }
    mood_scorer_destroy(scorer);
}
END_TEST

/* The shipped model takes 50 words, and keeps the last ones. */
START_TEST(unused_words_are_marked) {
    mood_device *device = devices_get(_i);
    mood_scorer *scorer = open_shipped(device);
    char text[600] = "terrible zzqqx ";
    mood_explanation *e;
    for (int i = 0; i < 50; i++)
        strcat(text, i % 2 ? "good " : "film ");
    ck_ok(mood_scorer_explain(scorer, (mood_text){text, strlen(text)}, 1, &e, err));
    ck_assert_uint_eq(e->count, 52);
    ck_assert(e->words[0].cut && e->words[0].known && e->words[0].contribution == 0);
    ck_assert(!e->words[1].cut && !e->words[1].known && e->words[1].contribution == 0);
    ck_assert(!e->words[2].cut && e->words[2].contribution != 0);
    ck_assert(e->label == 1 && e->complete);
    mood_explanation_destroy(e);

    ck_ok(mood_scorer_explain(scorer, (mood_text){"zzqqx", 5}, MOOD_DECIDED_LABEL, &e, err));
    ck_assert(e->steps == 0 && e->complete && e->sum == 0 && e->score == e->empty && e->count == 1);
    mood_explanation_destroy(e);

    mood_error problem;
    ck_assert_int_eq(mood_scorer_explain(scorer, (mood_text){"x", 1}, 2, &e, &problem), MOOD_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(problem.message, "no label 2"));
    ck_assert_ptr_null(e);
    mood_explanation_destroy(NULL);
    mood_scorer_destroy(scorer);
}
END_TEST

/* Both labels of one output: the contributions are opposite. */
START_TEST(labels_are_opposite) {
    mood_device *device = devices_get(_i);
    mood_scorer *scorer = open_shipped(device);
    mood_explanation *a, *b;
    mood_text text = {reviews[0], strlen(reviews[0])};
    ck_ok(mood_scorer_explain(scorer, text, 0, &a, err));
    ck_ok(mood_scorer_explain(scorer, text, 1, &b, err));
    ck_assert(fabs(a->score + b->score - 1) < 1e-6);
    for (size_t i = 0; i < a->count; i++)
        ck_assert(fabs(a->words[i].contribution + b->words[i].contribution) < 1e-5);
    mood_explanation_destroy(a);
    mood_explanation_destroy(b);
    mood_scorer_destroy(scorer);
}
END_TEST

/* One thread's part: explanations and scores, which have to be those of one thread alone. */
struct part {
    pthread_t thread;
    mood_scorer *scorer;
    size_t first;
    double sums[4];
    float scores[4];
};

static void *explain_part(void *user) {
    struct part *part = user;
    for (size_t i = 0; i < 4; i++) {
        const char *review = reviews[(part->first + i) % (sizeof reviews / sizeof *reviews)];
        mood_text text = {review, strlen(review)};
        mood_explanation *e = NULL;
        ck_ok(mood_scorer_explain(part->scorer, text, 1, &e, err));
        ck_ok(mood_scorer_score(part->scorer, &text, 1, &part->scores[i], err));
        part->sums[i] = e->sum;
        mood_explanation_destroy(e);
    }
    return NULL;
}

START_TEST(threads_explain_at_once) {
    enum { THREADS = 3 };
    mood_device *device = devices_get(_i);
    mood_scorer *scorer = open_shipped(device);
    struct part parts[THREADS] = {{0}}, alone = {.scorer = scorer};
    for (size_t i = 0; i < THREADS; i++) {
        parts[i].scorer = scorer;
        parts[i].first = 3 * i;
        ck_assert_int_eq(pthread_create(&parts[i].thread, NULL, explain_part, &parts[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(parts[i].thread, NULL), 0);
    for (size_t i = 0; i < THREADS; i++) {
        alone.first = parts[i].first;
        explain_part(&alone);
        ck_assert_mem_eq(alone.scores, parts[i].scores, sizeof alone.scores);
        ck_assert_mem_eq(alone.sums, parts[i].sums, sizeof alone.sums);
    }
    mood_scorer_destroy(scorer);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("explain", &suite);
    ADD_LONG_DEVICE_TEST(tcase, contributions_add_up);
    ADD_LONG_DEVICE_TEST(tcase, branches_and_ngrams_add_up);
    ADD_LONG_DEVICE_TEST(tcase, bags_add_up);
    ADD_DEVICE_TEST(tcase, linear_models_are_exact);
    ADD_DEVICE_TEST(tcase, linear_bags_are_exact);
    ADD_LONG_DEVICE_TEST(tcase, strong_words_change_the_score);
    ADD_LONG_DEVICE_TEST(tcase, words_have_places);
    ADD_LONG_DEVICE_TEST(tcase, unused_words_are_marked);
    ADD_LONG_DEVICE_TEST(tcase, labels_are_opposite);
    ADD_LONG_DEVICE_TEST(tcase, threads_explain_at_once);
    return run_suite(suite);
}
