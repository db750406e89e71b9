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

/* What was right: truth and answers [n,labels], 1 where the row has the label, else 0; one_label: each row has exactly one, and
 * the accuracy is that of rows, else of labels. */
struct outcomes {
    size_t n, labels;
    bool one_label;
    const size_t *truth, *answers;      /* one_label: [n] class numbers */
    const float *targets, *predictions; /* else: [n,labels] */
};

/* Percentile intervals (Efron 1979) from BOOTSTRAP_SAMPLES samples of n rows with replacement. The same seed gives the same
 * intervals. n is at least 1. */
MOOD_MUST_CHECK mood_status bootstrap_run(const struct outcomes *outcomes, uint64_t seed, struct intervals *intervals,
                                          mood_error *err);

#endif
