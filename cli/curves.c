/* Curves of a label's scores. */
#include <math.h>
#include <stdlib.h>

#include "calibration.h"
#include "curves.h"

#define STEP 0.0025 /* points that are nearer to the one before are not drawn */
/* A ROC curve is 2 long. Precision and recall of n rows change by at most 2 + log n: each row changes a precision
 * of i rows by at most 1 / i. */
enum { MOST_POINTS = 8192 };

static int compare_descending(const void *a, const void *b) {
    float x = ((const struct scored_truth *)a)->score, y = ((const struct scored_truth *)b)->score;
    return x < y ? 1 : x > y ? -1 : 0;
}

void curves_sort(struct scored_truth *rows, size_t n) {
    qsort(rows, n, sizeof *rows, compare_descending);
}

static size_t count_positives(const struct scored_truth *rows, size_t n) {
    size_t positives = 0;
    for (size_t i = 0; i < n; i++)
        positives += rows[i].truth;
    return positives;
}

/* An empty curve if there is nothing to draw: then *drawn is false. */
static mood_status create(struct curve *curve, size_t positives, size_t n, bool *drawn, mood_error *err) {
    *curve = (struct curve){.area = NAN};
    *drawn = positives > 0 && positives < n;
    if (!*drawn)
        return MOOD_OK;
    curve->x = calloc(2 * MOST_POINTS, sizeof *curve->x);
    if (!curve->x)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    curve->y = curve->x + MOST_POINTS;
    return MOOD_OK;
}

static void add(struct curve *curve, double x, double y, bool last) {
    size_t n = curve->n;
    if (n > 0 && !last && fabs(x - curve->x[n - 1]) + fabs(y - curve->y[n - 1]) < STEP)
        return;
    if (n == MOST_POINTS)
        n--;
    curve->x[n] = x;
    curve->y[n] = y;
    curve->n = n + 1;
}

/* Whether a threshold can lie after row i: the next score differs. */
static bool is_threshold(const struct scored_truth *rows, size_t n, size_t i) {
    return i + 1 == n || rows[i + 1].score < rows[i].score;
}

mood_status curve_roc(const struct scored_truth *rows, size_t n, struct curve *curve, mood_error *err) {
    size_t positives = count_positives(rows, n), hits = 0, alarms = 0;
    double x = 0, y = 0, area = 0;
    bool drawn;
    mood_status status = create(curve, positives, n, &drawn, err);
    if (status != MOOD_OK || !drawn)
        return status;
    add(curve, 0, 0, false);
    for (size_t i = 0; i < n; i++) {
        hits += rows[i].truth;
        alarms += !rows[i].truth;
        if (!is_threshold(rows, n, i))
            continue;
        double right = (double)alarms / (double)(n - positives), top = (double)hits / (double)positives;
        area += (right - x) * (top + y) / 2;
        x = right;
        y = top;
        add(curve, x, y, i + 1 == n);
    }
    curve->area = area;
    return MOOD_OK;
}

mood_status curve_precision_recall(const struct scored_truth *rows, size_t n, struct curve *curve, mood_error *err) {
    size_t positives = count_positives(rows, n), hits = 0;
    double recall = 0, area = 0;
    bool drawn;
    mood_status status = create(curve, positives, n, &drawn, err);
    if (status != MOOD_OK || !drawn)
        return status;
    for (size_t i = 0; i < n; i++) {
        hits += rows[i].truth;
        if (!is_threshold(rows, n, i))
            continue;
        double precision = (double)hits / (double)(i + 1), next = (double)hits / (double)positives;
        if (curve->n == 0)
            add(curve, 0, precision, false);
        area += (next - recall) * precision;
        recall = next;
        add(curve, recall, precision, i + 1 == n);
    }
    curve->area = area;
    return MOOD_OK;
}

mood_status curve_reliability(const struct scored_truth *rows, size_t n, struct curve *curve, mood_error *err) {
    double scores[CALIBRATION_BINS] = {0}, truths[CALIBRATION_BINS] = {0}, counts[CALIBRATION_BINS] = {0};
    bool drawn;
    mood_status status = create(curve, count_positives(rows, n), n, &drawn, err);
    if (status != MOOD_OK || !drawn)
        return status;
    for (size_t i = 0; i < n; i++) {
        size_t bin = calibration_bin((double)rows[i].score);
        scores[bin] += (double)rows[i].score;
        truths[bin] += rows[i].truth;
        counts[bin]++;
    }
    for (size_t bin = 0; bin < CALIBRATION_BINS; bin++)
        if (counts[bin] > 0)
            add(curve, scores[bin] / counts[bin], truths[bin] / counts[bin], true);
    return MOOD_OK;
}

void curve_free(struct curve *curve) {
    free(curve->x);
    *curve = (struct curve){0};
}
