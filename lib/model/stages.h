/* The first layers in one launch, at inference: each work-item computes a time step of all of them for its rows
 * before the next time step (kernels/predict_tile.cl). schedule.h determines the layers; the others are launched
 * one by one. Results are bitwise identical. */
#ifndef MODEL_STAGES_H
#define MODEL_STAGES_H

#include "model/context.h"

/* Allocate the context's stages. */
mood_status stages_create(struct context *context, mood_error *err);

/* As context_forward. Waits for the commands in the queue. */
mood_status stages_run(struct context *context, const struct sequence *input, mood_error *err);

#endif
