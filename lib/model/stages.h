/* All layers in one launch, at inference: each work-item takes its rows through a step of every layer before the next
 * step (kernels/predict_tile.cl). Where the device shares the host's memory and the layers can be stages; else they are
 * launched one after the other, with the same results to the bit. */
#ifndef MODEL_STAGES_H
#define MODEL_STAGES_H

#include "model/context.h"

bool stages_possible(const struct mood_model *model);

/* Room for the context's stages. */
mood_status stages_create(struct context *context, mood_error *err);

/* As context_forward. Waits for what the queue has under way. */
mood_status stages_run(struct context *context, const struct sequence *input, mood_error *err);

#endif
