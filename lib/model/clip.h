/* Clipping of gradients: kernels/clip.cl. */
#ifndef MODEL_CLIP_H
#define MODEL_CLIP_H

#include "model/model.h"

/* Make the buffer of norms if the model's optimizer clips to a norm. */
mood_status clip_prepare(struct mood_model *model, mood_error *err);

/* Clip the gradients as the optimizer's settings say. */
mood_status clip_run(struct mood_model *model, mood_error *err);

#endif
