/* What elementwise layers share: the output has the shape of the input. */
#ifndef LAYERS_ELEMENTWISE_H
#define LAYERS_ELEMENTWISE_H

#include "layers/layer.h"

/* work.buffers[ELEMENTWISE_OUT] is the output. */
enum { ELEMENTWISE_OUT, ELEMENTWISE_BUFFERS };

/* For a type's build: refuse ids, and set layer->out to the shape of the input. Errors: MOOD_ERR_SHAPE. */
mood_status elementwise_build(struct layer *layer, const struct shape *in, mood_error *err);

/* For a type's plan: allocate the output and, in training, work->d_in. */
mood_status elementwise_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err);

#endif
