/* Intervals of metrics, by resampling the rows. */
#ifndef CLI_BOOTSTRAP_H
#define CLI_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mood/status.h"

enum { BOOTSTRAP_SAMPLES = 1000 };

struct interval {
    double low, high;
};

/* 95 % intervals. */
struct intervals {
    struct interval accuracy, macro_f1;
};

/* The true and the predicted labels of rows. With one_label each row has exactly one, and accuracy is the share of right
 * rows; else it is the share of right pairs of row and label. */
struct outcomes {
    size_t n, labels;
    bool one_label;
    const size_t *truth, *answers;      /* with one_label: class numbers [n] */
    const float *targets, *predictions; /* else: [n,labels], 0 or 1 */
};

/* Percentile intervals (Efron 1979) from BOOTSTRAP_SAMPLES samples of n rows with replacement. The same seed gives
 * the same intervals. n is at least 1. */
MOOD_MUST_CHECK mood_status bootstrap_run(const struct outcomes *outcomes, uint64_t seed, struct intervals *intervals,
                                          mood_error *err);

#endif
