/* How well scores agree with the shares of right answers. */
#ifndef CLI_CALIBRATION_H
#define CLI_CALIBRATION_H

#include "mood/model.h"

enum { CALIBRATION_BINS = 15 };

/* NaN if scores are not probabilities, or there are no rows.
 * - brier: the mean squared difference of score and truth (0 or 1): of the second of two labels; else summed over the
 *   labels of a row; of a multi-label model the mean over the labels.
 * - ece: the expected calibration error: the mean difference, weighted by rows, of confidence and share of right answers
 *   in bins of equal width; of a multi-label model over all labels of all rows. */
struct calibration {
    double brier, ece;
};

/* The bin of a score or a confidence from 0 to 1: a bin contains its upper bound. */
size_t calibration_bin(double score);

/* From scores [n,O]; y: class numbers [n], or for a multi-label model targets [n,labels].
 * Source: Guo et al., "On Calibration of Modern Neural Networks", 2017. */
struct calibration calibration_measure(const mood_head *head, const float *scores, const float *y, size_t n);

#endif
