/* The initial values of weights. */
#ifndef MODEL_INITIALIZE_H
#define MODEL_INITIALIZE_H

#include "layers/layer.h"
#include "model/random.h"

/* Fill values [variable->count] as its initializer says.
 * Source: keras/src/initializers/random_initializers.py, constant_initializers.py */
mood_status initialize(const struct variable *variable, struct random *random, float *values, mood_error *err);

#endif
