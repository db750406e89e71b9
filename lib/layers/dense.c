/* Dense: y = activation(x·kernel + bias), over the last axis of a vector or a sequence. As the first layer of a
 * model of bags of words it multiplies only the words that occur (kernels/bag.cl); the order of addition is the
 * same. */
#include "base/blocks.h"
#include "layers/activation.h"
#include "layers/layer.h"

struct dense_settings {
    size_t units;
    enum activation activation;
    bool use_bias;
    struct weight_settings kernel, bias;
};

enum { OUT, LOGITS, DZ };
enum { KERNEL, BIAS };

static mood_status dense_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct dense_settings *s = layer->settings;
    if (in->kind == SHAPE_IDS)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: a Dense takes vectors; put an Embedding first, or make bags of words of the "
                              "texts (mood_model_set_matrix)",
                              layer->name);
    layer->out = (struct shape){in->kind == SHAPE_BAG ? SHAPE_VECTOR : in->kind, in->T, s->units};
    mood_status status = layer_add_variable(layer, "kernel", DIMS(in->D, s->units), &s->kernel, err);
    if (status == MOOD_OK && s->use_bias)
        status = layer_add_variable(layer, "bias", DIMS(s->units), &s->bias, err);
    return status;
}

static size_t dense_width(const struct layer *layer, size_t in) {
    (void)in;
    return ((const struct dense_settings *)layer->settings)->units;
}

static bool has_bias(const struct layer *layer) {
    return layer->variable_count > BIAS;
}

static mood_status dense_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->stepwise ? work->B : work->B * layer->in.T, bytes = layer->out.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, rows, bytes, &work->buffers[LOGITS], err);
    if (status != MOOD_OK || !work->training)
        return status;
    status = work_allocate(work, queue, rows, bytes, &work->buffers[DZ], err);
    if (status == MOOD_OK && layer->in.kind != SHAPE_BAG) /* no layer precedes bags */
        status = work_allocate(work, queue, rows, layer->in.D * sizeof(float), &work->d_in, err);
    return status;
}

/* The trailing arguments that both kernels share. */
static void add_arguments(const struct layer *layer, struct launch *launch, const struct work *work, size_t rows) {
    launch_buffer(launch, &layer->variables[KERNEL].value);
    launch_buffer(launch, has_bias(layer) ? &layer->variables[BIAS].value : NULL);
    launch_buffer(launch, &work->buffers[LOGITS]);
    launch_buffer(launch, &work->buffers[OUT]);
    launch_int(launch, layer_activation(layer));
    launch_int(launch, rows);
}

static mood_status multiply(const struct layer *layer, struct queue *queue, const struct work *work,
                            const struct sequence *in, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "dense_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    add_arguments(layer, &launch, work, in->rows);
    launch_int(&launch, in->D);
    launch_int(&launch, layer->out.D);
    return launch_run(&launch, in->rows * layer->out.D, 64, err);
}

static mood_status multiply_bags(const struct layer *layer, struct queue *queue, const struct work *work,
                                 const struct sequence *in, mood_error *err) {
    size_t N = layer->out.D, blocks = blocks_of(N, queue->device->vector_width);
    struct launch launch;
    mood_status status = launch_begin(queue, "bag_dense_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &in->values);
    launch_buffer(&launch, &in->starts);
    add_arguments(layer, &launch, work, in->rows);
    launch_int(&launch, N);
    launch_int(&launch, blocks);
    return launch_run(&launch, in->rows * blocks, 16, err);
}

static mood_status dense_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                     const struct sequence *in, mood_error *err) {
    work->out = (struct sequence){
        .data = work->buffers[OUT], .rows = in->rows, .D = layer->out.D, .packing = in->is_bags ? NULL : in->packing};
    work->logits = work->buffers[LOGITS];
    mood_status status = (in->is_bags ? multiply_bags : multiply)(layer, pass->queue, work, in, err);
    if (status == MOOD_OK)
        status =
            activation_finish(pass->queue, layer_activation(layer), &work->buffers[OUT], in->rows, layer->out.D, err);
    return status;
}

/* The fused launch supports only the activations that the product kernels compute. */
static unsigned dense_more_traits(const struct layer *layer) {
    return activation_is_fused(layer_activation(layer)) ? 0 : NOT_A_STAGE;
}

static void dense_stage(const struct layer *layer, struct work *work, struct stage *stage) {
    const struct dense_settings *s = layer->settings;
    work->out = (struct sequence){.data = work->buffers[OUT], .D = layer->out.D};
    work->logits = work->buffers[LOGITS];
    *stage = (struct stage){
        .type = STAGE_DENSE,
        .activation = (cl_int)s->activation,
        .K = (cl_int)layer->in.D,
        .N = (cl_int)layer->out.D,
        .weight = layer->variables[KERNEL].value.host,
        .bias = has_bias(layer) ? layer->variables[BIAS].value.host : NULL,
        .out = work->buffers[OUT].host,
        .kept = work->buffers[LOGITS].host,
    };
}

static mood_status weights_backward(const struct layer *layer, struct queue *queue, const struct sequence *in,
                                    const struct buffer *dz, mood_error *err) {
    size_t K = in->D, N = layer->out.D;
    struct launch launch;
    mood_status status = launch_begin(queue, "dense_weights", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, dz);
    launch_buffer(&launch, &layer->variables[KERNEL].gradient);
    launch_buffer(&launch, has_bias(layer) ? &layer->variables[BIAS].gradient : NULL);
    launch_int(&launch, in->rows);
    launch_int(&launch, K);
    launch_int(&launch, N);
    return launch_run(&launch, (K + 1) * N, 64, err);
}

static mood_status bag_weights_backward(const struct layer *layer, struct queue *queue, const struct sequence *in,
                                        const struct buffer *dz, mood_error *err) {
    size_t N = layer->out.D, blocks = blocks_of(N, queue->device->vector_width);
    struct launch launch;
    if (in->segments == 0) /* no text has a word */
        return MOOD_OK;
    mood_status status = launch_begin(queue, "bag_dense_weights", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->values);
    launch_buffer(&launch, &in->owners);
    launch_buffer(&launch, &in->order);
    launch_buffer(&launch, &in->bounds);
    launch_buffer(&launch, &in->ids);
    launch_buffer(&launch, dz);
    launch_buffer(&launch, &layer->variables[KERNEL].gradient);
    launch_int(&launch, in->segments);
    launch_int(&launch, N);
    launch_int(&launch, blocks);
    return launch_run(&launch, in->segments * blocks, 16, err);
}

static mood_status bags_backward(const struct layer *layer, struct queue *queue, const struct sequence *in,
                                 const struct buffer *dz, mood_error *err) {
    mood_status status = bag_weights_backward(layer, queue, in, dz, err);
    if (status != MOOD_OK || !has_bias(layer))
        return status;
    return layer_add_column_sums(queue, dz, in->rows, layer->out.D, &layer->variables[BIAS].gradient, 0, err);
}

/* For bags: the gradient of their values. */
static mood_status values_backward(const struct layer *layer, struct queue *queue, const struct sequence *in,
                                   const struct buffer *dz, mood_error *err) {
    struct launch launch;
    if (!in->d_values || in->places == 0)
        return MOOD_OK;
    mood_status status = launch_begin(queue, "bag_dense_values", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &in->owners);
    launch_buffer(&launch, dz);
    launch_buffer(&launch, &layer->variables[KERNEL].value);
    launch_buffer(&launch, in->d_values);
    launch_int(&launch, in->places);
    launch_int(&launch, layer->out.D);
    return launch_run(&launch, in->places, 64, err);
}

static mood_status input_backward(const struct layer *layer, struct queue *queue, struct work *work,
                                  const struct sequence *in, const struct buffer *dz, mood_error *err) {
    size_t K = in->D, N = layer->out.D;
    struct launch launch;
    mood_status status = launch_begin(queue, "dense_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, dz);
    launch_buffer(&launch, &layer->variables[KERNEL].value);
    launch_buffer(&launch, &work->d_in);
    launch_int(&launch, in->rows);
    launch_int(&launch, K);
    launch_int(&launch, N);
    return launch_run(&launch, in->rows * K, 64, err);
}

static mood_status dense_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                      const struct sequence *in, const struct buffer *d_out, unsigned want,
                                      mood_error *err) {
    const struct buffer *dz = work->d_out_is_of_logits ? d_out : &work->buffers[DZ];
    mood_status status = MOOD_OK;
    if (!work->d_out_is_of_logits)
        status = activation_backward(pass->queue, layer_activation(layer), &work->buffers[LOGITS], &work->buffers[OUT],
                                     d_out, &work->buffers[DZ], in->rows, layer->out.D, err);
    if (status == MOOD_OK && want & WANT_VARIABLES)
        status = (in->is_bags ? bags_backward : weights_backward)(layer, pass->queue, in, dz, err);
    if (status == MOOD_OK && want & WANT_INPUT)
        status = in->is_bags ? values_backward(layer, pass->queue, in, dz, err)
                             : input_backward(layer, pass->queue, work, in, dz, err);
    return status;
}

static const struct dense_settings defaults = {
    .activation = ACTIVATION_LINEAR,
    .use_bias = true,
    .kernel = WEIGHT(INITIALIZER_GLOROT_UNIFORM),
    .bias = WEIGHT(INITIALIZER_ZEROS),
};

#define AT(member) offsetof(struct dense_settings, member)
static const struct field fields[] = {
    {"units", FIELD_SIZE, AT(units), NULL},
    {"activation", FIELD_ACTIVATION, AT(activation), NULL},
    {"use_bias", FIELD_BOOL, AT(use_bias), NULL},
    WEIGHT_FIELDS("kernel", struct dense_settings, kernel),
    WEIGHT_FIELDS("bias", struct dense_settings, bias),
};

const struct layer_type dense_type = {
    .class_name = "Dense",
    .base_name = "dense",
    .settings_size = sizeof(struct dense_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .width = dense_width,
    .traits = HAS_LOGITS | PASSES_MASK | TAKES_BAGS,
    .more_traits = dense_more_traits,
    .build = dense_build,
    .plan = dense_plan,
    .forward = dense_run_forward,
    .stage = dense_stage,
    .backward = dense_run_backward,
};
