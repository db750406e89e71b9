/* Keras's regularizers of weights: a penalty added to the loss, l1 * sum |w| + l2 * sum w^2. */
#ifndef LAYERS_REGULARIZER_H
#define LAYERS_REGULARIZER_H

#include <jansson.h>

#include "mood/status.h"

struct regularizer {
    float l1, l2; /* both 0: none */
};

/* The name of argument `index` of a class or short name: "l2"; NULL if there is none. */
const char *regularizer_argument_at(const char *name, size_t index);

/* As in config.json: null, or an object of class L1, L2 or L1L2. */
json_t *regularizer_write(const struct regularizer *regularizer);
/* Also reads Keras's short names: "l2". On failure *regularizer is unchanged. */
mood_status regularizer_read(json_t *value, struct regularizer *regularizer, mood_error *err);

#endif
