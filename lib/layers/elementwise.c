/* What elementwise layers share. */
#include "layers/elementwise.h"

mood_status elementwise_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind == SHAPE_IDS)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: put an Embedding before it",
                              layer->name);
    layer->out = *in;
    return MOOD_OK;
}

mood_status elementwise_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->in.T, bytes = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[ELEMENTWISE_OUT], err);
    return status == MOOD_OK && work->training ? work_allocate(work, queue, rows, bytes, &work->d_in, err) : status;
}
