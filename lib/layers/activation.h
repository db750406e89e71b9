/* Keras's activations, and the kernels of those that a product does not compute itself. */
#ifndef LAYERS_ACTIVATION_H
#define LAYERS_ACTIVATION_H

#include <stdbool.h>

#include "device/queue.h"
#include "layers/activation_list.h"

/* "relu"; NULL if there is no such activation. */
const char *activation_name(enum activation activation);
/* By the name, or another that Keras has for it. False if mood does not know the name. */
bool activation_find(const char *name, enum activation *activation);
/* Why mood does not have an activation of Keras's; NULL if it is none of these. */
const char *activation_why_not(const char *name);
/* The names, for messages: "linear, relu, …". */
void activation_list(char *names, size_t size);

/* Softmax and log_softmax: an output depends on its whole row. */
bool activation_is_of_row(enum activation activation);
/* A product's kernel computes it, or begins it (softmax). */
bool activation_is_fused(enum activation activation);
/* activation_backward reads what the activation was applied to. */
bool activation_needs_input(enum activation activation);

/* After a product with that activation: what is left of it, in place. y [n,N] is activated already, or the sums. */
mood_status activation_finish(struct queue *queue, enum activation activation, const struct buffer *y, size_t n,
                              size_t N, mood_error *err);

/* dz [n,N]: the gradient before the activation, from the numbers x before it (not read, and may be NULL, unless
 * activation_needs_input), its outputs y and their gradient dy. */
mood_status activation_backward(struct queue *queue, enum activation activation, const struct buffer *x,
                                const struct buffer *y, const struct buffer *dy, const struct buffer *dz, size_t n,
                                size_t N, mood_error *err);

#endif
