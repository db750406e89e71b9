/* Fits the temperature and the threshold of a head on rows that were not trained on. */
#include <math.h>
#include <stdlib.h>

#include "base/errors.h"
#include "model/head.h"
#include "model/temperature.h"

/* Labels y [n,L] are classes, or targets from 0 to 1: of each output, or of the second of two labels. */
static mood_status check_labels(const mood_head *head, const float *y, size_t n, size_t L, mood_error *err) {
    bool classes = L == 1 && head->labels > 2;
    double most = classes ? (double)(head->labels - 1) : 1;
    if (L != head->outputs && (L != 1 || head->multi_label))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%zu numbers for a row's label; the model has %zu "
                              "outputs",
                              L, head->outputs);
    for (size_t i = 0; i < n * L; i++)
        if (!(y[i] >= 0) || (double)y[i] > most || (classes && fabsf(y[i] - floorf(y[i])) > 0))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                                  "row %zu: the label %g is not a %s from 0 to %.0f", i / L + 1, (double)y[i],
                                  classes ? "whole number" : "number", most);
    return MOOD_OK;
}

/* ---- temperature ------------------------------------------------------------------------------------ */

/* Rows to fit a temperature on. */
struct calibration_rows {
    const mood_head *head;
    const double *z; /* [n,O]: the logits */
    const float *y;  /* [n,L] */
    size_t n, L;
};

/* The target of an output of a softmax. */
static double target(const struct calibration_rows *rows, size_t row, size_t output) {
    double y = (double)rows->y[row * rows->L];
    if (rows->L > 1)
        return (double)rows->y[row * rows->L + output];
    if (rows->head->labels == 2)
        return output == 1 ? y : 1 - y;
    return (size_t)y == output ? 1 : 0;
}

/* The cross-entropy is convex in b = 1 / temperature. Its derivative for a row is the mean of the logits, weighted by the
 * scores at b, minus the mean that is weighted by the targets. */
static double softmax_slope(const struct calibration_rows *rows, size_t row, double b) {
    const double *z = rows->z + row * rows->head->outputs;
    double largest = -INFINITY, sum = 0, by_scores = 0, by_targets = 0, targets = 0;
    for (size_t i = 0; i < rows->head->outputs; i++)
        largest = fmax(largest, z[i]);
    for (size_t i = 0; i < rows->head->outputs; i++) {
        double weight = exp(b * (z[i] - largest)), share = target(rows, row, i);
        sum += weight;
        by_scores += weight * z[i];
        targets += share;
        by_targets += share * z[i];
    }
    return targets * by_scores / sum - by_targets;
}

static double sigmoid_slope(double z, double truth, double b) {
    return z * (1.0 / (1.0 + exp(-b * z)) - truth);
}

/* The derivative of the sum over all rows. */
static double slope_at(const struct calibration_rows *rows, double b) {
    double slope = 0;
    if (temperature_is_softmax(rows->head))
        for (size_t i = 0; i < rows->n; i++)
            slope += softmax_slope(rows, i, b);
    else
        for (size_t i = 0; i < rows->n * rows->head->outputs; i++)
            slope += sigmoid_slope(rows->z[i], (double)rows->y[i], b);
    return slope;
}

/* The slope does not decrease, so its zero is found by bisection of log b. */
static mood_status bisect(const struct calibration_rows *rows, double *temperature, mood_error *err) {
    double low = -log(MOOD_MOST_TEMPERATURE), high = -log(MOOD_LEAST_TEMPERATURE);
    if (slope_at(rows, exp(high)) <= 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                              "the cross-entropy of %zu rows falls down to the temperature %g: none or almost none of "
                              "them is wrong; more rows are needed",
                              rows->n, MOOD_LEAST_TEMPERATURE);
    if (slope_at(rows, exp(low)) >= 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                              "the cross-entropy of %zu rows falls up to the temperature %g: the scores do not agree "
                              "with the labels",
                              rows->n, MOOD_MOST_TEMPERATURE);
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *(slope_at(rows, exp(middle)) < 0 ? &low : &high) = middle;
    }
    *temperature = exp(-(low + high) / 2);
    return MOOD_OK;
}

mood_status mood_head_fit_temperature(const mood_head *head, const float *outputs, const float *y, size_t n, size_t L,
                                      double *temperature, mood_error *err) {
    if (!head->probabilities)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "the scores of this model are not probabilities, so they have no temperature");
    if (n == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT, "there are no rows to fit a temperature on");
    mood_status status = check_labels(head, y, n, L, err);
    if (status != MOOD_OK)
        return status;
    double *z = calloc(n, head->outputs * sizeof *z);
    if (!z)
        return out_of_memory(err, "fitting the temperature");
    for (size_t i = 0; i < n * head->outputs; i++)
        z[i] = temperature_logit(head, outputs[i]);
    const struct calibration_rows rows = {head, z, y, n, L};
    status = bisect(&rows, temperature, err);
    free(z);
    return status;
}

/* ---- threshold -------------------------------------------------------------------------------------- */

/* A decision: the score, and whether the label is right. */
struct decision {
    float score;
    bool truth;
};

static int compare_descending(const void *a, const void *b) {
    float x = ((const struct decision *)a)->score, y = ((const struct decision *)b)->score;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Between two scores, low < high: not below low, and below high. */
static float between(float low, float high) {
    float middle = (float)(((double)low + (double)high) / 2);
    return middle < high ? middle : low;
}

/* Below all scores: half of the smallest probability. */
static float below_all(const mood_head *head, float least) {
    return head->probabilities ? least / 2 : nextafterf(least, -INFINITY);
}

/* decisions [n] in descending order, with `positives` true ones. A threshold below the first k has the F1 2 TP / (k +
 * positives), where TP are the true ones of these k. */
static float best_threshold(const mood_head *head, const struct decision *decisions, size_t n, size_t positives) {
    float usual = head->probabilities ? 0.5f : 0.0f, best = usual;
    double best_f1 = -1;
    size_t right = 0;
    for (size_t k = 1; k <= n; k++) {
        float score = decisions[k - 1].score;
        right += decisions[k - 1].truth;
        if (k < n && !(decisions[k].score < score))
            continue;
        float threshold = k < n ? between(decisions[k].score, score) : below_all(head, score);
        double f1 = 2.0 * (double)right / (double)(k + positives);
        if (!(threshold < score))
            continue; /* nothing is below a score of 0 */
        if (f1 > best_f1 || (f1 >= best_f1 && fabsf(threshold - usual) < fabsf(best - usual))) {
            best_f1 = f1;
            best = threshold;
        }
    }
    return best;
}

mood_status mood_head_fit_threshold(const mood_head *head, const float *scores, const float *y, size_t n, size_t L,
                                    float *threshold, mood_error *err) {
    size_t count = head->multi_label ? n * head->outputs : n, positives = 0;
    if (head->labels != 2 && !head->multi_label)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "a threshold is for models of two labels and for multi-label models; this model gives "
                              "each text one of %zu labels, the one with the largest score",
                              head->labels);
    mood_status status = check_labels(head, y, n, L, err);
    if (status != MOOD_OK)
        return status;
    struct decision *decisions = calloc(count ? count : 1, sizeof *decisions);
    if (!decisions)
        return out_of_memory(err, "choosing the threshold");
    for (size_t i = 0; i < count; i++) {
        size_t of_second = L == 2 && !head->multi_label ? 2 * i + 1 : i;
        decisions[i] = (struct decision){head->multi_label || head->outputs == 1 ? scores[i] : scores[2 * i + 1],
                                         y[of_second] > 0.5f};
        positives += decisions[i].truth;
    }
    if (positives == 0) {
        status = mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                                "none of %zu rows has the positive label, so there is no threshold with the largest F1",
                                n);
    } else {
        qsort(decisions, count, sizeof *decisions, compare_descending);
        *threshold = best_threshold(head, decisions, count, positives);
    }
    free(decisions);
    return status;
}
