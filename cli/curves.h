/* Curves of a label's scores: ROC, precision and recall, reliability. */
#ifndef CLI_CURVES_H
#define CLI_CURVES_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

/* A text: the label's score, and whether it has the label. */
struct scored_truth {
    float score;
    bool truth;
};

/* Points x, y [n] with a distance that can be seen. */
struct curve {
    double *x, *y; /* y is in the same block as x */
    size_t n;
    double area; /* of all points; NaN: the curve has none */
};

/* All three need rows with and without the label; they leave an empty curve (n = 0) otherwise. Errors:
 * MOOD_ERR_MEMORY. */

/* Sort the rows [n] in descending order of their scores, for the next two. */
void curves_sort(struct scored_truth *rows, size_t n);

/* x: share of the rows without the label whose score is above a threshold, y: the same of those with the label.
 * area: by trapezoids. */
MOOD_MUST_CHECK mood_status curve_roc(const struct scored_truth *rows, size_t n, struct curve *curve, mood_error *err);

/* x: recall, y: precision. area: the average precision, the mean of the precision weighted by the increase of the
 * recall. */
MOOD_MUST_CHECK mood_status curve_precision_recall(const struct scored_truth *rows, size_t n, struct curve *curve,
                                                   mood_error *err);

/* x: the mean score, y: the share of rows with the label, in CALIBRATION_BINS bins of equal width; empty ones have no
 * point. The scores are probabilities. */
MOOD_MUST_CHECK mood_status curve_reliability(const struct scored_truth *rows, size_t n, struct curve *curve,
                                              mood_error *err);

void curve_free(struct curve *curve);

#endif
