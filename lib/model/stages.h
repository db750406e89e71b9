/* The first layers in one launch, at inference: each work-item takes its rows through a step of all of them before the next
 * step (kernels/predict_tile.cl). schedule.h decides which layers; the others are launched one after the other. Results
 * are bitwise identical. */
#ifndef MODEL_STAGES_H
#define MODEL_STAGES_H

#include "model/context.h"

/* Room for the context's stages. */
mood_status stages_create(struct context *context, mood_error *err);

/* As context_forward. Waits for what the queue has under way. */
mood_status stages_run(struct context *context, const struct sequence *input, mood_error *err);

#endif
