/* Flatten: a sequence [T,D] as one vector [T*D]. */
#include "layers/layer.h"

enum { OUT };

static const char *const data_formats[] = {"channels_last", NULL};

struct flatten_settings {
    unsigned data_format;
};

static size_t flatten_width(const struct layer *layer, size_t in) {
    (void)layer;
    (void)in;
    return 0; /* depends on T */
}

static mood_status flatten_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind == SHAPE_IDS)
        return layer_needs_sequence(layer, in, err);
    layer->out = (struct shape){SHAPE_VECTOR, 1, in->T * in->D};
    return MOOD_OK;
}

static mood_status flatten_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t bytes = layer->in.T * layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, work->B, bytes, &work->buffers[OUT], err);
    return status == MOOD_OK && work->training ? work_allocate(work, queue, work->B, bytes, &work->d_in, err) : status;
}

static mood_status run(const struct layer *layer, struct queue *queue, const struct buffer *x, const struct buffer *y,
                       size_t B, bool back, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "flatten", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_int(&launch, layer->in.T);
    launch_int(&launch, B);
    launch_int(&launch, layer->in.D);
    launch_int(&launch, back);
    return launch_run(&launch, layer->in.T * B * layer->in.D, 64, err);
}

static mood_status flatten_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                       const struct sequence *in, mood_error *err) {
    size_t B = in->rows / layer->in.T;
    work->out = (struct sequence){.data = work->buffers[OUT], .rows = B, .D = layer->out.D};
    return run(layer, pass->queue, &in->data, &work->buffers[OUT], B, false, err);
}

static mood_status flatten_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                        const struct sequence *in, const struct buffer *d_out, unsigned want,
                                        mood_error *err) {
    (void)want; /* there are no variables */
    return run(layer, pass->queue, d_out, &work->d_in, in->rows / layer->in.T, true, err);
}

static const struct flatten_settings defaults = {0};
static const struct field fields[] = {
    {"data_format", FIELD_CHOICE, offsetof(struct flatten_settings, data_format), data_formats}};

extern const struct layer_type flatten_type;
const struct layer_type flatten_type = {
    .class_name = "Flatten",
    .base_name = "flatten",
    .settings_size = sizeof(struct flatten_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = 1,
    .traits = NEEDS_ALL_STEPS,
    .width = flatten_width,
    .build = flatten_build,
    .plan = flatten_plan,
    .forward = flatten_run_forward,
    .backward = flatten_run_backward,
};
