/* Applies the constraints of weights after a step of the optimizer. */
#ifndef MODEL_CONSTRAIN_H
#define MODEL_CONSTRAIN_H

#include "model/model.h"

/* Project all trainable weights that have a constraint. */
mood_status constrain_run(const struct mood_model *model, mood_error *err);

#endif
