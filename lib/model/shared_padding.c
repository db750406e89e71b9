/* Shared padding, and other data that inference computes once for given weights. */
#include <stdlib.h>

#include "model/shared_padding.h"

mood_status shared_padding_create(const struct mood_model *model, struct queue *queue, bool training,
                                  struct context **shared_padding, mood_error *err) {
    mood_status status = context_create_shared_padding(model, queue, training, shared_padding, err);
    if (status != MOOD_OK || !*shared_padding)
        return status;
    int32_t *padding = calloc(model->T, sizeof *padding);
    struct rows rows = {.x = padding, .n = 1, .T = model->T};
    (*shared_padding)->batch.whole = true;
    status = padding ? batch_load(&(*shared_padding)->batch, queue, &rows, 0, 1, err)
                     : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    free(padding);
    if (status == MOOD_OK)
        return MOOD_OK;
    context_destroy(*shared_padding);
    *shared_padding = NULL;
    return status;
}

mood_status shared_padding_forward(struct context *shared_padding, size_t steps, mood_error *err) {
    shared_padding->batch.packing.T = shared_padding->batch.input.rows = shared_padding->shared_padding_steps = steps;
    return context_forward(shared_padding, &shared_padding->batch.input, err);
}

mood_status model_prepare_inference(struct mood_model *model, mood_error *err) {
    mood_status status = model_prepare(model, err);
    if (status != MOOD_OK || model->ready)
        return status;
    struct layer *above = schedule_after_embedding(model);
    model->folded = false;
    if (above && above->type->fold)
        status = above->type->fold(above, model->layers[0], model->queue, &model->folded, err);
    if (status == MOOD_OK && !model->shared_padding)
        status = shared_padding_create(model, model->queue, false, &model->shared_padding, err);
    if (status == MOOD_OK && model->shared_padding)
        status = shared_padding_forward(model->shared_padding, model->T, err);
    model->ready = status == MOOD_OK;
    return status;
}
