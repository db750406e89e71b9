/* A pass through a model's layers. */
#include <stdlib.h>
#include <string.h>

#include "model/shared_padding.h"
#include "model/stages.h"

/* The work of layer i with its plan, without buffers. */
static struct work work_of(const struct schedule *schedule, size_t i, size_t B, bool training) {
    return (struct work){.B = B,
                         .training = training,
                         .stepwise = i < schedule->fused,
                         .keep_steps = i + 1 == schedule->fused &&
                                       schedule->nodes[i].layer->out.kind == SHAPE_SEQUENCE};
}

/* If several layers use an output, its gradient is a sum. */
static bool needs_sum(const struct node *node) {
    return node->users > 1;
}

static size_t output_bytes(const struct layer *layer) {
    return layer->out.T * layer->out.D * sizeof(float);
}

static bool is_trained(const struct layer *layer) {
    for (size_t k = 0; k < layer_count_variables(layer); k++)
        if (layer_variable(layer, k)->role == TRAINABLE)
            return true;
    return false;
}

/* Also determines which layers need a gradient: those with trainable variables, and those after them; of a
 * deterministic model all. */
static mood_status plan_gradients(struct context *context, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < context->layer_count && status == MOOD_OK; i++) {
        const struct node *node = &context->schedule.nodes[i];
        struct gradient *gradient = &context->gradients[i];
        gradient->wanted = is_trained(node->layer) || (context->model->deterministic && node->source_count == 0);
        for (size_t k = 0; k < node->source_count; k++)
            gradient->wanted = gradient->wanted || context->gradients[node->sources[k]].wanted;
        if (needs_sum(node))
            status = buffer_create(context->model->device, context->B, output_bytes(node->layer), &gradient->sum, err);
    }
    return status;
}

static mood_status plan(struct context *context, bool is_shared_padding, mood_error *err) {
    const struct schedule *schedule = &context->schedule;
    mood_status status = schedule->fused ? stages_create(context, err) : MOOD_OK;
    if (schedule->expands_bags)
        status = buffer_create(context->model->device, context->B, context->model->bag.V * sizeof(float),
                               &context->expanded.data, err);
    for (size_t i = schedule->first; i < context->layer_count && status == MOOD_OK; i++) {
        const struct layer *layer = schedule->nodes[i].layer;
        struct work *work = &context->works[i];
        *work = work_of(schedule, i, context->B, context->pass.training);
        work->is_shared_padding = is_shared_padding;
        if (context->shared_padding && i < context->shared_padding->layer_count)
            work->shared_padding = &context->shared_padding->works[i];
        status = layer->type->plan(layer, context->pass.queue, work, err);
    }
    return status == MOOD_OK && context->pass.training ? plan_gradients(context, err) : status;
}

mood_status context_count_bytes(const struct mood_model *model, bool training, size_t *bytes, size_t *largest,
                                mood_error *err) {
    struct schedule schedule;
    mood_status status = schedule_create(model, training, &schedule, err);
    *bytes = *largest = schedule.expands_bags ? model->bag.V * sizeof(float) : 0;
    for (size_t i = schedule.first; i < schedule.count && status == MOOD_OK; i++) {
        struct work work = work_of(&schedule, i, 1, training);
        work.counting = true;
        const struct node *node = &schedule.nodes[i];
        status = node->layer->type->plan(node->layer, model->queue, &work, err);
        work_count_bytes(bytes, work.bytes);
        work_count_bytes(bytes, training && needs_sum(node) ? output_bytes(node->layer) : 0);
        if (work.largest > *largest)
            *largest = work.largest;
        work_destroy(&work);
    }
    schedule_destroy(&schedule);
    return status;
}

static mood_status make(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                        struct context **created, mood_error *err) {
    *created = NULL;
    struct context *context = calloc(1, sizeof *context);
    if (!context)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    context->model = model;
    context->pass = (struct pass){.queue = queue, .training = training};
    context->B = B;
    mood_status status = schedule_create(model, training, &context->schedule, err);
    context->layer_count = context->schedule.count;
    context->works = calloc(context->layer_count + 1, sizeof *context->works);
    context->gradients = calloc(context->layer_count + 1, sizeof *context->gradients);
    if (status == MOOD_OK && (!context->works || !context->gradients))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    if (status != MOOD_OK) {
        schedule_destroy(&context->schedule);
        free(context->works);
        free(context->gradients);
        free(context);
        return status;
    }
    *created = context;
    return MOOD_OK;
}

mood_status context_create(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                           struct context **created, mood_error *err) {
    mood_status status = make(model, queue, B, training, created, err);
    if (status != MOOD_OK)
        return status;
    struct context *context = *created;
    context->shared_padding = training ? NULL : model->shared_padding;
    if (training && context->schedule.shares_padding)
        status = shared_padding_create(model, queue, true, &context->shared_padding, err);
    if (!training)
        status = batch_create(model, B, 0, false, &context->batch, err);
    if (status == MOOD_OK)
        status = plan(context, false, err);
    if (status != MOOD_OK) {
        context_destroy(context);
        *created = NULL;
    }
    return status;
}

mood_status context_create_shared_padding(const struct mood_model *model, struct queue *queue, bool training,
                                          struct context **created, mood_error *err) {
    mood_status status = make(model, queue, 1, training, created, err);
    if (status != MOOD_OK)
        return status;
    if (!(*created)->schedule.shares_padding) {
        context_destroy(*created);
        *created = NULL;
        return MOOD_OK;
    }
    (*created)->layer_count = (*created)->schedule.stateful;
    if ((*created)->schedule.fused > (*created)->layer_count)
        (*created)->schedule.fused = (*created)->layer_count;
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
    queue_finish(context->pass.queue, NULL);
    if (context->pass.training)
        context_destroy(context->shared_padding);
    for (size_t i = 0; i < context->layer_count; i++) {
        work_destroy(&context->works[i]);
        buffer_destroy(&context->gradients[i].sum);
    }
    batch_destroy(&context->batch);
    buffer_destroy(&context->expanded.data);
    buffer_destroy(&context->stages);
    buffer_destroy(&context->taken);
    free(context->reached);
    free(context->works);
    free(context->gradients);
    schedule_destroy(&context->schedule);
    free(context);
}

struct work *context_last(const struct context *context) {
    return &context->works[context->schedule.count - 1];
}

/* Convert stored bags of words to vectors [B,V]. */
static mood_status bags_to_vectors(struct context *context, const struct sequence *bags, mood_error *err) {
    struct queue *queue = context->pass.queue;
    struct launch launch;
    context->expanded.rows = bags->rows;
    context->expanded.D = bags->D;
    mood_status status = queue_zero(queue, &context->expanded.data, err);
    if (status != MOOD_OK || bags->places == 0)
        return status;
    status = launch_begin(queue, "bag_expand", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &bags->data);
    launch_buffer(&launch, &bags->values);
    launch_buffer(&launch, &bags->owners);
    launch_buffer(&launch, &context->expanded.data);
    launch_int(&launch, bags->places);
    launch_int(&launch, bags->D);
    return launch_run(&launch, bags->places, 64, err);
}

/* The inputs of node i; room [LAYER_MAX_INPUTS] is storage for several. */
static const struct sequence *inputs_of(const struct context *context, size_t i, const struct sequence *input,
                                        struct sequence *room) {
    const struct node *node = &context->schedule.nodes[i];
    if (node->layer->in.kind == SHAPE_BAG && node->source_count == 0 && input->bags)
        return input->bags;
    if (node->source_count == 0 || node->sources[0] < context->schedule.first)
        return context->schedule.expands_bags ? &context->expanded : input;
    if (node->source_count == 1)
        return &context->works[node->sources[0]].out;
    for (size_t k = 0; k < node->source_count; k++)
        room[k] = context->works[node->sources[k]].out;
    return room;
}

/* What comes before the first node. */
static mood_status begin_forward(struct context *context, const struct sequence *input, mood_error *err) {
    mood_status status = MOOD_OK;
    context->pass.places = &input->packing->places;
    if (context->pass.training && context->shared_padding &&
        context->shared_padding->shared_padding_steps < input->packing->padding_steps)
        status = shared_padding_forward(context->shared_padding, input->packing->padding_steps, err);
    if (status == MOOD_OK && context->schedule.expands_bags)
        status = bags_to_vectors(context, input, err);
    return status;
}

static mood_status run_nodes(struct context *context, const struct sequence *input, size_t first, size_t end,
                             mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = first; i < end && status == MOOD_OK; i++) {
        const struct layer *layer = context->schedule.nodes[i].layer;
        struct sequence room[LAYER_MAX_INPUTS];
        const struct sequence *in = inputs_of(context, i, input, room);
        status = layer->type->forward(layer, &context->pass, &context->works[i], in, err);
    }
    return status;
}

mood_status context_forward(struct context *context, const struct sequence *input, mood_error *err) {
    const struct schedule *schedule = &context->schedule;
    size_t first = schedule->first;
    mood_status status = begin_forward(context, input, err);
    if (status == MOOD_OK && schedule->fused) {
        status = stages_run(context, input, err);
        first = schedule->fused;
    }
    return status == MOOD_OK ? run_nodes(context, input, first, context->layer_count, err) : status;
}

mood_status context_forward_first(struct context *context, const struct sequence *input, mood_error *err) {
    mood_status status = begin_forward(context, input, err);
    return status == MOOD_OK ? run_nodes(context, input, 0, 1, err) : status;
}

mood_status context_forward_others(struct context *context, const struct sequence *input, mood_error *err) {
    return run_nodes(context, input, 1, context->layer_count, err);
}

/* Add the gradient of a node's output that comes from one of its users. */
static mood_status add_gradient(struct context *context, size_t i, const struct buffer *gradient, mood_error *err) {
    const struct sequence *out = &context->works[i].out;
    struct gradient *of = &context->gradients[i];
    if (!needs_sum(&context->schedule.nodes[i])) {
        of->of_output = gradient;
        return MOOD_OK;
    }
    if (!of->of_output) {
        of->of_output = &of->sum;
        return queue_copy(context->pass.queue, gradient, 0, &of->sum, 0, out->rows * out->D * sizeof(float), err);
    }
    return layer_add_to(context->pass.queue, gradient, &of->sum, out->rows * out->D, err);
}

static mood_status layer_backward(struct context *context, size_t i, const struct sequence *input, mood_error *err) {
    const struct node *node = &context->schedule.nodes[i];
    const struct layer *layer = node->layer;
    struct work *work = &context->works[i];
    struct sequence room[LAYER_MAX_INPUTS];
    bool wants_input = context->model->deterministic && node->source_count == 0;
    for (size_t k = 0; k < node->source_count; k++)
        wants_input = wants_input || context->gradients[node->sources[k]].wanted;
    unsigned want = (wants_input ? WANT_INPUT : 0) | (layer->trainable ? WANT_VARIABLES : 0);
    mood_status status = layer->type->backward(layer, &context->pass, work, inputs_of(context, i, input, room),
                                               context->gradients[i].of_output, want, err);
    for (size_t k = 0; k < node->source_count && status == MOOD_OK; k++)
        if (context->gradients[node->sources[k]].wanted && !context->works[node->sources[k]].out.is_bags)
            status = add_gradient(context, node->sources[k], work_d_in(layer, work, k), err);
    return status;
}

/* From the last layer to the first one with trainable variables. */
static mood_status layers_backward(struct context *context, const struct sequence *input, const struct buffer *d_out,
                                   mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < context->layer_count; i++)
        context->gradients[i].of_output = NULL;
    context->gradients[context->layer_count - 1].of_output = d_out;
    for (size_t i = context->layer_count; i-- > 0 && status == MOOD_OK;)
        if (context->gradients[i].wanted)
            status = layer_backward(context, i, input, err);
    return status;
}

mood_status context_backward(struct context *context, const struct sequence *input, const struct buffer *d_logits,
                             mood_error *err) {
    context_last(context)->d_out_is_of_logits = context->model->objective.of_logits;
    return layers_backward(context, input, d_logits, err);
}

mood_status context_end_batch(struct context *context, mood_error *err) {
    struct context *shared_padding = context->shared_padding;
    if (!shared_padding || shared_padding->shared_padding_steps == 0)
        return MOOD_OK;
    mood_status status = layers_backward(shared_padding, &shared_padding->batch.input, NULL, err);
    shared_padding->shared_padding_steps = 0;
    return status;
}

mood_status context_start(struct context *context, const struct rows *rows, size_t first, size_t n, mood_error *err) {
    mood_status status = batch_load(&context->batch, context->pass.queue, rows, first, n, err);
    if (status == MOOD_OK)
        status = context_forward(context, &context->batch.input, err);
    return status == MOOD_OK ? queue_flush(context->pass.queue, err) : status;
}

mood_status context_finish(struct context *context, size_t n, float *y, mood_error *err) {
    const struct sequence *out = &context_last(context)->out;
    float *sorted = malloc(n * out->D * sizeof *sorted);
    if (!sorted)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory reading scores");
    mood_status status = queue_read(context->pass.queue, &out->data, 0, sorted, n * out->D * sizeof *sorted, err);
    for (size_t b = 0; b < n && status == MOOD_OK; b++)
        memcpy(y + context->batch.picked[b] * out->D, sorted + b * out->D, out->D * sizeof *y);
    free(sorted);
    return status;
}

size_t context_default_batch(const struct mood_model *model) {
    size_t rows = model->device->info.type == MOOD_DEVICE_CPU ? 1024 : 4096, largest = 1;
    for (size_t i = 0; i < model->layer_count; i++)
        if (layer_row_numbers(model->layers[i]) > largest)
            largest = layer_row_numbers(model->layers[i]);
    size_t fit = ((size_t)64 << 20) / largest; /* 256 MB for the largest output of a layer */
    return fit < 1 ? 1 : fit < rows ? fit : rows;
}
