/* One thread's way through a model's layers. */
#include <limits.h>
#include <stdlib.h>

#include "model/context.h"

static mood_status check_size(const struct mood_model *model, size_t B, mood_error *err) {
    size_t widest = 1;
    for (size_t i = 0; i < model->layer_count; i++)
        if (model->layers[i]->out.D > widest)
            widest = model->layers[i]->out.D;
    size_t numbers;
    if (!__builtin_mul_overflow(B, model->T * 4, &numbers) && !__builtin_mul_overflow(numbers, widest, &numbers) &&
        numbers <= INT_MAX)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "batches of %zu rows of %zu steps and %zu units are too large; take a smaller batch", B,
                          model->T, widest);
}

mood_status context_create(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                           struct context **created, mood_error *err) {
    *created = NULL;
    mood_status status = check_size(model, B, err);
    if (status != MOOD_OK)
        return status;
    struct context *context = calloc(1, sizeof *context);
    if (context)
        context->works = calloc(model->layer_count, sizeof *context->works);
    if (!context || !context->works) {
        free(context);
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    }
    context->model = model;
    context->queue = queue;
    context->B = B;
    context->training = training;
    status = buffer_create(model->device, B * model->T, sizeof(int32_t), &context->ids, err);
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++) {
        const struct layer *layer = model->layers[i];
        context->works[i].B = B;
        context->works[i].training = training;
        status = layer->type->plan(layer, queue, &context->works[i], err);
    }
    if (status != MOOD_OK) {
        context_destroy(context);
        return status;
    }
    *created = context;
    return MOOD_OK;
}

void context_destroy(struct context *context) {
    if (!context)
        return;
    queue_finish(context->queue, NULL);
    for (size_t i = 0; i < context->model->layer_count; i++)
        work_destroy(&context->works[i]);
    buffer_destroy(&context->ids);
    free(context->works);
    free(context);
}

struct work *context_last(const struct context *context) {
    return &context->works[context->model->layer_count - 1];
}

mood_status context_forward(struct context *context, const struct sequence *input, mood_error *err) {
    const struct sequence *in = input;
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < context->model->layer_count && status == MOOD_OK; i++) {
        const struct layer *layer = context->model->layers[i];
        status = layer->type->forward(layer, context->queue, &context->works[i], in, err);
        in = &context->works[i].out;
    }
    return status;
}

mood_status context_backward(struct context *context, const struct sequence *input, const struct buffer *d_logits,
                             mood_error *err) {
    const struct buffer *d_out = d_logits;
    mood_status status = MOOD_OK;
    context_last(context)->d_out_is_of_logits = true;
    for (size_t i = context->model->layer_count; i-- > 0 && status == MOOD_OK;) {
        const struct layer *layer = context->model->layers[i];
        const struct sequence *in = i == 0 ? input : &context->works[i - 1].out;
        status = layer->type->backward(layer, context->queue, &context->works[i], in, d_out, i > 0, err);
        d_out = &context->works[i].d_in;
    }
    return status;
}

mood_status context_predict(struct context *context, const int32_t *x, size_t n, float *y, mood_error *err) {
    const struct mood_model *model = context->model;
    struct sequence input = {.data = context->ids, .B = n, .T = model->T, .D = 1};
    mood_status status = queue_write(context->queue, &context->ids, 0, x, n * model->T * sizeof *x, err);
    if (status == MOOD_OK)
        status = context_forward(context, &input, err);
    const struct sequence *out = &context_last(context)->out;
    if (status == MOOD_OK)
        status = queue_read(context->queue, &out->data, 0, y, n * out->D * sizeof *y, err);
    return status;
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
