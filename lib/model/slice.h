/* Slices: the part of a batch that is processed at once. Any batch is cut to fit the device; in training also so
 * that the states for the backward pass fit a CPU's caches, since the gradients of slices add up to that of the
 * batch. A layer that needs the whole batch (WHOLE_BATCH) prevents slices. */
#ifndef MODEL_SLICE_H
#define MODEL_SLICE_H

#include "model/model.h"

/* The number of B rows that fit the device at once, at least 1. Errors: MOOD_ERR_SHAPE if one row does not fit. */
mood_status slice_to_fit(const struct mood_model *model, bool training, size_t B, size_t *rows, mood_error *err);

/* The same for training: slices that fit the caches, of equal size; in the tile class with the same number of whole
 * tiles for each unit, except for the last slice. Errors: MOOD_ERR_SHAPE also if a layer needs the whole batch and
 * it does not fit. */
mood_status slice_to_train(const struct mood_model *model, size_t B, size_t *rows, mood_error *err);

#endif
