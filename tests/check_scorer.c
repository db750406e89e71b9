/* The scorer: one file, many threads, bitwise identical scores. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "layers.h"
#include "mood/model.h"
#include "mood/scorer.h"

enum { T = 8, TEXTS = 300 };

static const char *const words[] = {"good", "bad", "fine", "awful", "great", "place", "food", "slow"};
static char lines[TEXTS][64];
static mood_text texts[TEXTS];

static void make_texts(void) {
    for (size_t i = 0; i < TEXTS; i++) {
        int used = 0;
        for (size_t k = 0; k <= i % 11; k++)
            used += snprintf(lines[i] + used, sizeof lines[i] - (size_t)used, "%s ", words[(i * 5 + k * 3) % 8]);
        texts[i] = (mood_text){lines[i], strlen(lines[i])};
    }
    texts[3] = (mood_text){"", 0};
    texts[4] = (mood_text){"nothing known here", 18};
    texts[5] = (mood_text){"good\0bad", 8};
    texts[6] = (mood_text){"good \xff\xfe bad \xe2\x82", 13};
}

/* A small file with O outputs; classes: their names, or NULL. */
static void make_file(const char *path, size_t O, char **labels, size_t label_count) {
    mood_device *device = devices_get(0);
    mood_model *model;
    char dense[80];
    mood_recipe recipe = MOOD_RECIPE;
    static char good[] = "good place", bad[] = "bad slow food";
    char *checks[] = {good, bad};
    snprintf(dense, sizeof dense, "Dense(%zu, activation=%s)", O, O == 1 ? "sigmoid" : "softmax");
    ck_ok(mood_tokenizer_create(NULL, &recipe.tokenizer, err));
    ck_ok(mood_tokenizer_fit(recipe.tokenizer, texts, 3, err));
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(20, 6)", "LSTM(9)", dense), err));
    ck_ok(mood_model_build(model, T, 11, err));
    recipe.labels = labels;
    recipe.label_count = label_count;
    recipe.check_texts = checks;
    recipe.check_count = 2;
    ck_ok(mood_model_save(model, path, &recipe, err));
    mood_tokenizer_destroy(recipe.tokenizer);
    mood_model_destroy(model);
}

static mood_scorer *open_file(const char *path, mood_device *device, size_t batch_size) {
    mood_scorer *scorer;
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    options.device = device;
    options.batch_size = batch_size;
    ck_ok(mood_scorer_open(path, &options, &scorer, err));
    return scorer;
}

START_TEST(a_score_does_not_depend_on_the_other_texts) {
    float all[TEXTS], one;
    make_file("tests-scorer.keras", 1, NULL, 0);
    mood_scorer *scorer = open_file("tests-scorer.keras", devices_get(_i), 7); /* several launches per call */
    ck_ok(mood_scorer_score(scorer, texts, TEXTS, all, err));
    for (size_t i = 0; i < TEXTS; i++) {
        ck_ok(mood_scorer_score(scorer, &texts[i], 1, &one, err));
        ck_assert_msg(memcmp(&one, &all[i], sizeof one) == 0, "text %zu: %.9g alone, %.9g among others", i, (double)one,
                      (double)all[i]);
        ck_assert(one > 0 && one < 1);
    }
    /* A text without a known word is a row of padding, like an empty text. */
    ck_assert_int_eq(memcmp(&all[3], &all[4], sizeof *all), 0);
    ck_ok(mood_scorer_score(scorer, NULL, 0, NULL, err));
    mood_scorer_destroy(scorer);
    remove("tests-scorer.keras");
}
END_TEST

/* Set all elements of a weight to one number. */
static void fill_weight(mood_model *model, size_t index, float value) {
    mood_weight_info info;
    ck_ok(mood_model_weight_info(model, index, &info, err));
    float *values = malloc(info.count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < info.count; i++)
        values[i] = value;
    ck_ok(mood_model_set_weight(model, index, values, info.count, err));
    free(values);
}

/* A file with finite weights, for which the score of a text with the tokenizer's first word is infinity minus
 * infinity; without that word every layer's output is 0. */
static void make_overflowing_file(const char *path, const char *word) {
    mood_device *device = devices_get(0);
    mood_model *model;
    mood_recipe recipe = MOOD_RECIPE;
    const mood_text vocabulary = {word, strlen(word)};
    enum { IDS = 3, E = 2 };
    ck_ok(mood_tokenizer_create(NULL, &recipe.tokenizer, err));
    ck_ok(mood_tokenizer_fit(recipe.tokenizer, &vocabulary, 1, err));
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(
        model, LAYERS("Embedding(3, 2)", "LSTM(4)", "Dense(2, activation='relu')", "Dense(1, activation='sigmoid')"),
        err));
    ck_ok(mood_model_build(model, T, 11, err));
    ck_ok(mood_model_set_weight(model, 0, (const float[IDS * E]){0, 0, 1, 1, 0, 0}, IDS * E, err));
    fill_weight(model, 1, 1.0f);
    fill_weight(model, 3, 0.0f);
    fill_weight(model, 4, 3e38f);
    ck_ok(mood_model_set_weight(model, 6, (const float[]){1.0f, -1.0f}, 2, err));
    ck_ok(mood_model_save(model, path, &recipe, err));
    mood_tokenizer_destroy(recipe.tokenizer);
    mood_model_destroy(model);
}

START_TEST(a_score_that_overflows_names_its_text) {
    static const mood_text some[] = {{"fine", 4}, {"", 0}, {"so very huge", 12}, {"fine", 4}, {"huge", 4}};
    mood_error said = {.message = ""};
    float scores[5];
    make_overflowing_file("tests-scorer.keras", "huge");
    mood_scorer *scorer = open_file("tests-scorer.keras", devices_get(_i), 1); /* one launch per text */
    ck_ok(mood_scorer_score(scorer, some, 2, scores, err));
    ck_assert(scores[0] == 0.5f && scores[1] == 0.5f);
    ck_assert_int_eq(mood_scorer_score(scorer, some, 5, scores, &said), MOOD_ERR_STATE);
    ck_assert_int_eq(said.error_class, MOOD_CLASS_INPUT);
    ck_assert_msg(strstr(said.message, "text 2: the model's output is ") != NULL, "%s", said.message);
    mood_scorer_destroy(scorer);
    remove("tests-scorer.keras");
}
END_TEST

struct job {
    mood_scorer *scorer;
    size_t first, count;
    const float *expected;
    int wrong;
};

START_TEST(words_are_counted) {
    float scores[TEXTS];
    mood_sequence_counts counts[3];
    make_file("tests-scorer.keras", 1, NULL, 0);
    mood_scorer *scorer = open_file("tests-scorer.keras", devices_get(_i), 2);
    ck_ok(mood_scorer_score_counted(scorer, texts + 4, 3, scores, counts, err)); /* in two launches */
    const mood_sequence_counts wanted[] = {{3, 3, 0}, {1, 1, 0}, {4, 3, 3}};
    ck_assert_mem_eq(counts, wanted, sizeof wanted);
    ck_ok(mood_scorer_score_counted(scorer, texts, 0, NULL, NULL, err));
    mood_scorer_destroy(scorer);
    remove("tests-scorer.keras");
}
END_TEST

static void *score_often(void *argument) {
    struct job *job = argument;
    float scores[TEXTS];
    mood_error err;
    for (size_t i = 0; i < 60; i++) {
        size_t count = 1 + (job->count + 13 * i) % (TEXTS - job->first); /* concurrent launches of many sizes */
        if (mood_scorer_score(job->scorer, texts + job->first, count, scores, &err) != MOOD_OK ||
            memcmp(scores, job->expected + job->first, count * sizeof *scores) != 0)
            job->wrong++;
    }
    return NULL;
}

START_TEST(threads_share_a_scorer) {
    enum { THREADS = 8 };
    float expected[TEXTS];
    pthread_t threads[THREADS];
    struct job jobs[THREADS];
    char path[4096];
    const char *folder = getenv("MOOD_TEST_DATA"); /* a model whose launches take long enough to overlap */
    snprintf(path, sizeof path, "%s/reviews.keras", folder ? folder : "tests/data");
    mood_device *device = devices_open(_i);
    mood_scorer *scorer = open_file(path, device, 0);
    for (size_t i = 0; i < TEXTS; i++) /* one by one, so that the threads' larger launches are new to the driver */
        ck_ok(mood_scorer_score(scorer, &texts[i], 1, &expected[i], err));
    for (size_t i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){scorer, i, 37 * i, expected, 0};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, score_often, &jobs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(jobs[i].wrong, 0);
    }
    mood_scorer_destroy(scorer);
    mood_device_destroy(device);
}
END_TEST

START_TEST(labels_have_names) {
    static char anger[] = "anger", joy[] = "joy", sadness[] = "sadness";
    char *names[] = {anger, joy, sadness};
    mood_scorer *scorer;
    make_file("tests-scorer.keras", 1, NULL, 0);
    scorer = open_file("tests-scorer.keras", devices_get(0), 0);
    ck_assert_uint_eq(mood_scorer_get_outputs(scorer), 1);
    ck_assert_uint_eq(mood_scorer_get_labels(scorer), 2);
    ck_assert_str_eq(mood_scorer_get_label(scorer, 1), "positive");
    ck_assert_ptr_null(mood_scorer_get_label(scorer, 2));
    /* Strictly above one half. */
    ck_assert_uint_eq(mood_scorer_decide(scorer, (float[]){0.5f}), 0);
    ck_assert_uint_eq(mood_scorer_decide(scorer, (float[]){0.50001f}), 1);
    ck_assert_uint_eq(strlen(mood_scorer_get_digest(scorer)), 64);
    mood_scorer_destroy(scorer);
    make_file("tests-scorer.keras", 3, names, 3);
    scorer = open_file("tests-scorer.keras", devices_get(0), 0);
    float scores[3 * TEXTS];
    ck_ok(mood_scorer_score(scorer, texts, TEXTS, scores, err));
    ck_assert_float_eq_tol(scores[0] + scores[1] + scores[2], 1.0f, 1e-6);
    ck_assert_str_eq(mood_scorer_get_label(scorer, 2), "sadness");
    ck_assert_uint_eq(mood_scorer_decide(scorer, (float[]){0.25f, 0.5f, 0.5f}), 1); /* the first of equals */
    mood_scorer_destroy(scorer);
    make_file("tests-scorer.keras", 3, NULL, 0);
    scorer = open_file("tests-scorer.keras", devices_get(0), 0);
    ck_assert_str_eq(mood_scorer_get_label(scorer, 2), "2");
    mood_scorer_destroy(scorer);
    remove("tests-scorer.keras");
}
END_TEST

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void refused(const mood_scorer_options *options, mood_status expected, const char *part) {
    mood_scorer *scorer;
    mood_error said = {.message = ""};
    ck_assert_int_eq(mood_scorer_open("tests-scorer.keras", options, &scorer, &said), expected);
    ck_assert_ptr_null(scorer);
    ck_assert_msg(strstr(said.message, part) != NULL, "'%s' does not say '%s'", said.message, part);
}

/* A file that Keras saved again has lost its tokenizer: the error says so, and the options can give one. */
START_TEST(a_tokenizer_file_may_be_given) {
    mood_scorer *scorer;
    mood_device *device = devices_get(0);
    mood_model *model;
    mood_tokenizer *tokenizer;
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    mood_recipe_options recipe = MOOD_RECIPE_OPTIONS;
    char *json;
    options.recipe = &recipe;
    options.device = device;
    ck_ok(mood_model_create(device, &model, err));
    /* ids 0 … 5 */
    ck_ok(append_layers(model, LAYERS("Embedding(6, 6)", "LSTM(9)", "Dense(1, activation='sigmoid')"), err));
    ck_ok(mood_model_build(model, T, 11, err));
    ck_ok(mood_model_save(model, "tests-scorer.keras", NULL, err));
    refused(&options, MOOD_ERR_FORMAT, "no tokenizer");
    recipe.tokenizer = "tests-nosuch.json";
    refused(&options, MOOD_ERR_IO, "tests-nosuch.json");
    recipe.tokenizer = "tests-tokenizer.json";
    put("tests-tokenizer.json", "[1, 2");
    refused(&options, MOOD_ERR_FORMAT, "tests-tokenizer.json");

    ck_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    ck_ok(mood_tokenizer_fit(tokenizer, texts, 2, err)); /* five words at most */
    ck_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    put("tests-tokenizer.json", json);
    mood_free(json);
    ck_ok(mood_scorer_open("tests-scorer.keras", &options, &scorer, err));
    float scores[TEXTS];
    ck_ok(mood_scorer_score(scorer, texts, TEXTS, scores, err));
    mood_scorer_destroy(scorer);
    ck_ok(mood_tokenizer_fit(tokenizer, texts, TEXTS, err)); /* now more words than the Embedding has rows */
    ck_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    put("tests-tokenizer.json", json);
    mood_free(json);
    refused(&options, MOOD_ERR_FORMAT, "do not belong together");
    mood_tokenizer_destroy(tokenizer);
    mood_model_destroy(model);
    remove("tests-tokenizer.json");
    remove("tests-scorer.keras");
}
END_TEST

int main(void) {
    make_texts();
    Suite *suite;
    TCase *tcase = create_suite("scorer", &suite), *longer = add_case("longer", suite);
    ADD_DEVICE_TEST(tcase, words_are_counted);
    ADD_DEVICE_TEST(tcase, a_score_does_not_depend_on_the_other_texts);
    ADD_DEVICE_TEST(tcase, a_score_that_overflows_names_its_text);
    ADD_DEVICE_TEST(longer, threads_share_a_scorer);
    tcase_add_test(tcase, labels_have_names);
    tcase_add_test(tcase, a_tokenizer_file_may_be_given);
    return run_suite(suite);
}
