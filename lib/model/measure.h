/* The model's metrics over the batches of an epoch, or of an evaluation. */
#ifndef MODEL_MEASURE_H
#define MODEL_MEASURE_H

#include "model/metrics.h"
#include "model/step.h"

struct measures {
    const struct mood_model *model;
    double **states;    /* [metrics.count]: the state of each metric */
    size_t counted;     /* index of the accuracy metric that the loss's kernel computes; SIZE_MAX: none */
    bool reads_outputs; /* some metric needs the outputs in host memory */
    float *outputs;     /* [B,O] */
    float *values;      /* [B]: losses of rows, in host memory */
    struct buffer rows; /* [B]: losses of rows, in device memory */
    struct buffer ones; /* [B]: weights of 1 */
};

mood_status measures_create(const struct mood_model *model, size_t B, struct measures *measures, mood_error *err);
void measures_destroy(struct measures *measures);
/* Begin an epoch. */
void measures_reset(struct measures *measures);

/* Add the outputs of the context's last forward pass, before backward, for the n rows of the batch. Waits for the
 * device if a metric needs the outputs. */
mood_status measures_add(struct measures *measures, struct context *context, const struct batch *batch, size_t n,
                         mood_error *err);

/* Add the loss and the current values of the metrics to *metrics; their names begin with prefix. sums: the sums over n
 * rows, from totals_read. */
mood_status measures_report(const struct measures *measures, const struct loss_sums *sums, size_t n, const char *prefix,
                            struct mood_metrics *metrics, mood_error *err);

#endif
