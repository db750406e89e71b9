/* A step of the optimizer. */
#ifndef MODEL_UPDATE_H
#define MODEL_UPDATE_H

#include "model/model.h"

/* One step for all trainable weights: clipping, weight decay, the optimizer's kernel, the moving average.
 * Afterwards derived buffers are out of date, and gradients are zero. */
mood_status update_run(struct mood_model *model, mood_error *err);

/* At the end of fit: with use_ema the weights become their moving average, as in Keras. */
mood_status update_finish(struct mood_model *model, mood_error *err);

#endif
