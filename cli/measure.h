/* Measures the speed of a model: inference from ids or texts, latency of single rows, or an epoch of training. */
#ifndef CLI_MEASURE_H
#define CLI_MEASURE_H

#include "mood/scorer.h"
#include "sample.h"

enum work { WORK_INFER, WORK_TEXT, WORK_LATENCY, WORK_TRAIN };
enum { WORK_COUNT = WORK_TRAIN + 1 };

/* Percentiles of the time per row. */
enum { P50, P99, P999, PERCENTILE_COUNT };

/* Results: one number for each round, and summaries. */
struct measurement {
    enum work work;
    size_t batch, rounds;
    mood_scorer *scorer;                   /* of WORK_TEXT, and of WORK_LATENCY with texts; owned */
    double *seconds;                       /* [rounds] time of a pass over the sample */
    double *percentiles[PERCENTILE_COUNT]; /* [rounds] seconds per row, of WORK_LATENCY */
    double min, mean, median;              /* of seconds */
    double percentile_medians[PERCENTILE_COUNT];
};

MOOD_MUST_CHECK mood_status measurement_create(struct measurement *measurement, enum work work, size_t batch,
                                               size_t rounds, mood_error *err);
void measurement_destroy(struct measurement *measurement);

/* Measure one pass over the sample. Round SIZE_MAX is a warm-up that is not recorded. */
MOOD_MUST_CHECK mood_status measure_round(struct measurement *measurement, mood_model *model,
                                          const struct sample *sample, size_t round, mood_error *err);
void measurement_finish(struct measurement *measurement);

/* Floating-point operations in the forward pass of one row: those of the matrix products. */
MOOD_MUST_CHECK mood_status count_flops(const mood_model *model, size_t T, double *flops, mood_error *err);

#endif
