/* Time a model: inference, one row at a time, or an epoch of training. */
#ifndef CLI_MEASURE_H
#define CLI_MEASURE_H

#include "mood/model.h"

enum work { WORK_INFER, WORK_LATENCY, WORK_TRAIN };

/* Rows to work on. */
struct sample {
    size_t n, T, O; /* O: numbers a label, as the loss wants them */
    int32_t *x;     /* [n,T] */
    float *y;       /* [n,O] */
    float *out;     /* [n, outputs of the model] */
};

/* Random ids from 1 to vocabulary-1 in every place, and random labels for training, by a seed. */
MOOD_MUST_CHECK mood_status sample_create(struct sample *sample, const mood_model *model, size_t n, size_t T,
                                          uint64_t seed, mood_error *err);
void sample_destroy(struct sample *sample);

/* What was measured: a number for each round, and the middle ones. */
struct measurement {
    enum work work;
    size_t batch, rounds;
    double *seconds;          /* [rounds] a pass over the sample */
    double *p50, *p99;        /* [rounds] seconds a row, of WORK_LATENCY */
    double min, median;       /* of seconds */
    double p50_median, p99_median;
};

MOOD_MUST_CHECK mood_status measurement_create(struct measurement *measurement, enum work work, size_t batch,
                                               size_t rounds, mood_error *err);
void measurement_destroy(struct measurement *measurement);

/* Pass over the sample once; round SIZE_MAX is a warm-up that is not kept. */
MOOD_MUST_CHECK mood_status measure_round(struct measurement *measurement, mood_model *model,
                                          const struct sample *sample, size_t round, mood_error *err);
void measurement_finish(struct measurement *measurement);

/* Floating point operations of one row's forward pass, counted from the sizes of the matrices alone. */
MOOD_MUST_CHECK mood_status count_flops(const mood_model *model, size_t T, double *flops, mood_error *err);

#endif
