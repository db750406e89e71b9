/* AUC: the area under a curve of rates at thresholds. Source: keras/src/metrics/confusion_metrics.py,
 * keras/src/metrics/metrics_utils.py */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/errors.h"
#include "metrics/metric.h"

enum { MAX_THRESHOLDS = 100000 };

static const char *const curves[] = {"ROC", "PR", "PRGAIN", "roc", "pr", "prgain", NULL};
enum { ROC, PR, PR_GAIN, CURVES };
static const char *const methods[] = {"interpolation", "majoring", "minoring", NULL};
enum { INTERPOLATION, MAJORING, MINORING };

struct auc {
    size_t num_thresholds;
    unsigned curve, summation_method;
    struct numbers thresholds; /* count 0: evenly distributed */
    bool multi_label, from_logits;
    size_t num_labels; /* 0: None */
};

static size_t count_thresholds(const struct auc *s) {
    return s->thresholds.count ? s->thresholds.count + 2 : s->num_thresholds;
}

static size_t count_columns(const struct auc *s, size_t O) {
    return s->multi_label ? O : 1;
}

static mood_status check(const void *settings, size_t O, mood_error *err) {
    const struct auc *s = settings;
    if (!s->thresholds.count && (s->num_thresholds < 2 || s->num_thresholds > MAX_THRESHOLDS))
        return broken(err, "\"num_thresholds\" is %zu; it must be a whole number from 2 to %d", s->num_thresholds,
                      MAX_THRESHOLDS);
    if (count_columns(s, O) > SIZE_MAX / 64 / MAX_THRESHOLDS)
        return broken(err, "\"multi_label\": the model has too many outputs");
    for (size_t i = 0; i < s->thresholds.count; i++)
        if (s->thresholds.at[i] > 1)
            return broken(err, "\"thresholds\": item %zu is not a number from 0 to 1", i);
    if (s->num_labels && (!s->multi_label || s->num_labels != O))
        return broken(err, "\"num_labels\" is %zu; it is for multi_label=True, and the model's outputs are %zu",
                      s->num_labels, O);
    return MOOD_OK;
}

/* ---- thresholds -------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* list [count]: all thresholds in ascending order; the first is below 0 and the last above 1. */
static void list_thresholds(const struct auc *s, float *list) {
    double inner[NUMBERS_MAX];
    size_t count = s->thresholds.count;
    for (size_t i = 0; i < count; i++)
        inner[i] = s->thresholds.at[i];
    qsort(inner, count, sizeof *inner, compare);
    list[0] = -1e-7f;
    for (size_t i = 0; i < count; i++)
        list[i + 1] = (float)inner[i];
    list[count + 1] = (float)(1.0 + 1e-7);
}

/* True if the thresholds are evenly distributed, compared as by numpy.allclose. */
static bool is_even(const struct auc *s) {
    float list[NUMBERS_MAX + 2];
    size_t last = s->thresholds.count + 1;
    if (!s->thresholds.count)
        return true;
    list_thresholds(s, list);
    for (size_t i = 1; i < last; i++) {
        double even = (double)((float)i / (float)last);
        if (fabs((double)list[i] - even) > 1e-7 + 1e-5 * even)
            return false;
    }
    return true;
}

/* ---- counts ------------------------------------------------------------------------------------ */

/* State: for each column two histograms, of rows with label 1 and with label 0. A bin is the number of thresholds that
 * the score exceeds. */

enum { TRUE_LABELS, FALSE_LABELS, KINDS };

static size_t state_count(const void *settings, size_t O) {
    const struct auc *s = settings;
    return count_columns(s, O) * KINDS * (count_thresholds(s) + 1);
}

/* The number of thresholds that score p exceeds: those with index 0 … result-1. */
static size_t thresholds_below(const struct auc *s, bool even, float p) {
    size_t count = count_thresholds(s), index = 0;
    if (even) {
        p = fminf(fmaxf(p, 0), 1);
        float bucket = ceilf(p * (float)(count - 1)) - 1;
        return (size_t)fmaxf(bucket, 0) + 1;
    }
    float list[NUMBERS_MAX + 2];
    list_thresholds(s, list);
    while (index < count && p > list[index])
        index++;
    return index;
}

static void add(const void *settings, double *state, const struct metric_rows *rows) {
    const struct auc *s = settings;
    size_t count = count_thresholds(s);
    bool even = is_even(s);
    for (size_t i = 0; i < rows->n * rows->O; i++) {
        float p = s->from_logits ? (float)(1.0 / (1.0 + exp(-(double)rows->p[i]))) : rows->p[i];
        size_t column = s->multi_label ? i % rows->O : 0, kind = rows->y[i] != 0 ? TRUE_LABELS : FALSE_LABELS;
        state[(column * KINDS + kind) * (count + 1) + thresholds_below(s, even, p)] += metric_weight(rows, i / rows->O);
    }
}

/* ---- areas ------------------------------------------------------------------------------------- */

/* True and false positives and negatives at one threshold. */
struct point {
    double tp, fp, tn, fn;
};

static double total(const double *histogram, size_t count) {
    double sum = 0;
    for (size_t i = 0; i <= count; i++)
        sum += histogram[i];
    return sum;
}

static void place_on_curve(unsigned curve, const struct point *at, double *x, double *y) {
    double recall = ratio_or_zero(at->tp, at->tp + at->fn);
    if (curve == ROC) {
        *x = ratio_or_zero(at->fp, at->fp + at->tn);
        *y = recall;
    } else if (curve == PR) {
        *x = recall;
        *y = ratio_or_zero(at->tp, at->tp + at->fp);
    } else {
        double scale = ratio_or_zero(at->tp + at->fn, at->tn + at->fp);
        *x = at->tp == 0 ? 0 : fmax(1 - scale * at->fn / at->tp, 0);
        *y = at->tp == 0 ? 1 : 1 - scale * at->fp / at->tp;
    }
}

/* The area between two neighbouring thresholds; b has the higher one. */
static double area_between(const struct auc *s, const struct point *a, const struct point *b) {
    unsigned curve = s->curve % CURVES;
    double x_a, y_a, x_b, y_b;
    place_on_curve(curve, a, &x_a, &y_a);
    place_on_curve(curve, b, &x_b, &y_b);
    double height = s->summation_method == INTERPOLATION ? (y_a + y_b) / 2
                    : s->summation_method == MINORING    ? fmin(y_a, y_b)
                                                         : fmax(y_a, y_b);
    return (x_a - x_b) * height;
}

/* Davis & Goadrich 2006: between two points, true positives are a linear function of all positives. */
static double interpolated_precision(const struct point *a, const struct point *b) {
    double dtp = a->tp - b->tp, p_a = a->tp + a->fp, p_b = b->tp + b->fp;
    double slope = ratio_or_zero(dtp, fmax(p_a - p_b, 0)), intercept = b->tp - slope * p_b;
    double ratio = p_a > 0 && p_b > 0 ? ratio_or_zero(p_a, fmax(p_b, 0)) : 1;
    return ratio_or_zero(slope * (dtp + intercept * log(ratio)), fmax(b->tp + b->fn, 0));
}

static double column_area(const struct auc *s, const double *trues_at, const double *falses_at) {
    size_t count = count_thresholds(s);
    double trues = total(trues_at, count), falses = total(falses_at, count), sum = 0, tp = 0, fp = 0;
    bool interpolated = s->curve % CURVES == PR && s->summation_method == INTERPOLATION;
    struct point higher = {0};
    for (size_t t = count; t-- > 0;) {
        tp += trues_at[t + 1];
        fp += falses_at[t + 1];
        struct point here = {tp, fp, falses - fp, trues - tp};
        if (t + 1 < count)
            sum += interpolated ? interpolated_precision(&here, &higher) : area_between(s, &here, &higher);
        higher = here;
    }
    return sum;
}

static double result(const void *settings, const double *state, size_t O) {
    const struct auc *s = settings;
    size_t columns = count_columns(s, O), size = count_thresholds(s) + 1;
    double sum = 0;
    for (size_t c = 0; c < columns; c++)
        sum += column_area(s, state + (c * KINDS + TRUE_LABELS) * size, state + (c * KINDS + FALSE_LABELS) * size);
    return sum / (double)columns;
}

static const struct auc defaults = {.num_thresholds = 200};
#define FIELD(key, kind, names)                                                                                        \
    { #key, kind, offsetof(struct auc, key), names }
static const struct field fields[] = {
    FIELD(num_thresholds, FIELD_SIZE, NULL),        FIELD(curve, FIELD_CHOICE, curves),
    FIELD(summation_method, FIELD_CHOICE, methods), FIELD(thresholds, FIELD_NUMBERS, NULL),
    FIELD(multi_label, FIELD_BOOL, NULL),           FIELD(num_labels, FIELD_OPTIONAL_SIZE, NULL),
    FIELD(from_logits, FIELD_BOOL, NULL),
};

const struct metric_type auc_metric = {
    .class_name = "AUC",
    .name = "auc",
    .numbered = true,
    .settings_size = sizeof defaults,
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .direction = METRIC_UP,
    .check = check,
    .state_count = state_count,
    .add = add,
    .result = result,
};
