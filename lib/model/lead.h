/* Shared padding: the padding at the beginning of rows. The state after k time steps of padding is the same for
 * every row, so it is computed once, as a batch of one row, and each row starts from the state where its own
 * padding ends. Results are bitwise identical. At inference this happens once for given weights, in training once
 * per batch, with one backward pass for the gradients from all rows. */
#ifndef MODEL_LEAD_H
#define MODEL_LEAD_H

#include "model/context.h"

/* *lead stays NULL if rows do not share padding. */
mood_status lead_create(const struct mood_model *model, struct queue *queue, bool training, struct context **lead,
                        mood_error *err);

/* Compute its first `steps` time steps, up to the last layer with a state. */
mood_status lead_forward(struct context *lead, size_t steps, mood_error *err);

#endif
