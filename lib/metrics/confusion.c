/* Precision, Recall, and the counts from which they are computed. Source: keras/src/metrics/confusion_metrics.py,
 * keras/src/metrics/metrics_utils.py */
#include <math.h>

#include "base/errors.h"
#include "metrics/metric.h"

enum { TRUE_POSITIVES, FALSE_POSITIVES, TRUE_NEGATIVES, FALSE_NEGATIVES, COUNTS };

struct confusion {
    double thresholds; /* one; NAN: None */
    size_t top_k;      /* 0: None */
    double class_id;   /* NAN: None */
};

static mood_status check(const void *settings, size_t O, mood_error *err) {
    const struct confusion *s = settings;
    if (s->thresholds > 1)
        return broken(err, "\"thresholds\" is %g; it must be a number from 0 to 1", s->thresholds);
    if (s->top_k > O)
        return broken(err, "\"top_k\" is %zu, but the model has %zu outputs", s->top_k, O);
    if (!isnan(s->class_id) && (s->class_id != floor(s->class_id) || s->class_id >= (double)O))
        return broken(err, "\"class_id\" is %g; the model's outputs are 0 to %zu", s->class_id, O - 1);
    return MOOD_OK;
}

static size_t state_count(const void *settings, size_t O) {
    (void)settings;
    (void)O;
    return COUNTS;
}

/* True if the output is among the k largest of row p [O]. Of equal outputs the first ones count as larger. */
static bool is_top(const float *p, size_t O, size_t k, size_t output) {
    size_t before = 0;
    for (size_t j = 0; j < O; j++)
        before += p[j] > p[output] || (p[j] == p[output] && j < output);
    return before < k;
}

/* True if the output counts as predicted. Default threshold: 0.5 without top_k; none with top_k. */
static bool is_positive(const struct confusion *s, const float *p, size_t O, size_t output) {
    if (s->top_k && !is_top(p, O, s->top_k, output))
        return false;
    return p[output] > (isnan(s->thresholds) ? s->top_k ? -1e10f : 0.5f : (float)s->thresholds);
}

static void add(const void *settings, double *state, const struct metric_rows *rows) {
    const struct confusion *s = settings;
    size_t first = isnan(s->class_id) ? 0 : (size_t)s->class_id, end = isnan(s->class_id) ? rows->O : first + 1;
    for (size_t i = 0; i < rows->n; i++)
        for (size_t k = first; k < end; k++) {
            bool positive = is_positive(s, rows->p + i * rows->O, rows->O, k), right = rows->y[i * rows->O + k] != 0;
            state[positive ? right ? TRUE_POSITIVES : FALSE_POSITIVES
                  : right  ? FALSE_NEGATIVES
                           : TRUE_NEGATIVES] += metric_weight(rows, i);
        }
}

static double precision_result(const void *settings, const double *state, size_t O) {
    (void)settings;
    (void)O;
    return ratio_or_zero(state[TRUE_POSITIVES], state[TRUE_POSITIVES] + state[FALSE_POSITIVES]);
}

static double recall_result(const void *settings, const double *state, size_t O) {
    (void)settings;
    (void)O;
    return ratio_or_zero(state[TRUE_POSITIVES], state[TRUE_POSITIVES] + state[FALSE_NEGATIVES]);
}

static const struct confusion defaults = {.thresholds = NAN, .class_id = NAN};
#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct confusion, key), NULL }
static const struct field fields[] = {FIELD(thresholds, FIELD_OPTIONAL), FIELD(top_k, FIELD_OPTIONAL_SIZE),
                                      FIELD(class_id, FIELD_OPTIONAL)};

#define CONFUSION(class, small_name, better, number_of_fields, type_result)                                            \
    {                                                                                                                  \
        .class_name = class, .name = small_name, .numbered = true, .settings_size = sizeof defaults,                   \
        .defaults = &defaults, .fields = fields, .field_count = number_of_fields, .direction = better, .check = check, \
        .state_count = state_count, .add = add, .result = type_result                                                  \
    }

const struct metric_type precision_metric = CONFUSION("Precision", "precision", METRIC_UP, 3, precision_result);
const struct metric_type recall_metric = CONFUSION("Recall", "recall", METRIC_UP, 3, recall_result);

/* The counts as metrics. Keras defines no direction for them, and thresholds is their only setting. */
#define COUNT(type, class, count)                                                                                      \
    static double type##_result(const void *settings, const double *state, size_t O) {                                 \
        (void)settings;                                                                                                \
        (void)O;                                                                                                       \
        return state[count];                                                                                           \
    }                                                                                                                  \
    const struct metric_type type##_metric = CONFUSION(class, #type, METRIC_UNDIRECTED, 1, type##_result);

COUNT(true_positives, "TruePositives", TRUE_POSITIVES)
COUNT(true_negatives, "TrueNegatives", TRUE_NEGATIVES)
COUNT(false_positives, "FalsePositives", FALSE_POSITIVES)
COUNT(false_negatives, "FalseNegatives", FALSE_NEGATIVES)
