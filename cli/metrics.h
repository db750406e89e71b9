/* How good a model's answers are: per class, over all, and by rank. */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <stddef.h>

#include "mood/status.h"

struct class_metrics {
    double precision, recall, f1; /* 0 where nothing was found, as scikit-learn has it */
    size_t support;               /* rows that are of this class */
};

struct metrics {
    size_t n, classes;
    size_t *confusion; /* [classes, classes]: row the true class, column the answer; NULL of several labels a row */
    struct class_metrics *by_class;
    double accuracy;    /* the share of rows whose answer is right; of several labels a row, of rows and labels (Keras's
                        BinaryAccuracy) */
    double exact_match; /* of several labels a row: the share of rows whose labels are all right; else NaN */
    double macro_f1;
    double auc; /* of two classes: P(a positive row scores above a negative one), ties half; else NaN */
};

/* From true classes [n], answers [n] and, of two classes, the scores [n] of class 1 (else NULL). */
MOOD_MUST_CHECK mood_status metrics_create(struct metrics *metrics, size_t classes, size_t n, const size_t *truth,
                                           const size_t *answers, const float *scores, mood_error *err);
/* Of several labels a row: targets and answers [n, classes], 0 or 1. */
MOOD_MUST_CHECK mood_status metrics_create_multi_label(struct metrics *metrics, size_t classes, size_t n,
                                                       const float *targets, const float *answers, mood_error *err);
void metrics_destroy(struct metrics *metrics);

#endif
