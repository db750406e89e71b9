/* Measures the speed of the LSTM's kernels with a layer that is made for it. */
#ifndef LAYERS_LSTM_TRIAL_H
#define LAYERS_LSTM_TRIAL_H

#include "layers/lstm.h"

/* A layer of `units` units with zero weights, and full rows as its input. */
struct trial {
    struct layer *layer;
    struct work work;
    struct packing packing;
    struct sequence in;
    int32_t *at; /* [T+1], followed by [B] zeros */
};

/* B rows of T time steps, with as many inputs as units. *trial must be destroyed, also after an error. */
mood_status trial_create(struct trial *trial, struct queue *queue, size_t B, size_t T, size_t H, mood_error *err);
void trial_destroy(struct trial *trial, struct queue *queue);

/* One forward pass at inference. *seconds: wall-clock time. */
mood_status trial_run(struct trial *trial, struct queue *queue, double *seconds, mood_error *err);

#endif
