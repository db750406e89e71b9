/* MaxPooling1D, AveragePooling1D, GlobalMaxPooling1D, GlobalAveragePooling1D. */

#include "base/blocks.h"
#include "base/errors.h"
#include "layers/layer.h"

enum { OUT, ARG };
enum { VALID, SAME };
static const char *const paddings[] = {"valid", "same", NULL};
static const char *const data_formats[] = {"channels_last", NULL};

struct pooling_settings {
    size_t pool_size, strides; /* strides 0: pool_size */
    unsigned padding, data_format;
};

extern const struct layer_type max_pooling_type, average_pooling_type, global_max_pooling_type,
    global_average_pooling_type;

static bool is_global(const struct layer *layer) {
    return layer->type == &global_max_pooling_type || layer->type == &global_average_pooling_type;
}

static bool is_average(const struct layer *layer) {
    return layer->type == &average_pooling_type || layer->type == &global_average_pooling_type;
}

static mood_status pooling_check(struct layer *layer, mood_error *err) {
    const struct pooling_settings *s = layer->settings;
    return s->pool_size == 0 ? broken(err, "layer \"%s\" has no \"pool_size\"", layer_label(layer)) : MOOD_OK;
}

/* ---- windows ------------------------------------------------------------------------------------- */

struct windows {
    size_t size, stride, left, count; /* left: steps of padding before the first */
};

static struct windows windows_of(const struct layer *layer, size_t T) {
    const struct pooling_settings *s = layer->settings;
    size_t stride = s->strides ? s->strides : s->pool_size;
    if (is_global(layer))
        return (struct windows){T, 1, 0, 1};
    if (s->padding == VALID)
        return (struct windows){s->pool_size, stride, 0, T < s->pool_size ? 0 : (T - s->pool_size) / stride + 1};
    size_t count = (T + stride - 1) / stride, covered = (count - 1) * stride + s->pool_size;
    return (struct windows){s->pool_size, stride, covered > T ? (covered - T) / 2 : 0, count};
}

static mood_status pooling_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind != SHAPE_SEQUENCE)
        return layer_needs_sequence(layer, in, err);
    struct windows windows = windows_of(layer, in->T);
    if (windows.count == 0)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: its windows of %zu steps do not fit a sequence of %zu", layer->name,
                              windows.size, in->T);
    layer->out = is_global(layer) ? (struct shape){SHAPE_VECTOR, 1, in->D}
                                  : (struct shape){SHAPE_SEQUENCE, windows.count, in->D};
    return MOOD_OK;
}

/* ---- runs ------------------------------------------------------------------------------------------ */

static mood_status pooling_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t row = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, work->B * layer->out.T, row, &work->buffers[OUT], err);
    if (status == MOOD_OK && layer->out.kind == SHAPE_SEQUENCE)
        status = work_plan_steps(work, queue, layer->out.T, err);
    if (status != MOOD_OK || !work->training)
        return status;
    if (!is_average(layer))
        status = work_allocate(work, queue, work->B * layer->out.T, row, &work->buffers[ARG], err);
    return status == MOOD_OK ? work_allocate(work, queue, work->B * layer->in.T, row, &work->d_in, err) : status;
}

/* The mean of all steps, which may be masked. */
static mood_status mean_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                const struct sequence *in, mood_error *err) {
    const struct packing *packing = in->packing;
    struct launch launch;
    work->out = (struct sequence){.data = work->buffers[OUT], .rows = packing->B, .D = in->D};
    mood_status status = launch_begin(pass->queue, "mean_of_steps", &launch, err);
    if (status != MOOD_OK)
        return status;
    (void)layer;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_buffer(&launch, &packing->steps);
    launch_buffer(&launch, &packing->start);
    launch_int(&launch, packing->B);
    launch_int(&launch, packing->T);
    launch_int(&launch, in->D);
    return launch_run(&launch, packing->B * blocks_of(in->D, pass->queue->device->vector_width),
                      layer_group_size(pass->queue->device), err);
}

static mood_status mean_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                 const struct sequence *in, const struct buffer *d_out, unsigned want,
                                 mood_error *err) {
    const struct packing *packing = in->packing;
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "mean_of_steps_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    (void)layer;
    (void)want; /* there are no variables */
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->d_in);
    launch_buffer(&launch, &packing->steps);
    launch_buffer(&launch, &packing->start);
    launch_int(&launch, packing->T);
    launch_int(&launch, in->D);
    return launch_run(&launch, layer_step_items(pass->queue->device, in->rows, in->D),
                      layer_group_size(pass->queue->device), err);
}

static mood_status pooling_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                       const struct sequence *in, mood_error *err) {
    struct windows windows = windows_of(layer, layer->in.T);
    size_t B = in->rows / layer->in.T, n = B * in->D;
    struct launch launch;
    work->out = (struct sequence){.data = work->buffers[OUT], .rows = B * windows.count, .D = in->D};
    mood_status status = layer->out.kind == SHAPE_SEQUENCE ? work_set_steps(work, pass->queue, in->packing->B, err)
                                                           : MOOD_OK;
    if (status == MOOD_OK)
        status = launch_begin(pass->queue, "pool_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_buffer(&launch, &work->buffers[ARG]);
    launch_int(&launch, layer->in.T);
    launch_int(&launch, n);
    launch_int(&launch, windows.count);
    launch_int(&launch, windows.size);
    launch_int(&launch, windows.stride);
    launch_int(&launch, windows.left);
    launch_int(&launch, is_average(layer));
    size_t blocks = blocks_of(n, POOL_COLUMNS * pass->queue->device->vector_width);
    return launch_run(&launch, windows.count * blocks, layer_group_size(pass->queue->device), err);
}

static mood_status pooling_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                        const struct sequence *in, const struct buffer *d_out, unsigned want,
                                        mood_error *err) {
    (void)want; /* there are no variables */
    struct windows windows = windows_of(layer, layer->in.T);
    size_t n = in->rows / layer->in.T * in->D;
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "pool_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->buffers[ARG]);
    launch_buffer(&launch, &work->d_in);
    launch_int(&launch, layer->in.T);
    launch_int(&launch, n);
    launch_int(&launch, windows.count);
    launch_int(&launch, windows.size);
    launch_int(&launch, windows.stride);
    launch_int(&launch, windows.left);
    return launch_run(&launch, layer->in.T * n, 64, err);
}

static const struct pooling_settings defaults = {.pool_size = 2};

#define AT(member) offsetof(struct pooling_settings, member)
static const struct field fields[] = {
    {"pool_size", FIELD_OPTIONAL_SIZE, AT(pool_size), NULL},
    {"strides", FIELD_OPTIONAL_SIZE, AT(strides), NULL},
    {"padding", FIELD_CHOICE, AT(padding), paddings},
    {"data_format", FIELD_CHOICE, AT(data_format), data_formats},
};
static const struct field global_fields[] = {{"data_format", FIELD_CHOICE, AT(data_format), data_formats}};

#define POOLING_TYPE(class, base, type_fields, type_traits, run_forward, run_backward)                                 \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof(struct pooling_settings),                      \
        .defaults = &defaults, .fields = type_fields, .field_count = sizeof type_fields / sizeof *type_fields,         \
        .traits = NEEDS_ALL_STEPS | type_traits, .check = pooling_check, .build = pooling_build, .plan = pooling_plan, \
        .forward = run_forward, .backward = run_backward                                                               \
    }

const struct layer_type max_pooling_type =
    POOLING_TYPE("MaxPooling1D", "max_pooling1d", fields, 0, pooling_run_forward, pooling_run_backward);
const struct layer_type average_pooling_type =
    POOLING_TYPE("AveragePooling1D", "average_pooling1d", fields, 0, pooling_run_forward, pooling_run_backward);
const struct layer_type global_max_pooling_type = POOLING_TYPE(
    "GlobalMaxPooling1D", "global_max_pooling1d", global_fields, 0, pooling_run_forward, pooling_run_backward);
const struct layer_type global_average_pooling_type = POOLING_TYPE(
    "GlobalAveragePooling1D", "global_average_pooling1d", global_fields, USES_MASK, mean_forward, mean_backward);
