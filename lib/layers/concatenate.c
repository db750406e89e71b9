/* Concatenate: the outputs of several layers side by side, or one after the other in time. */
#include "base/errors.h"
#include "layers/merge.h"

enum { OUT };

struct concatenate_settings {
    int axis;
};

/* Sequences one after the other: each has all its steps. */
static bool joins_steps(const struct layer *layer) {
    int axis = ((const struct concatenate_settings *)layer->settings)->axis;
    return layer->out.kind == SHAPE_SEQUENCE && (axis == 1 || axis == -2);
}

static unsigned concatenate_more_traits(const struct layer *layer) {
    return joins_steps(layer) ? NEEDS_ALL_STEPS : PASSES_MASK;
}

static mood_status check_axis(const struct layer *layer, const struct shape *in, mood_error *err) {
    int axis = ((const struct concatenate_settings *)layer->settings)->axis, rank = in->kind == SHAPE_SEQUENCE ? 3 : 2;
    int place = axis < 0 ? axis + rank : axis;
    if (place >= 1 && place < rank)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "layer %s: axis is %d, but its inputs have axes 1 to %d", layer->name, axis, rank - 1);
}

static mood_status concatenate_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind == SHAPE_IDS)
        return layer_needs_sequence(layer, in, err);
    layer->out = *in;
    mood_status status = check_axis(layer, in, err);
    bool steps = joins_steps(layer);
    for (size_t k = 1; k < layer->source_count && status == MOOD_OK; k++) {
        if (in[k].kind != in->kind || (steps ? in[k].D != in->D : in[k].T != in->T))
            return merge_refuse(layer, in, k, "they must differ in the concatenated axis only", err);
        if (steps ? __builtin_add_overflow(layer->out.T, in[k].T, &layer->out.T)
                  : __builtin_add_overflow(layer->out.D, in[k].D, &layer->out.D))
            return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: its output is too large",
                                  layer->name);
    }
    for (size_t k = 0; k < layer->source_count; k++)
        layer->input_sizes[k] = in[k].T * in[k].D;
    return status;
}

static mood_status concatenate_plan(const struct layer *layer, struct queue *queue, struct work *work,
                                    mood_error *err) {
    size_t out = layer->out.T * layer->out.D * sizeof(float);
    mood_status status = work_allocate(work, queue, work->B, out, &work->buffers[OUT], err);
    if (status == MOOD_OK && joins_steps(layer))
        status = work_plan_steps(work, queue, layer->out.T, err);
    for (size_t k = 0; work->training && k < layer->source_count && status == MOOD_OK; k++)
        status = work_allocate(work, queue, work->B, layer->input_sizes[k] * sizeof(float),
                               &work->buffers[WORK_FIRST_D_INPUT + k], err);
    return status;
}

static mood_status copy_columns(struct queue *queue, const struct sequence *in, const struct buffer *x,
                                const struct sequence *out, const struct buffer *y, size_t first, bool back,
                                mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "merge_columns", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_int(&launch, first);
    launch_int(&launch, out->D);
    launch_int(&launch, back);
    return launch_run(&launch, in->rows * in->D, 64, err);
}

/* Data is time-major: each input is one contiguous part of the output. */
static mood_status copy_steps(struct queue *queue, const struct sequence *in, const struct buffer *x,
                              const struct buffer *y, size_t first, bool back, mood_error *err) {
    size_t bytes = in->rows * in->D * sizeof(float), at = first * sizeof(float);
    return back ? queue_copy(queue, y, at, x, 0, bytes, err) : queue_copy(queue, x, 0, y, at, bytes, err);
}

static mood_status concatenate_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                           const struct sequence *in, mood_error *err) {
    bool steps = joins_steps(layer);
    size_t first = 0;
    mood_status status = MOOD_OK;
    work->out = *in;
    work->out.data = work->buffers[OUT];
    work->out.D = layer->out.D;
    if (steps) {
        work->out.rows = in->packing->B * layer->out.T;
        status = work_set_steps(work, pass->queue, in->packing->B, err);
    }
    for (size_t k = 0; k < layer->source_count && status == MOOD_OK; k++) {
        status = steps ? copy_steps(pass->queue, &in[k], &in[k].data, &work->out.data, first, false, err)
                       : copy_columns(pass->queue, &in[k], &in[k].data, &work->out, &work->out.data, first, false, err);
        first += steps ? in[k].rows * in[k].D : in[k].D;
    }
    return status;
}

static mood_status concatenate_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                            const struct sequence *in, const struct buffer *d_out, unsigned want,
                                            mood_error *err) {
    (void)want; /* there are no variables */
    bool steps = joins_steps(layer);
    size_t first = 0;
    mood_status status = MOOD_OK;
    for (size_t k = 0; k < layer->source_count && status == MOOD_OK; k++) {
        const struct buffer *d_in = &work->buffers[WORK_FIRST_D_INPUT + k];
        status = steps ? copy_steps(pass->queue, &in[k], d_in, d_out, first, true, err)
                       : copy_columns(pass->queue, &in[k], d_in, &work->out, d_out, first, true, err);
        first += steps ? in[k].rows * in[k].D : in[k].D;
    }
    return status;
}

static size_t concatenate_width(const struct layer *layer, size_t in) {
    (void)layer;
    (void)in;
    return 0; /* depends on all inputs */
}

static const struct concatenate_settings defaults = {-1};
static const struct field fields[] = {{"axis", FIELD_AXIS, offsetof(struct concatenate_settings, axis), NULL}};

extern const struct layer_type concatenate_type;
const struct layer_type concatenate_type = {
    .class_name = "Concatenate",
    .base_name = "concatenate",
    .settings_size = sizeof(struct concatenate_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = 1,
    .traits = MERGES,
    .more_traits = concatenate_more_traits,
    .width = concatenate_width,
    .build = concatenate_build,
    .plan = concatenate_plan,
    .forward = concatenate_run_forward,
    .backward = concatenate_run_backward,
};
