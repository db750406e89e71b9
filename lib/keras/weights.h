/* What the readers of weights share: shapes are compared with the layers' own before the model is built, and numbers have
 * to be finite. */
#ifndef KERAS_WEIGHTS_H
#define KERAS_WEIGHTS_H

#include "keras/hdf5.h"

/* A variable's shape and the array's as they are printed: "(3, 4)". */
mood_status weights_refuse_shape(const char *path, const struct hdf5_dataset *dataset, const struct variable *variable,
                                 mood_error *err);
bool weights_has_shape(const struct hdf5_dataset *dataset, const struct variable *variable);

/* Write the numbers [count] of a layer's variable into a store of the model. */
mood_status weights_store(mood_model *model, int store, const struct layer *layer, size_t index, const float *values,
                          mood_error *err);

/* All arrays together are no larger than the file; total is the sum so far. */
mood_status weights_check_total(const struct blob *file, const struct layer *layer, size_t *total, mood_error *err);

/* The index-th layer as it will be built for rows of T steps; outputs [layer_count]: the shapes of the layers before it,
 * and then its own. The model's layer stays unbuilt. */
mood_status weights_probe(const mood_model *model, size_t index, size_t T, struct shape *outputs, struct layer *probe,
                          mood_error *err);

#endif
