/* The lead: the padding that rows begin with. The state after k steps of it is the same for every row, so that it goes
 * through the layers once, as a batch of one row, and each row goes on from where its own padding ends: the same
 * numbers to the bit. At inference once for given weights, in training once a batch, with the gradients that reach it
 * from all rows sent back once. */
#ifndef MODEL_LEAD_H
#define MODEL_LEAD_H

#include "model/context.h"

/* *lead stays NULL if rows do not share their padding. */
mood_status lead_create(const struct mood_model *model, struct queue *queue, bool training, struct context **lead,
                        mood_error *err);

/* Its first `steps` steps through the layers up to the last that has a state. */
mood_status lead_forward(struct context *lead, size_t steps, mood_error *err);

#endif
