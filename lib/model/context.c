/* One thread's way through a model's layers. */
#include <stdlib.h>
#include <string.h>

#include "model/lead.h"
#include "model/stages.h"

size_t context_first_layer(const struct mood_model *model, bool training) {
    return !training && (model->folded || stages_possible(model)) ? 1 : 0;
}

static mood_status plan(struct context *context, bool is_lead, mood_error *err) {
    size_t first = context_first_layer(context->model, context->training);
    mood_status status = MOOD_OK;
    context->stepwise = !context->training && stages_possible(context->model);
    if (context->stepwise)
        status = stages_create(context, err);
    for (size_t i = first; i < context->layer_count && status == MOOD_OK; i++) {
        const struct layer *layer = context->model->layers[i];
        struct work *work = &context->works[i];
        work->B = context->B;
        work->training = context->training;
        work->stepwise = context->stepwise;
        work->is_lead = is_lead;
        if (context->lead && i < context->lead->layer_count)
            work->lead = &context->lead->works[i];
        status = layer->type->plan(layer, context->queue, work, err);
    }
    return status;
}

static mood_status make(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                        size_t layer_count, struct context **created, mood_error *err) {
    *created = NULL;
    struct context *context = calloc(1, sizeof *context);
    if (context)
        context->works = calloc(layer_count, sizeof *context->works);
    if (!context || !context->works) {
        free(context);
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    }
    context->model = model;
    context->queue = queue;
    context->B = B;
    context->layer_count = layer_count;
    context->training = training;
    *created = context;
    return MOOD_OK;
}

mood_status context_create(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                           struct context **created, mood_error *err) {
    mood_status status = make(model, queue, B, training, model->layer_count, created, err);
    if (status != MOOD_OK)
        return status;
    struct context *context = *created;
    context->lead = model->lead;
    if (training)
        status = lead_create(model, queue, true, &context->lead, err);
    else
        status = batch_create(model, B, 0, false, &context->batch, err);
    if (status == MOOD_OK)
        status = plan(context, false, err);
    if (status != MOOD_OK) {
        context_destroy(context);
        *created = NULL;
    }
    return status;
}

mood_status context_create_lead(const struct mood_model *model, struct queue *queue, bool training, size_t layer_count,
                                struct context **created, mood_error *err) {
    mood_status status = make(model, queue, 1, training, layer_count, created, err);
    if (status == MOOD_OK)
        status = batch_create(model, 1, 0, false, &(*created)->batch, err);
    if (status == MOOD_OK)
        status = plan(*created, true, err);
    if (status != MOOD_OK) {
        context_destroy(*created);
        *created = NULL;
    }
    return status;
}

void context_destroy(struct context *context) {
    if (!context)
        return;
    queue_finish(context->queue, NULL);
    if (context->training)
        context_destroy(context->lead);
    for (size_t i = 0; i < context->layer_count; i++)
        work_destroy(&context->works[i]);
    batch_destroy(&context->batch);
    buffer_destroy(&context->stages);
    buffer_destroy(&context->taken);
    free(context->reached);
    free(context->works);
    free(context);
}

struct work *context_last(const struct context *context) {
    return &context->works[context->model->layer_count - 1];
}

mood_status context_forward(struct context *context, const struct sequence *input, mood_error *err) {
    size_t first = context_first_layer(context->model, context->training);
    const struct sequence *in = input;
    mood_status status = MOOD_OK;
    if (context->training && context->lead && context->lead->lead_steps < input->packing->lead)
        status = lead_forward(context->lead, input->packing->lead, err);
    if (context->stepwise)
        return stages_run(context, input, err);
    for (size_t i = first; i < context->layer_count && status == MOOD_OK; i++) {
        const struct layer *layer = context->model->layers[i];
        status = layer->type->forward(layer, context->queue, &context->works[i], in, err);
        in = &context->works[i].out;
    }
    return status;
}

static mood_status layer_backward(struct context *context, size_t i, const struct sequence *input,
                                  const struct buffer *d_out, mood_error *err) {
    const struct layer *layer = context->model->layers[i];
    const struct sequence *in = i == 0 ? input : &context->works[i - 1].out;
    return layer->type->backward(layer, context->queue, &context->works[i], in, d_out, i > 0, err);
}

mood_status context_backward(struct context *context, const struct sequence *input, const struct buffer *d_logits,
                             mood_error *err) {
    const struct buffer *d_out = d_logits;
    mood_status status = MOOD_OK;
    context_last(context)->d_out_is_of_logits = !context->model->compile.from_logits;
    for (size_t i = context->layer_count; i-- > 0 && status == MOOD_OK;) {
        status = layer_backward(context, i, input, d_out, err);
        d_out = &context->works[i].d_in;
    }
    return status;
}

mood_status context_end_batch(struct context *context, mood_error *err) {
    struct context *lead = context->lead;
    const struct buffer *d_out = NULL;
    mood_status status = MOOD_OK;
    if (lead->lead_steps == 0)
        return MOOD_OK;
    for (size_t i = lead->layer_count; i-- > 0 && status == MOOD_OK;) {
        status = layer_backward(lead, i, &lead->batch.input, d_out, err);
        d_out = &lead->works[i].d_in;
    }
    lead->lead_steps = 0;
    return status;
}

mood_status context_start(struct context *context, const int32_t *x, size_t n, mood_error *err) {
    struct rows rows = {.x = x, .n = n, .T = context->model->T};
    mood_status status = batch_load(&context->batch, context->queue, &rows, 0, n, err);
    if (status == MOOD_OK)
        status = context_forward(context, &context->batch.input, err);
    return status == MOOD_OK ? queue_flush(context->queue, err) : status;
}

mood_status context_finish(struct context *context, size_t n, float *y, mood_error *err) {
    const struct sequence *out = &context_last(context)->out;
    float *sorted = malloc(n * out->D * sizeof *sorted);
    if (!sorted)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory reading scores");
    mood_status status = queue_read(context->queue, &out->data, 0, sorted, n * out->D * sizeof *sorted, err);
    for (size_t b = 0; b < n && status == MOOD_OK; b++)
        memcpy(y + context->batch.picked[b] * out->D, sorted + b * out->D, out->D * sizeof *y);
    free(sorted);
    return status;
}

mood_status context_predict(struct context *context, const int32_t *x, size_t n, float *y, mood_error *err) {
    mood_status status = context_start(context, x, n, err);
    return status == MOOD_OK ? context_finish(context, n, y, err) : status;
}

size_t context_default_batch(const struct mood_model *model) {
    size_t rows = model->device->info.type == MOOD_DEVICE_CPU ? 1024 : 4096;
    /* Activations of one step that don't fit 256 MB are cut down. */
    size_t widest = 1;
    for (size_t i = 0; i < model->layer_count; i++)
        if (model->layers[i]->out.D > widest)
            widest = model->layers[i]->out.D;
    size_t fit = ((size_t)64 << 20) / (model->T * widest);
    return fit < 1 ? 1 : fit < rows ? fit : rows;
}
