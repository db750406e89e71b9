/* Shared padding: the padding at the beginning of rows. The state after k time steps of padding is the same for
 * every row, so it is computed once, as a batch of one row, and each row starts from the state where its own
 * padding ends. Results are bitwise identical. At inference this happens once for given weights, in training once
 * per batch, with one backward pass for the gradients from all rows. */
#ifndef MODEL_SHARED_PADDING_H
#define MODEL_SHARED_PADDING_H

#include "model/context.h"

/* *shared_padding stays NULL if rows do not share padding. */
mood_status shared_padding_create(const struct mood_model *model, struct queue *queue, bool training,
                                  struct context **shared_padding, mood_error *err);

/* Compute its first `steps` time steps, up to the last layer with a state. */
mood_status shared_padding_forward(struct context *shared_padding, size_t steps, mood_error *err);

#endif
