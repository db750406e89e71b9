/* F1Score and FBetaScore. Source: keras/src/metrics/f_score_metrics.py */
#include <math.h>

#include "base/errors.h"
#include "metrics/metric.h"

/* Values of average. The first stands for None: one value for each output. */
static const char *const averages[] = {"", "micro", "macro", "weighted", NULL};
enum { NONE, MICRO, MACRO, WEIGHTED };
#define EPSILON 1e-7

struct f_score {
    unsigned average;
    double beta;
    double threshold; /* NAN: None; then the largest output is positive */
};

static mood_status check(const void *settings, size_t O, mood_error *err) {
    const struct f_score *s = settings;
    if (s->threshold == 0 || s->threshold > 1)
        return broken(err, "\"threshold\" is %g; it must be a number above 0, up to 1", s->threshold);
    if (s->average == NONE && O > 1)
        return unsupported(err,
                           "\"average\" is None, which gives a number for each of the %zu outputs; use "
                           "average='macro', 'micro' or 'weighted'",
                           O);
    return MOOD_OK;
}

/* For each output. */
enum { TRUE_POSITIVES, FALSE_POSITIVES, FALSE_NEGATIVES, LABELS, COUNTS };

static size_t state_count(const void *settings, size_t O) {
    (void)settings;
    return COUNTS * O;
}

static bool is_positive(const struct f_score *s, const float *p, size_t O, size_t k) {
    if (!isnan(s->threshold))
        return p[k] > (float)s->threshold;
    return p[k] >= p[metric_argmax(p, O)] && fabsf(p[k]) > 1e-9f;
}

static void add(const void *settings, double *state, const struct metric_rows *rows) {
    for (size_t i = 0; i < rows->n; i++)
        for (size_t k = 0; k < rows->O; k++) {
            double *of = state + k * COUNTS, weight = metric_weight(rows, i);
            double y = (double)rows->y[i * rows->O + k], p = is_positive(settings, rows->p + i * rows->O, rows->O, k);
            of[TRUE_POSITIVES] += weight * p * y;
            of[FALSE_POSITIVES] += weight * p * (1 - y);
            of[FALSE_NEGATIVES] += weight * (1 - p) * y;
            of[LABELS] += weight * y;
        }
}

static double score(const struct f_score *s, const double *of) {
    double precision = of[TRUE_POSITIVES] / (of[TRUE_POSITIVES] + of[FALSE_POSITIVES] + EPSILON);
    double recall = of[TRUE_POSITIVES] / (of[TRUE_POSITIVES] + of[FALSE_NEGATIVES] + EPSILON);
    double beta = s->beta * s->beta;
    return precision * recall / (beta * precision + recall + EPSILON) * (1 + beta);
}

static double result(const void *settings, const double *state, size_t O) {
    const struct f_score *s = settings;
    double sums[COUNTS] = {0}, value = 0;
    for (size_t k = 0; k < O; k++)
        for (size_t c = 0; c < COUNTS; c++)
            sums[c] += state[k * COUNTS + c];
    if (s->average == MICRO)
        return score(s, sums);
    for (size_t k = 0; k < O; k++)
        value += score(s, state + k * COUNTS) *
                 (s->average == WEIGHTED ? state[k * COUNTS + LABELS] / (sums[LABELS] + EPSILON) : 1 / (double)O);
    return value;
}

static const struct f_score defaults = {.average = NONE, .beta = 1, .threshold = NAN};
#define FIELD(key, kind, names)                                                                                        \
    { #key, kind, offsetof(struct f_score, key), names }
static const struct field f1_fields[] = {FIELD(average, FIELD_CHOICE, averages),
                                         FIELD(threshold, FIELD_OPTIONAL, NULL)};
static const struct field fbeta_fields[] = {FIELD(average, FIELD_CHOICE, averages), FIELD(beta, FIELD_POSITIVE, NULL),
                                            FIELD(threshold, FIELD_OPTIONAL, NULL)};

#define F_SCORE(class, small_name, type_fields)                                                                        \
    .class_name = class, .name = small_name, .settings_size = sizeof defaults, .defaults = &defaults,                  \
    .fields = type_fields, .field_count = sizeof type_fields / sizeof *type_fields, .direction = METRIC_UP,            \
    .check = check, .state_count = state_count, .add = add, .result = result

const struct metric_type f1_score_metric = {F_SCORE("F1Score", "f1_score", f1_fields)};
const struct metric_type fbeta_score_metric = {F_SCORE("FBetaScore", "f_beta_score", fbeta_fields),
                                               .default_name = "fbeta_score"};
