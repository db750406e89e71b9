/* Slices: how many rows of a batch are worked on at once. Any batch is cut to what fits the device; in training also to
 * what a CPU's caches hold of the states that a step keeps for the way back, since gradients of slices add up to the
 * batch's; unless a layer needs the whole batch (WHOLE_BATCH). */
#ifndef MODEL_SLICE_H
#define MODEL_SLICE_H

#include "model/model.h"

/* How many of B rows fit the device at once, at least 1. Errors: MOOD_ERR_SHAPE when one row doesn't. */
mood_status slice_to_fit(const struct mood_model *model, bool training, size_t B, size_t *rows, mood_error *err);

/* The same for training: slices that fit the caches; equal, or in the tile class, but for the last, of as many whole
 * tiles for each unit. Errors: MOOD_ERR_SHAPE also if a layer needs the whole batch and it does not fit. */
mood_status slice_to_train(const struct mood_model *model, size_t B, size_t *rows, mood_error *err);

#endif
