/* Declarations that the readers of weights share: shapes are compared with those of the layers before the model is
 * built, and numbers must be finite. */
#ifndef KERAS_WEIGHTS_H
#define KERAS_WEIGHTS_H

#include "keras/hdf5.h"

/* Report that a variable's shape and the array's differ: "(3, 4)". */
mood_status weights_refuse_shape(const char *path, const struct hdf5_dataset *dataset, const struct variable *variable,
                                 mood_error *err);
bool weights_has_shape(const struct hdf5_dataset *dataset, const struct variable *variable);

/* Write the numbers [count] of a layer's variable into a store of the model. */
mood_status weights_store(mood_model *model, int store, const struct layer *layer, size_t index, const float *values,
                          mood_error *err);

/* All arrays together must not be larger than the file; total is the sum so far. */
mood_status weights_check_total(const struct blob *file, const struct layer *layer, size_t *total, mood_error *err);

/* Build a copy of layer `index` for rows of T time steps, so that the model's layer stays unbuilt; outputs
 * [layer_count]: the shapes of the layers before it, and then its own. */
mood_status weights_probe(const mood_model *model, size_t index, size_t T, struct shape *outputs, struct layer *probe,
                          mood_error *err);

#endif
