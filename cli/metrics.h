/* Quality of a model's predictions: per class, overall, and by rank. */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <stddef.h>

#include "mood/status.h"

struct class_metrics {
    double precision, recall, f1; /* 0 if undefined, as in scikit-learn */
    size_t support;               /* rows of this class */
};

struct metrics {
    size_t n, classes;
    /* [classes, classes]: row: true class, column: predicted class; NULL for several labels per row. */
    size_t *confusion;
    struct class_metrics *by_class;
    double accuracy;    /* share of rows that are predicted correctly; for several labels per row, of all labels of all
                           rows (Keras's BinaryAccuracy) */
    double exact_match; /* for several labels per row: share of rows whose labels are all correct; else NaN */
    double macro_f1;
    double auc; /* for two classes: P(a positive row scores above a negative one), ties count half; else NaN */
};

/* From true classes [n], predicted classes [n] and, for two classes, the scores [n] of class 1 (else NULL). */
MOOD_MUST_CHECK mood_status metrics_create(struct metrics *metrics, size_t classes, size_t n, const size_t *truth,
                                           const size_t *answers, const float *scores, mood_error *err);
/* For several labels per row: targets and predictions [n, classes], 0 or 1. */
MOOD_MUST_CHECK mood_status metrics_create_multi_label(struct metrics *metrics, size_t classes, size_t n,
                                                       const float *targets, const float *answers, mood_error *err);
void metrics_destroy(struct metrics *metrics);

#endif
