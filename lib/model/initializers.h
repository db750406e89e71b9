/* How weights start. */
#ifndef MODEL_INITIALIZERS_H
#define MODEL_INITIALIZERS_H

#include "layers/layer.h"
#include "model/random.h"

/* Fill values [parameter->count] as its initializer says.
 * Source: keras/src/initializers/random_initializers.py */
mood_status initialize(const struct parameter *parameter, struct random *random, float *values, mood_error *err);

#endif
