/* Time a model: inference, from ids or from texts; one row at a time; or an epoch of training. */
#ifndef CLI_MEASURE_H
#define CLI_MEASURE_H

#include "mood/scorer.h"
#include "sample.h"

enum work { WORK_INFER, WORK_TEXT, WORK_LATENCY, WORK_TRAIN };
enum { WORK_COUNT = WORK_TRAIN + 1 };

/* Of the time that a row takes. */
enum { P50, P99, P999, PERCENTILE_COUNT };

/* What was measured: a number for each round, and the middle ones. */
struct measurement {
    enum work work;
    size_t batch, rounds;
    mood_scorer *scorer;                   /* of WORK_TEXT, and of WORK_LATENCY with texts; the measurement's own */
    double *seconds;                       /* [rounds] a pass over the sample */
    double *percentiles[PERCENTILE_COUNT]; /* [rounds] seconds a row, of WORK_LATENCY */
    double min, mean, median;              /* of seconds */
    double percentile_medians[PERCENTILE_COUNT];
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
