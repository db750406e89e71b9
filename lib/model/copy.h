/* A copy of a model for gradients of its outputs by its input. */
#ifndef MODEL_COPY_H
#define MODEL_COPY_H

#include "model/model.h"

/* Copy a built model, its input and its weights. The copy's training passes give the scores of inference: all layers
 * are frozen (BatchNormalization uses its moving averages), without dropout and noise, and padding is not shared
 * between rows. context_backward then computes no gradients of weights, but those of the Embedding's output
 * (context.gradients[0].of_output) or of the values of bags (sequence.d_values, or the first layers' d_in). The copy
 * has a queue of its own and is not compiled; *copy is new (mood_model_destroy). */
mood_status model_copy_deterministic(const struct mood_model *model, struct mood_model **copy, mood_error *err);

#endif
