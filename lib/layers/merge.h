/* What layers that merge share. */
#ifndef LAYERS_MERGE_H
#define LAYERS_MERGE_H

#include "layers/layer.h"

/* The error that input k does not go with the first; rule: what is required. */
mood_status merge_refuse(const struct layer *layer, const struct shape *in, size_t k, const char *rule,
                         mood_error *err);

#endif
