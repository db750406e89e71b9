/* Keras's names of activations. */
#ifndef LAYERS_ACTIVATION_H
#define LAYERS_ACTIVATION_H

#include <stdbool.h>

#include "device/queue.h"
#include "mood/model.h"

/* "relu"; NULL if there is no such activation. */
const char *activation_name(mood_activation activation);
/* False if mood does not know the name. */
bool activation_find(const char *name, mood_activation *activation);

/* dz [n,N]: the gradient before the activation, from its outputs y and their gradient dy. */
mood_status activation_backward(struct queue *queue, mood_activation activation, const struct buffer *y,
                                const struct buffer *dy, const struct buffer *dz, size_t n, size_t N, mood_error *err);

/* Softmax of each row of y [n,N], in place. */
mood_status softmax_forward(struct queue *queue, const struct buffer *y, size_t n, size_t N, mood_error *err);

#endif
