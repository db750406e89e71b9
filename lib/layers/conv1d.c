/* Conv1D: y = activation(convolution(x, kernel) + bias) over time. */

#include "base/blocks.h"
#include "base/errors.h"
#include "device/gemm.h"
#include "layers/activation.h"
#include "layers/layer.h"
#include "layers/products.h"

enum { OUT, DZ, ZEROS, SUMS /* training: before an activation that needs its input */ };
enum { KERNEL, BIAS };
enum { TRANSPOSED, TABLE };
enum { VALID, SAME, CAUSAL };
static const char *const paddings[] = {"valid", "same", "causal", NULL};
static const char *const data_formats[] = {"channels_last", NULL};

struct conv1d_settings {
    size_t filters, kernel_size, strides, dilation_rate, groups;
    unsigned padding, data_format;
    enum activation activation;
    bool use_bias;
    struct weight_settings kernel, bias;
};

static mood_status conv1d_check(struct layer *layer, mood_error *err) {
    const struct conv1d_settings *s = layer->settings;
    if (s->kernel_size == 0)
        return broken(err, "layer \"%s\" has no \"kernel_size\"", layer_label(layer));
    if (s->groups > 1)
        return unsupported(err, "layer \"%s\": \"groups\" is %zu; this version knows 1", layer_label(layer), s->groups);
    if (s->strides == 0 || s->dilation_rate == 0 || s->groups == 0)
        return broken(err, "layer \"%s\": strides, dilation_rate and groups must be at least 1", layer_label(layer));
    if (s->strides > 1 && s->dilation_rate > 1)
        return broken(err, "layer \"%s\": strides and dilation_rate can't both be above 1", layer_label(layer));
    return MOOD_OK;
}

static size_t conv1d_width(const struct layer *layer, size_t in) {
    (void)in;
    return ((const struct conv1d_settings *)layer->settings)->filters;
}

/* Steps of the output, and of the padding before the input. */
struct steps {
    size_t count, left;
};

static struct steps steps_of(const struct conv1d_settings *s, size_t T) {
    size_t size = (s->kernel_size - 1) * s->dilation_rate + 1;
    if (s->padding == VALID)
        return (struct steps){T < size ? 0 : (T - size) / s->strides + 1, 0};
    size_t count = (T - 1) / s->strides + 1, covered = (count - 1) * s->strides + size;
    if (s->padding == CAUSAL)
        return (struct steps){count, size - 1};
    return (struct steps){count, covered > T ? (covered - T) / 2 : 0};
}

static mood_status conv1d_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct conv1d_settings *s = layer->settings;
    if (in->kind != SHAPE_SEQUENCE)
        return layer_needs_sequence(layer, in, err);
    if (s->kernel_size > LAYER_LARGEST_VARIABLE / s->dilation_rate)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: its window is too long", layer->name);
    size_t count = steps_of(s, in->T).count;
    if (count == 0)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: its window of %zu steps does not fit a sequence of %zu", layer->name,
                              (s->kernel_size - 1) * s->dilation_rate + 1, in->T);
    layer->out = (struct shape){SHAPE_SEQUENCE, count, s->filters};
    mood_status status = layer_add_variable(layer, "kernel", DIMS(s->kernel_size, in->D, s->filters), &s->kernel, err);
    if (status == MOOD_OK && s->use_bias)
        status = layer_add_variable(layer, "bias", DIMS(s->filters), &s->bias, err);
    return status;
}

static bool has_bias(const struct layer *layer) {
    return layer->variable_count > BIAS;
}

/* Backward multiplies with the kernel's transposed matrices. */
static mood_status conv1d_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    const struct variable *kernel = &layer->variables[KERNEL];
    if (!layer->needs_backward)
        return MOOD_OK;
    return products_transpose(queue, &kernel->value, &layer->derived[TRANSPOSED], kernel->dims[0], kernel->dims[1],
                              kernel->dims[2], err);
}

static size_t conv1d_table_bytes(const struct layer *layer, const struct layer *embedding, const mood_device *device) {
    const struct variable *kernel = &layer->variables[KERNEL];
    size_t V = embedding->variables[0].dims[0];
    return device_class(device) == CLASS_TILE ? V * kernel->dims[0] * kernel->dims[2] * sizeof(float) : 0;
}

/* TABLE [V,size,F]: the products of all words with the kernel's matrices. */
static mood_status conv1d_fold(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                               mood_error *err) {
    const struct variable *embeddings = &embedding->variables[0], *kernel = &layer->variables[KERNEL];
    size_t V = embeddings->dims[0], size = kernel->dims[0], C = kernel->dims[1], F = kernel->dims[2];
    struct buffer *table = &layer->derived[TABLE];
    *folded = false;
    if (!table->memory && buffer_create(queue->device, V, size * F * sizeof(float), table, NULL) != MOOD_OK)
        return MOOD_OK; /* the table is optional */
    mood_status status = MOOD_OK;
    for (size_t k = 0; k < size && status == MOOD_OK; k++) {
        struct products products = {
            .x = &embeddings->value,
            .w = &kernel->value,
            .w_offset = k * C * F,
            .y = table,
            .y_offset = k * F,
            .y_stride = size * F,
            .T_in = 1,
            .T_out = 1,
            .B = V,
            .C = C,
            .F = F,
            .window = PLAIN_PRODUCT,
        };
        status = products_run(queue, &products, err);
    }
    *folded = status == MOOD_OK;
    return status;
}

static mood_status conv1d_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->out.T, bytes = layer->out.D * sizeof(float);
    size_t widest = layer->in.D > layer->out.D ? layer->in.D : layer->out.D;
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, widest, sizeof(float), &work->buffers[ZEROS], err);
    if (status == MOOD_OK && !work->counting)
        status = queue_zero(queue, &work->buffers[ZEROS], err);
    if (status == MOOD_OK)
        status = work_plan_steps(work, queue, layer->out.T, err);
    if (status == MOOD_OK && work->training)
        status = work_allocate(work, queue, rows, bytes, &work->buffers[DZ], err);
    if (status == MOOD_OK && work->training && activation_needs_input(layer_activation(layer)))
        status = work_allocate(work, queue, rows, bytes, &work->buffers[SUMS], err);
    if (status == MOOD_OK && work->training)
        status = work_allocate(work, queue, work->B * layer->in.T, layer->in.D * sizeof(float), &work->d_in, err);
    return status;
}

/* ---- runs ------------------------------------------------------------------------------------------ */

static struct window window_of(const struct layer *layer) {
    const struct conv1d_settings *s = layer->settings;
    return (struct window){s->kernel_size, s->strides, s->dilation_rate, steps_of(s, layer->in.T).left};
}

/* y [T_out,B,F] from ids [T_in,B] and TABLE. */
static mood_status forward_folded(const struct layer *layer, struct queue *queue, const struct work *work,
                                  const struct sequence *in, mood_error *err) {
    const struct conv1d_settings *s = layer->settings;
    struct window window = window_of(layer);
    size_t B = in->rows / layer->in.T;
    struct launch launch;
    mood_status status = launch_begin(queue, "conv1d_folded", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &layer->derived[TABLE]);
    launch_buffer(&launch, has_bias(layer) ? &layer->variables[BIAS].value : NULL);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_int(&launch, s->activation);
    launch_int(&launch, layer->in.T);
    launch_int(&launch, layer->out.T);
    launch_int(&launch, B);
    launch_int(&launch, layer->out.D);
    launch_int(&launch, window.size);
    launch_int(&launch, window.stride);
    launch_int(&launch, window.dilation);
    launch_int(&launch, window.left);
    return launch_run(&launch, blocks_of(layer->out.T * B, CONV1D_ROWS), 8, err);
}

static mood_status forward_products(const struct layer *layer, struct queue *queue, const struct work *work,
                                    const struct sequence *in, mood_error *err) {
    const struct conv1d_settings *s = layer->settings;
    struct products products = {
        .x = &in->data,
        .w = &layer->variables[KERNEL].value,
        .bias = has_bias(layer) ? &layer->variables[BIAS].value : NULL,
        .y = &work->buffers[OUT],
        .zeros = &work->buffers[ZEROS],
        .window = window_of(layer),
        .activation = s->activation,
        .T_in = layer->in.T,
        .T_out = layer->out.T,
        .B = in->rows / layer->in.T,
        .C = layer->in.D,
        .F = layer->out.D,
    };
    return products_run(queue, &products, err);
}

static mood_status conv1d_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                      const struct sequence *in, mood_error *err) {
    const struct conv1d_settings *s = layer->settings;
    size_t B = in->rows / layer->in.T;
    work->out = (struct sequence){.data = work->buffers[OUT], .rows = B * layer->out.T, .D = layer->out.D};
    mood_status status = work_set_steps(work, pass->queue, in->packing->B, err);
    if (status == MOOD_OK)
        status = in->is_ids ? forward_folded(layer, pass->queue, work, in, err)
                            : forward_products(layer, pass->queue, work, in, err);
    size_t bytes = work->out.rows * layer->out.D * sizeof(float);
    if (status == MOOD_OK && work->training && activation_needs_input(s->activation))
        status = queue_copy(pass->queue, &work->buffers[OUT], 0, &work->buffers[SUMS], 0, bytes, err);
    if (status == MOOD_OK)
        status = activation_finish(pass->queue, s->activation, &work->buffers[OUT], work->out.rows, layer->out.D, err);
    return status;
}

static mood_status weights_backward(const struct layer *layer, struct queue *queue, const struct sequence *in,
                                    const struct buffer *dz, mood_error *err) {
    size_t B = in->rows / layer->in.T;
    struct weight_products products = {
        .x = &in->data,
        .dz = dz,
        .d_w = &layer->variables[KERNEL].gradient,
        .T_in = layer->in.T,
        .T_out = layer->out.T,
        .B = B,
        .C = layer->in.D,
        .F = layer->out.D,
        .window = window_of(layer),
    };
    mood_status status = products_weights(queue, &products, err);
    if (status == MOOD_OK && has_bias(layer))
        status =
            layer_add_column_sums(queue, dz, B * layer->out.T, layer->out.D, &layer->variables[BIAS].gradient, 0, err);
    return status;
}

static mood_status input_backward(const struct layer *layer, struct queue *queue, const struct work *work, size_t B,
                                  const struct buffer *dz, mood_error *err) {
    struct products products = {
        .x = dz,
        .w = &layer->derived[TRANSPOSED],
        .y = &work->d_in,
        .zeros = &work->buffers[ZEROS],
        .window = window_of(layer),
        .activation = ACTIVATION_LINEAR,
        .T_in = layer->out.T,
        .T_out = layer->in.T,
        .B = B,
        .C = layer->out.D,
        .F = layer->in.D,
        .backward = true,
    };
    return products_run(queue, &products, err);
}

static mood_status conv1d_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                       const struct sequence *in, const struct buffer *d_out, unsigned want,
                                       mood_error *err) {
    const struct conv1d_settings *s = layer->settings;
    const struct buffer *dz = &work->buffers[DZ];
    mood_status status = activation_backward(pass->queue, s->activation, &work->buffers[SUMS], &work->buffers[OUT],
                                             d_out, dz, work->out.rows, layer->out.D, err);
    if (status == MOOD_OK && want & WANT_VARIABLES)
        status = weights_backward(layer, pass->queue, in, dz, err);
    if (status == MOOD_OK && want & WANT_INPUT)
        status = input_backward(layer, pass->queue, work, in->rows / layer->in.T, dz, err);
    return status;
}

static const struct conv1d_settings defaults = {
    .strides = 1,
    .dilation_rate = 1,
    .groups = 1,
    .activation = ACTIVATION_LINEAR,
    .use_bias = true,
    .kernel = WEIGHT(INITIALIZER_GLOROT_UNIFORM),
    .bias = WEIGHT(INITIALIZER_ZEROS),
};

#define AT(member) offsetof(struct conv1d_settings, member)
static const struct field fields[] = {
    {"filters", FIELD_SIZE, AT(filters), NULL},
    {"kernel_size", FIELD_OPTIONAL_SIZE, AT(kernel_size), NULL},
    {"strides", FIELD_OPTIONAL_SIZE, AT(strides), NULL},
    {"padding", FIELD_CHOICE, AT(padding), paddings},
    {"data_format", FIELD_CHOICE, AT(data_format), data_formats},
    {"dilation_rate", FIELD_OPTIONAL_SIZE, AT(dilation_rate), NULL},
    {"groups", FIELD_OPTIONAL_SIZE, AT(groups), NULL},
    {"activation", FIELD_ACTIVATION, AT(activation), NULL},
    {"use_bias", FIELD_BOOL, AT(use_bias), NULL},
    WEIGHT_FIELDS("kernel", struct conv1d_settings, kernel),
    WEIGHT_FIELDS("bias", struct conv1d_settings, bias),
};

extern const struct layer_type conv1d_type;
const struct layer_type conv1d_type = {
    .class_name = "Conv1D",
    .base_name = "conv1d",
    .settings_size = sizeof(struct conv1d_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = NEEDS_ALL_STEPS,
    .width = conv1d_width,
    .check = conv1d_check,
    .build = conv1d_build,
    .prepare = conv1d_prepare,
    .table_bytes = conv1d_table_bytes,
    .fold = conv1d_fold,
    .plan = conv1d_plan,
    .forward = conv1d_run_forward,
    .backward = conv1d_run_backward,
};
