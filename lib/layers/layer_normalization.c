/* LayerNormalization: each row is normalized over its last axis. */
#include "layers/normalization.h"

enum { OUT, MEANS, VARIANCES, PARTIALS };

struct layer_normalization_settings {
    int axis;
    double epsilon;
    bool center, scale, rms_scaling;
    struct weight_settings beta, gamma;
};

/* As in Keras, rms_scaling has a gamma and no beta, whatever scale and center are. */
static mood_status build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct layer_normalization_settings *s = layer->settings;
    mood_status status = normalization_build(layer, s->axis, in, err);
    if (status == MOOD_OK && (s->scale || s->rms_scaling))
        status = layer_add_variable(layer, "gamma", DIMS(in->D), &s->gamma, err);
    if (status == MOOD_OK && s->center && !s->rms_scaling)
        status = layer_add_variable(layer, "beta", DIMS(in->D), &s->beta, err);
    return status;
}

static mood_status plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->in.T, bytes = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    if (status != MOOD_OK || !work->training)
        return status;
    status = work_allocate(work, queue, rows, sizeof(float), &work->buffers[MEANS], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, rows, sizeof(float), &work->buffers[VARIANCES], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, normalization_chunks(rows), 2 * bytes, &work->buffers[PARTIALS], err);
    return status == MOOD_OK ? work_allocate(work, queue, rows, bytes, &work->d_in, err) : status;
}

static mood_status run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, mood_error *err) {
    const struct layer_normalization_settings *s = layer->settings;
    struct launch launch;
    work->out = *in;
    work->out.data = work->buffers[OUT];
    mood_status status = launch_begin(pass->queue, "layer_normalization", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, normalization_value(layer, "gamma"));
    launch_buffer(&launch, normalization_value(layer, "beta"));
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_buffer(&launch, &work->buffers[MEANS]);
    launch_buffer(&launch, &work->buffers[VARIANCES]);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_float(&launch, (float)s->epsilon);
    launch_int(&launch, s->rms_scaling);
    return launch_run(&launch, in->rows, 64, err);
}

static mood_status variables_backward(const struct layer *layer, struct queue *queue, const struct work *work,
                                      const struct sequence *in, const struct buffer *d_out, mood_error *err) {
    const struct layer_normalization_settings *s = layer->settings;
    struct normalization_sums sums = {
        .x = &in->data,
        .d_y = d_out,
        .means = s->rms_scaling ? NULL : &work->buffers[MEANS],
        .variances = &work->buffers[VARIANCES],
        .by_row = true,
        .n = in->rows,
        .D = in->D,
        .epsilon = (float)s->epsilon,
        .partials = &work->buffers[PARTIALS],
        .variables = true,
    };
    return normalization_sums_run(layer, queue, &sums, err);
}

static mood_status input_backward(const struct layer *layer, struct queue *queue, const struct work *work,
                                  const struct sequence *in, const struct buffer *d_out, mood_error *err) {
    const struct layer_normalization_settings *s = layer->settings;
    struct launch launch;
    mood_status status = launch_begin(queue, "layer_normalization_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, normalization_value(layer, "gamma"));
    launch_buffer(&launch, &work->buffers[MEANS]);
    launch_buffer(&launch, &work->buffers[VARIANCES]);
    launch_buffer(&launch, &work->d_in);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_float(&launch, (float)s->epsilon);
    launch_int(&launch, s->rms_scaling);
    return launch_run(&launch, in->rows, 64, err);
}

static mood_status run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    mood_status status = MOOD_OK;
    if (want & WANT_VARIABLES && layer->variable_count)
        status = variables_backward(layer, pass->queue, work, in, d_out, err);
    return status == MOOD_OK && want & WANT_INPUT ? input_backward(layer, pass->queue, work, in, d_out, err) : status;
}

static const struct layer_normalization_settings defaults = {
    .axis = -1,
    .epsilon = 1e-3,
    .center = true,
    .scale = true,
    .beta = WEIGHT(INITIALIZER_ZEROS),
    .gamma = WEIGHT(INITIALIZER_ONES),
};

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct layer_normalization_settings, key), NULL }
static const struct field fields[] = {
    FIELD(axis, FIELD_AXIS),
    FIELD(epsilon, FIELD_NUMBER),
    FIELD(center, FIELD_BOOL),
    FIELD(scale, FIELD_BOOL),
    WEIGHT_FIELDS("beta", struct layer_normalization_settings, beta),
    WEIGHT_FIELDS("gamma", struct layer_normalization_settings, gamma),
    FIELD(rms_scaling, FIELD_BOOL),
};

extern const struct layer_type layer_normalization_type;
const struct layer_type layer_normalization_type = {
    .class_name = "LayerNormalization",
    .base_name = "layer_normalization",
    .settings_size = sizeof(struct layer_normalization_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = PASSES_MASK,
    .build = build,
    .plan = plan,
    .forward = run_forward,
    .backward = run_backward,
};
