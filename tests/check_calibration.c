/* Temperature and threshold of a head: scores and gradients against their formulas, the fitted temperature against
 * closed forms and a search, the chosen threshold against all others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "model/head.h"
#include "mood/model.h"

static mood_error err;

enum { K = 4, MOST_ROWS = 400 };

/* The kinds of heads. */
static const struct kind {
    const char *name;
    mood_head head;
    bool softmax;
} kinds[] = {
    {"binary probabilities",
     {.outputs = 1, .labels = 2, .activation = MOOD_LINEAR, .threshold = 0.5f, .probabilities = true},
     false},
    {"binary logits",
     {.outputs = 1, .labels = 2, .activation = MOOD_SIGMOID, .threshold = 0.5f, .probabilities = true},
     false},
    {"softmax probabilities",
     {.outputs = K, .labels = K, .activation = MOOD_LINEAR, .threshold = 0.5f, .probabilities = true},
     true},
    {"softmax logits",
     {.outputs = K, .labels = K, .activation = MOOD_SOFTMAX, .threshold = 0.5f, .probabilities = true},
     true},
    {"multi-label probabilities",
     {.outputs = K,
      .labels = K,
      .activation = MOOD_LINEAR,
      .threshold = 0.5f,
      .multi_label = true,
      .probabilities = true},
     false},
    {"multi-label logits",
     {.outputs = K,
      .labels = K,
      .activation = MOOD_SIGMOID,
      .threshold = 0.5f,
      .multi_label = true,
      .probabilities = true},
     false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static double uniform(void) {
    static unsigned state = 1;
    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / (double)(1 << 24);
}

/* Random logits of a row [O]. */
static void make_logits(const struct kind *kind, double *z) {
    for (size_t i = 0; i < kind->head.outputs; i++)
        z[i] = 8 * uniform() - 4;
}

/* The scores for logits at a temperature, by the formulas. */
static void score(const struct kind *kind, const double *z, double temperature, double *scores) {
    double sum = 0;
    for (size_t i = 0; i < kind->head.outputs; i++)
        sum += exp(z[i] / temperature);
    for (size_t i = 0; i < kind->head.outputs; i++)
        scores[i] = kind->softmax ? exp(z[i] / temperature) / sum : 1 / (1 + exp(-z[i] / temperature));
}

/* What the model gives for these logits: logits or probabilities. */
static void make_outputs(const struct kind *kind, const double *z, float *outputs) {
    double scores[K];
    score(kind, z, 1, scores);
    for (size_t i = 0; i < kind->head.outputs; i++)
        outputs[i] = (float)(kind->head.activation == MOOD_LINEAR ? scores[i] : z[i]);
}

/* The numbers of a row's label. */
static size_t width(const mood_head *head) {
    return head->multi_label ? head->outputs : 1;
}

/* ---- scores ----------------------------------------------------------------------------------------- */

START_TEST(scores_are_those_of_the_formulas) {
    const struct kind *kind = &kinds[_i];
    static const double temperatures[] = {MOOD_LEAST_TEMPERATURE, 0.5, 0.9, 1.1, 2, MOOD_MOST_TEMPERATURE};
    for (size_t t = 0; t < sizeof temperatures / sizeof *temperatures; t++)
        for (int row = 0; row < 50; row++) {
            mood_head head = kind->head;
            double z[K], scores[K];
            float outputs[K];
            head.temperature = temperatures[t];
            make_logits(kind, z);
            make_outputs(kind, z, outputs);
            score(kind, z, head.temperature, scores);
            mood_head_apply(&head, outputs, 1);
            for (size_t i = 0; i < head.outputs; i++) /* a logit of 4 has an error of 4e-6 as a float's probability */
                ck_assert_msg(fabs((double)outputs[i] - scores[i]) < 2e-5, "%s, temperature %g: %.9g, not %.9g",
                              kind->name, head.temperature, (double)outputs[i], scores[i]);
        }
}
END_TEST

/* A temperature of 1, or none, changes no bit. */
START_TEST(without_a_temperature_scores_are_the_same) {
    const struct kind *kind = &kinds[_i];
    for (int row = 0; row < 50; row++) {
        mood_head with = kind->head;
        double z[K];
        float outputs[K], one[K];
        with.temperature = 1;
        make_logits(kind, z);
        make_outputs(kind, z, outputs);
        memcpy(one, outputs, sizeof one);
        mood_head_apply(&kind->head, outputs, 1);
        mood_head_apply(&with, one, 1);
        ck_assert_int_eq(memcmp(one, outputs, kind->head.outputs * sizeof *one), 0);
    }
}
END_TEST

START_TEST(the_ends_stay_finite) {
    static const float ends[] = {0.0f, 1e-45f, 1e-30f, 0.5f, 1.0f - 0x1p-24f, 1.0f};
    const struct kind *kind = &kinds[_i];
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        mood_head head = kind->head;
        float row[K] = {ends[e], 1 - ends[e], 0, 0}, gradient[K];
        head.temperature = e % 2 ? MOOD_LEAST_TEMPERATURE : MOOD_MOST_TEMPERATURE;
        for (size_t label = 0; label < head.labels; label++)
            ck_assert(isfinite(head_differentiate(&head, row, label, gradient)));
        for (size_t i = 0; i < head.outputs; i++)
            ck_assert_msg(isfinite(gradient[i]), "%s, %g: the gradient is %g", kind->name, (double)ends[e],
                          (double)gradient[i]);
        mood_head_apply(&head, row, 1);
        for (size_t i = 0; i < head.outputs; i++)
            ck_assert(row[i] >= 0 && row[i] <= 1);
    }
}
END_TEST

static double score_of(const mood_head *head, const float *outputs, size_t label) {
    float row[K];
    memcpy(row, outputs, head->outputs * sizeof *row);
    mood_head_apply(head, row, 1);
    return (double)mood_head_label_score(head, row, label);
}

START_TEST(gradients_are_those_of_the_scores) {
    const struct kind *kind = &kinds[_i];
    for (int repeat = 0; repeat < 20; repeat++) {
        mood_head head = kind->head;
        double z[K];
        float outputs[K], gradient[K];
        head.temperature = 0.5 + 2 * uniform();
        make_logits(kind, z);
        make_outputs(kind, z, outputs);
        for (size_t label = 0; label < head.labels; label++) {
            ck_assert_double_eq_tol(head_differentiate(&head, outputs, label, gradient),
                                    score_of(&head, outputs, label), 1e-6);
            for (size_t i = 0; i < head.outputs; i++) {
                float kept = outputs[i], room = head.activation == MOOD_LINEAR ? 1 - kept : 1;
                float step = fminf(fabsf(kept), room) * 0.01f;
                outputs[i] = kept + step;
                double above = score_of(&head, outputs, label);
                outputs[i] = kept - step;
                double below = score_of(&head, outputs, label), slope = (above - below) / (2 * (double)step);
                outputs[i] = kept;
                ck_assert_msg(fabs(slope - (double)gradient[i]) < 0.02 * fabs(slope) + 1e-3, "%s: gradient %g, not %g",
                              kind->name, (double)gradient[i], slope);
            }
        }
    }
}
END_TEST

/* ---- temperature ------------------------------------------------------------------------------------ */

/* All rows have the logit `size` for one class and 0 for the others; that class is right in `right` of n rows. At the
 * minimum its score is right / n. */
START_TEST(the_temperature_is_that_of_the_closed_form) {
    static const struct {
        size_t right, n;
        double size;
    } cases[] = {{80, 100, 2}, {80, 100, 0.5}, {60, 100, 4}, {99, 100, 3}, {51, 100, 0.5}, {350, 400, -1}};
    const struct kind *kind = &kinds[_i % KINDS];
    size_t right = cases[_i / KINDS].right, n = cases[_i / KINDS].n, O = kind->head.outputs;
    double size = cases[_i / KINDS].size, share = (double)right / (double)n, temperature;
    double others = kind->softmax ? (double)(K - 1) : 1, expected = size / log(share * others / (1 - share));
    float *outputs = calloc(n, O * sizeof *outputs), *y = calloc(n, O * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        double z[K] = {0};
        z[0] = size;
        for (size_t k = 1; k < O && !kind->softmax; k++) /* the other labels the same */
            z[k] = size;
        make_outputs(kind, z, outputs + i * O);
        for (size_t k = 0; k < O && kind->head.multi_label; k++)
            y[i * O + k] = i < right;
        if (!kind->head.multi_label)
            y[i] = kind->softmax ? (float)(i < right ? 0 : 1 + i % (K - 1)) : i < right;
    }
    mood_status status = mood_head_fit_temperature(&kind->head, outputs, y, n, width(&kind->head), &temperature, &err);
    if (expected < MOOD_LEAST_TEMPERATURE || expected > MOOD_MOST_TEMPERATURE)
        ck_assert_int_eq(status, MOOD_ERR_STATE);
    else
        ck_assert_msg(status == MOOD_OK && fabs(temperature - expected) < 1e-5 * expected, "%s: %.9g, not %.9g: %s",
                      kind->name, temperature, expected, err.message);
    free(outputs);
    free(y);
}
END_TEST

/* Soft labels: the targets are the scores at some temperature, which is found again. */
START_TEST(soft_labels_have_their_temperature) {
    const struct kind *kind = &kinds[_i];
    size_t O = kind->head.outputs;
    float outputs[MOST_ROWS * K], y[MOST_ROWS * K];
    double z[K], scores[K], found;
    for (size_t i = 0; i < MOST_ROWS; i++) {
        make_logits(kind, z);
        make_outputs(kind, z, outputs + i * O);
        score(kind, z, 1.7, scores);
        for (size_t k = 0; k < O; k++)
            y[i * O + k] = (float)scores[k];
    }
    mood_status status = mood_head_fit_temperature(&kind->head, outputs, y, MOST_ROWS, O, &found, &err);
    ck_assert_msg(status == MOOD_OK && fabs(found - 1.7) < 1e-4, "%s: %.9g: %s", kind->name, found, err.message);
    ck_assert_int_eq(mood_head_fit_temperature(&kind->head, outputs, y, MOST_ROWS, O + 1, &found, &err),
                     MOOD_ERR_ARGUMENT);
}
END_TEST

/* Two outputs of a softmax, with the probability of the second label. */
START_TEST(soft_labels_of_two_outputs) {
    static const mood_head head = {
        .outputs = 2, .labels = 2, .activation = MOOD_SOFTMAX, .threshold = 0.5f, .probabilities = true};
    float outputs[2 * MOST_ROWS], y[MOST_ROWS], threshold;
    double found;
    for (size_t i = 0; i < MOST_ROWS; i++) {
        double z = 6 * uniform() - 3;
        outputs[2 * i] = 0.5f;
        outputs[2 * i + 1] = (float)z + 0.5f;
        y[i] = (float)(1 / (1 + exp(-z / 0.6)));
    }
    mood_status status = mood_head_fit_temperature(&head, outputs, y, MOST_ROWS, 1, &found, &err);
    ck_assert_msg(status == MOOD_OK && fabs(found - 0.6) < 1e-4, "%.9g: %s", found, err.message);
    mood_head_apply(&head, outputs, MOST_ROWS);
    ck_assert_int_eq(mood_head_fit_threshold(&head, outputs, y, MOST_ROWS, 1, &threshold, &err), MOOD_OK);
    ck_assert_float_eq_tol(threshold, 0.5f, 0.02f);
}
END_TEST

static double cross_entropy(const struct kind *kind, const double *z, const float *y, size_t n, double temperature) {
    double sum = 0, scores[K];
    for (size_t i = 0; i < n; i++) {
        score(kind, z + i * kind->head.outputs, temperature, scores);
        if (kind->softmax)
            sum -= log(scores[(size_t)y[i]]);
        else
            for (size_t k = 0; k < kind->head.outputs; k++) {
                bool truth = y[i * kind->head.outputs + k] > 0;
                sum -= log(truth ? scores[k] : 1 - scores[k]);
            }
    }
    return sum;
}

/* Rows whose labels are drawn by the scores of a temperature. */
static void make_rows(const struct kind *kind, double temperature, double *z, float *outputs, float *y) {
    size_t O = kind->head.outputs;
    for (size_t i = 0; i < MOST_ROWS; i++) {
        double scores[K], drawn = uniform();
        make_logits(kind, z + i * O);
        make_outputs(kind, z + i * O, outputs + i * O);
        score(kind, z + i * O, temperature, scores);
        for (size_t k = 0; k < O && !kind->softmax; k++)
            y[i * O + k] = uniform() < scores[k];
        if (kind->softmax) {
            size_t label = 0;
            while (label + 1 < O && (drawn -= scores[label]) > 0)
                label++;
            y[i] = (float)label;
        }
    }
}

START_TEST(the_temperature_has_the_smallest_cross_entropy) {
    const struct kind *kind = &kinds[_i];
    double z[MOST_ROWS * K], found;
    float outputs[MOST_ROWS * K], y[MOST_ROWS * K];
    for (double drawn = 0.5; drawn < 4; drawn *= 1.7) {
        make_rows(kind, drawn, z, outputs, y);
        mood_status status =
            mood_head_fit_temperature(&kind->head, outputs, y, MOST_ROWS, width(&kind->head), &found, &err);
        ck_assert_msg(status == MOOD_OK, "%s: %s", kind->name, err.message);
        ck_assert_msg(found > drawn / 2 && found < drawn * 2, "%s: drawn at %g, found %g", kind->name, drawn, found);
        double least = cross_entropy(kind, z, y, MOST_ROWS, found);
        for (double factor = 0.5; factor < 2; factor += 0.01)
            ck_assert_msg(cross_entropy(kind, z, y, MOST_ROWS, found * factor) >= least - 1e-6, "%s: %g is not best",
                          kind->name, found);
    }
}
END_TEST

START_TEST(a_temperature_needs_errors_and_sense) {
    static const struct {
        float outputs[4], y[4];
        size_t n;
        mood_status status;
        const char *says;
    } cases[] = {
        {{0}, {0}, 0, MOOD_ERR_STATE, "no rows"},
        {{3, -3, 2, -2}, {1, 0, 1, 0}, 4, MOOD_ERR_STATE, "none or almost none of them is wrong"},
        {{3, -3, 2, -2}, {0, 1, 0, 1}, 4, MOOD_ERR_STATE, "do not agree"},
        {{0, 0, 0, 0}, {0, 1, 0, 1}, 4, MOOD_ERR_STATE, "the cross-entropy"},
        {{3, -3, 2, -2}, {0, 2, 0, 1}, 4, MOOD_ERR_ARGUMENT, "row 2: the label 2"},
        {{3, -3, 2, -2}, {0, 1, -0.5f, 1}, 4, MOOD_ERR_ARGUMENT, "row 3: the label -0.5"},
        {{3, -3, 2, -2}, {0, 1, 0, NAN}, 4, MOOD_ERR_ARGUMENT, "row 4"},
    };
    double found = 7;
    mood_status status =
        mood_head_fit_temperature(&kinds[1].head, cases[_i].outputs, cases[_i].y, cases[_i].n, 1, &found, &err);
    ck_assert_int_eq(status, cases[_i].status);
    ck_assert_msg(strstr(err.message, cases[_i].says) != NULL, "%s", err.message);
    ck_assert_double_eq(found, 7);
}
END_TEST

/* ---- threshold -------------------------------------------------------------------------------------- */

static double f1_at(const struct kind *kind, const float *scores, const float *y, size_t count, float threshold) {
    size_t right = 0, said = 0, true_ones = 0;
    for (size_t i = 0; i < count; i++) {
        right += scores[i] > threshold && y[i] > 0;
        said += scores[i] > threshold;
        true_ones += y[i] > 0;
    }
    (void)kind;
    return said + true_ones ? 2.0 * (double)right / (double)(said + true_ones) : 0;
}

START_TEST(the_threshold_has_the_largest_f1) {
    const struct kind *kind = &kinds[_i];
    double z[MOST_ROWS * K];
    float outputs[MOST_ROWS * K], y[MOST_ROWS * K], threshold;
    size_t count = MOST_ROWS * kind->head.outputs;
    if (kind->softmax)
        return;
    for (int repeat = 0; repeat < 5; repeat++) {
        make_rows(kind, 1 + repeat, z, outputs, y);
        mood_head_apply(&kind->head, outputs, MOST_ROWS);
        for (size_t i = 0; i < count; i++) /* many equal ones */
            outputs[i] = repeat % 2 ? roundf(outputs[i] * 16) / 16 : outputs[i];
        mood_status status =
            mood_head_fit_threshold(&kind->head, outputs, y, MOST_ROWS, width(&kind->head), &threshold, &err);
        ck_assert_msg(status == MOOD_OK, "%s", err.message);
        ck_assert(threshold >= 0 && threshold < 1);
        double best = f1_at(kind, outputs, y, count, threshold);
        for (size_t i = 0; i < count; i++)
            ck_assert_double_le(f1_at(kind, outputs, y, count, outputs[i]), best);
    }
}
END_TEST

START_TEST(thresholds_by_hand) {
    static const mood_head hinge = {.outputs = 1, .labels = 2, .activation = MOOD_LINEAR};
    static const struct {
        const mood_head *head;
        float scores[4], y[4];
        size_t n;
        float threshold;
        mood_status status;
    } cases[] = {
        {&kinds[0].head, {0.1f, 0.2f, 0.4f, 0.9f}, {0, 0, 1, 1}, 4, 0.3f, MOOD_OK},
        {&kinds[0].head, {0.9f, 0.1f, 0.4f, 0.2f}, {1, 0, 1, 0}, 4, 0.3f, MOOD_OK},
        {&kinds[0].head, {0.8f, 0.8f, 0.8f, 0.8f}, {1, 0, 1, 0}, 4, 0.4f, MOOD_OK},
        {&kinds[0].head, {0.0f, 0.0f, 0.5f, 1.0f}, {1, 1, 1, 0}, 4, 0.25f, MOOD_OK}, /* nothing is below 0 */
        {&hinge, {-3, -1, 0, 2}, {0, 1, 1, 1}, 4, -2, MOOD_OK},
        {&kinds[0].head, {0.1f, 0.2f, 0.4f, 0.9f}, {0, 0, 0, 0}, 4, 7, MOOD_ERR_STATE},
        {&kinds[0].head, {0}, {0}, 0, 7, MOOD_ERR_STATE},
        {&kinds[2].head, {0.1f, 0.2f, 0.4f, 0.3f}, {2}, 1, 7, MOOD_ERR_UNSUPPORTED},
        {&kinds[0].head, {0.1f}, {3}, 1, 7, MOOD_ERR_ARGUMENT},
    };
    float threshold = 7;
    mood_status status =
        mood_head_fit_threshold(cases[_i].head, cases[_i].scores, cases[_i].y, cases[_i].n, 1, &threshold, &err);
    ck_assert_int_eq(status, cases[_i].status);
    ck_assert_float_eq_tol(threshold, cases[_i].threshold, 1e-7f);
}
END_TEST

/* Of two outputs the second decides, but only with a threshold of a recipe. */
START_TEST(two_outputs_have_a_threshold) {
    mood_head head = {.outputs = 2, .labels = 2, .activation = MOOD_SOFTMAX, .threshold = 0.5f, .probabilities = true};
    const float row[] = {0.6f, 0.4f}, equal[] = {0.5f, 0.5f};
    ck_assert_uint_eq(mood_head_decide(&head, row), 0);
    ck_assert_uint_eq(mood_head_decide(&head, equal), 0);
    head.threshold = 0.3f;
    ck_assert_uint_eq(mood_head_decide(&head, row), 1);
    ck_assert(mood_head_applies(&head, row, 1) && !mood_head_applies(&head, row, 0));
    head.threshold = 0.4f;
    ck_assert_uint_eq(mood_head_decide(&head, row), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("calibration");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, scores_are_those_of_the_formulas, 0, KINDS);
    tcase_add_loop_test(tcase, without_a_temperature_scores_are_the_same, 0, KINDS);
    tcase_add_loop_test(tcase, the_ends_stay_finite, 0, KINDS);
    tcase_add_loop_test(tcase, gradients_are_those_of_the_scores, 0, KINDS);
    tcase_add_loop_test(tcase, the_temperature_is_that_of_the_closed_form, 0, 6 * KINDS);
    tcase_add_loop_test(tcase, soft_labels_have_their_temperature, 0, KINDS);
    tcase_add_test(tcase, soft_labels_of_two_outputs);
    tcase_add_loop_test(tcase, the_temperature_has_the_smallest_cross_entropy, 0, KINDS);
    tcase_add_loop_test(tcase, a_temperature_needs_errors_and_sense, 0, 7);
    tcase_add_loop_test(tcase, the_threshold_has_the_largest_f1, 0, KINDS);
    tcase_add_loop_test(tcase, thresholds_by_hand, 0, 9);
    tcase_add_test(tcase, two_outputs_have_a_threshold);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
