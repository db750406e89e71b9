/* From the unmasked steps of a sequence to all its steps; see expand.c. */
#ifndef LAYERS_EXPAND_H
#define LAYERS_EXPAND_H

#include "layers/layer.h"

/* For the output of a built layer that skips masked steps. *expand is new. */
mood_status expand_create(const struct layer *before, struct layer **expand, mood_error *err);

#endif
