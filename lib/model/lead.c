/* Shared padding, and other data that inference computes once for given weights. */
#include <stdlib.h>

#include "model/lead.h"

mood_status lead_create(const struct mood_model *model, struct queue *queue, bool training, struct context **lead,
                        mood_error *err) {
    mood_status status = context_create_lead(model, queue, training, lead, err);
    if (status != MOOD_OK || !*lead)
        return status;
    int32_t *padding = calloc(model->T, sizeof *padding);
    struct rows rows = {.x = padding, .n = 1, .T = model->T};
    (*lead)->batch.whole = true;
    status = padding ? batch_load(&(*lead)->batch, queue, &rows, 0, 1, err)
                     : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    free(padding);
    if (status == MOOD_OK)
        return MOOD_OK;
    context_destroy(*lead);
    *lead = NULL;
    return status;
}

mood_status lead_forward(struct context *lead, size_t steps, mood_error *err) {
    lead->batch.packing.T = lead->batch.input.rows = lead->lead_steps = steps;
    return context_forward(lead, &lead->batch.input, err);
}

mood_status model_prepare_inference(struct mood_model *model, mood_error *err) {
    mood_status status = model_prepare(model, err);
    if (status != MOOD_OK || model->ready)
        return status;
    struct layer *above = schedule_after_embedding(model);
    model->folded = false;
    if (above && above->type->fold)
        status = above->type->fold(above, model->layers[0], model->queue, &model->folded, err);
    if (status == MOOD_OK && !model->lead)
        status = lead_create(model, model->queue, false, &model->lead, err);
    if (status == MOOD_OK && model->lead)
        status = lead_forward(model->lead, model->T, err);
    model->ready = status == MOOD_OK;
    return status;
}
