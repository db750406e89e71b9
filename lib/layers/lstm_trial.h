/* Trying how fast an LSTM's kernels are, on a layer that is made for it. */
#ifndef LAYERS_LSTM_TRIAL_H
#define LAYERS_LSTM_TRIAL_H

#include "layers/lstm.h"

/* A layer of so many units with weights of zero, and full rows for it. */
struct trial {
    struct layer *layer;
    struct work work;
    struct packing packing;
    struct sequence in;
    int32_t *at; /* [T+1], and [B] zeros behind */
};

/* B rows of T steps, as many inputs as units. *trial is to be destroyed, whether that fails or not. */
mood_status trial_create(struct trial *trial, struct queue *queue, size_t B, size_t T, size_t H, mood_error *err);
void trial_destroy(struct trial *trial, struct queue *queue);

/* Once forward, at inference. *seconds: the wall clock's. */
mood_status trial_run(struct trial *trial, struct queue *queue, double *seconds, mood_error *err);

#endif
