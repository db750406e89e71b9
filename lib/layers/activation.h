/* Keras's names of activations. */
#ifndef LAYERS_ACTIVATION_H
#define LAYERS_ACTIVATION_H

#include <stdbool.h>

#include "mood/model.h"

/* "relu"; NULL if there is no such activation. */
const char *activation_name(mood_activation activation);
/* False if mood does not know the name. */
bool activation_find(const char *name, mood_activation *activation);

#endif
