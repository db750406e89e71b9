/* The model's metrics over the batches of an epoch, or of an evaluation. */
#ifndef MODEL_MEASURE_H
#define MODEL_MEASURE_H

#include "model/metrics.h"
#include "model/step.h"

struct measures {
    const struct mood_model *model;
    double **states;    /* [metrics.count], of each metric */
    size_t counted;     /* the metric that the loss's kernel counts; SIZE_MAX: none */
    bool reads_outputs; /* another one needs the outputs on the host */
    float *outputs;     /* [B,O] */
    float *values;      /* [B]: losses of rows */
    struct buffer rows; /* [B]: the same on the device */
    struct buffer ones; /* [B]: weights of 1 */
};

mood_status measures_create(const struct mood_model *model, size_t B, struct measures *measures, mood_error *err);
void measures_destroy(struct measures *measures);
/* Begin an epoch. */
void measures_reset(struct measures *measures);

/* Add the outputs of the context's last forward run, before backward, for the n rows of the batch. Waits for the device if
 * a metric needs the outputs. */
mood_status measures_add(struct measures *measures, struct context *context, const struct batch *batch, size_t n,
                         mood_error *err);

/* Add loss and metrics so far to *metrics: sums over n rows from totals_read. */
mood_status measures_report(const struct measures *measures, const struct loss_sums *sums, size_t n, const char *prefix,
                            struct mood_metrics *metrics, mood_error *err);

#endif
