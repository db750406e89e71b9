/* BatchNormalization: each column is normalized over the batch and all its steps; at inference, and if the layer is
 * frozen, by the moving averages of earlier batches. */
#include "base/errors.h"
#include "layers/normalization.h"

enum { OUT, MEANS, VARIANCES, PARTIALS, SUMS };

struct batch_normalization_settings {
    int axis;
    double momentum, epsilon;
    bool center, scale;
    struct weight_settings beta, gamma;
    struct initializer moving_mean_initializer, moving_variance_initializer;
};

/* As in Keras, a frozen layer runs as at inference. */
static unsigned more_traits(const struct layer *layer) {
    return layer->trainable ? WHOLE_BATCH : 0;
}

static bool takes_batch(const struct layer *layer, const struct work *work) {
    return work->training && layer->trainable;
}

static mood_status add_moving(struct layer *layer, size_t D, mood_error *err) {
    const struct batch_normalization_settings *s = layer->settings;
    mood_status status = layer_add_state(layer, "moving_mean", D, &s->moving_mean_initializer, err);
    if (status == MOOD_OK)
        status = layer_add_state(layer, "moving_variance", D, &s->moving_variance_initializer, err);
    if (status == MOOD_OK)
        layer->variables[layer->variable_count - 1].not_negative = true;
    return status;
}

static mood_status build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct batch_normalization_settings *s = layer->settings;
    mood_status status = normalization_build(layer, s->axis, in, err);
    if (status == MOOD_OK && s->scale)
        status = layer_add_variable(layer, "gamma", DIMS(in->D), &s->gamma, err);
    if (status == MOOD_OK && s->center)
        status = layer_add_variable(layer, "beta", DIMS(in->D), &s->beta, err);
    return status == MOOD_OK ? add_moving(layer, in->D, err) : status;
}

static mood_status plan_statistics(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t chunks = normalization_chunks(work->B * layer->in.T), bytes = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, 1, bytes, &work->buffers[MEANS], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, 1, bytes, &work->buffers[VARIANCES], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, chunks, 2 * bytes, &work->buffers[PARTIALS], err);
    return status == MOOD_OK ? work_allocate(work, queue, 2, bytes, &work->buffers[SUMS], err) : status;
}

static mood_status plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->in.T, bytes = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    if (status == MOOD_OK && takes_batch(layer, work))
        status = plan_statistics(layer, queue, work, err);
    if (status == MOOD_OK && work->training)
        status = work_allocate(work, queue, rows, bytes, &work->d_in, err);
    return status;
}

static const struct buffer *means_of(const struct layer *layer, const struct work *work) {
    return takes_batch(layer, work) ? &work->buffers[MEANS] : normalization_value(layer, "moving_mean");
}

static const struct buffer *variances_of(const struct layer *layer, const struct work *work) {
    return takes_batch(layer, work) ? &work->buffers[VARIANCES] : normalization_value(layer, "moving_variance");
}

static float epsilon_of(const struct layer *layer) {
    return (float)((const struct batch_normalization_settings *)layer->settings)->epsilon;
}

/* ---- forward ------------------------------------------------------------------------------------- */

static mood_status make_partials(struct queue *queue, const struct work *work, const struct sequence *in,
                                 mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "batch_moments", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &work->buffers[PARTIALS]);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_int(&launch, NORMALIZATION_CHUNK);
    return launch_run(&launch, normalization_chunks(in->rows) * blocks_of(in->D, queue->device->vector_width), 16, err);
}

/* Compute the mean and variance of the batch, and update the moving averages. */
static mood_status make_statistics(const struct layer *layer, struct queue *queue, const struct work *work,
                                   const struct sequence *in, mood_error *err) {
    const struct batch_normalization_settings *s = layer->settings;
    struct launch launch;
    mood_status status = make_partials(queue, work, in, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "batch_moments_merge", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->buffers[PARTIALS]);
    launch_buffer(&launch, &work->buffers[MEANS]);
    launch_buffer(&launch, &work->buffers[VARIANCES]);
    launch_buffer(&launch, normalization_value(layer, "moving_mean"));
    launch_buffer(&launch, normalization_value(layer, "moving_variance"));
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_int(&launch, NORMALIZATION_CHUNK);
    launch_float(&launch, (float)s->momentum);
    launch_float(&launch, (float)(1 - s->momentum));
    return launch_run(&launch, in->D, 16, err);
}

static mood_status run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, mood_error *err) {
    struct launch launch;
    mood_status status = MOOD_OK;
    work->out = *in;
    work->out.data = work->buffers[OUT];
    if (in->rows == 0) /* all steps of all rows are masked */
        return MOOD_OK;
    if (takes_batch(layer, work))
        status = make_statistics(layer, pass->queue, work, in, err);
    if (status == MOOD_OK)
        status = launch_begin(pass->queue, "batch_normalization", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, means_of(layer, work));
    launch_buffer(&launch, variances_of(layer, work));
    launch_buffer(&launch, normalization_value(layer, "gamma"));
    launch_buffer(&launch, normalization_value(layer, "beta"));
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_float(&launch, epsilon_of(layer));
    return launch_run(&launch, in->rows * blocks_of(in->D, pass->queue->device->vector_width), 64, err);
}

/* ---- backward ------------------------------------------------------------------------------------ */

static mood_status make_sums(const struct layer *layer, struct queue *queue, const struct work *work,
                             const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    struct normalization_sums sums = {
        .x = &in->data,
        .d_y = d_out,
        .means = &work->buffers[MEANS],
        .variances = &work->buffers[VARIANCES],
        .n = in->rows,
        .D = in->D,
        .epsilon = epsilon_of(layer),
        .partials = &work->buffers[PARTIALS],
        .sums = &work->buffers[SUMS],
        .variables = want & WANT_VARIABLES,
    };
    return normalization_sums_run(layer, queue, &sums, err);
}

static mood_status input_backward(const struct layer *layer, struct queue *queue, const struct work *work,
                                  const struct sequence *in, const struct buffer *d_out, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "batch_normalization_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, means_of(layer, work));
    launch_buffer(&launch, variances_of(layer, work));
    launch_buffer(&launch, normalization_value(layer, "gamma"));
    launch_buffer(&launch, &work->buffers[SUMS]);
    launch_buffer(&launch, &work->d_in);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    launch_float(&launch, epsilon_of(layer));
    return launch_run(&launch, in->rows * blocks_of(in->D, queue->device->vector_width), 64, err);
}

static mood_status run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    mood_status status = MOOD_OK;
    if (takes_batch(layer, work) && in->rows > 0)
        status = make_sums(layer, pass->queue, work, in, d_out, want, err);
    return status == MOOD_OK && want & WANT_INPUT ? input_backward(layer, pass->queue, work, in, d_out, err) : status;
}

static const struct batch_normalization_settings defaults = {
    .axis = -1,
    .momentum = 0.99,
    .epsilon = 1e-3,
    .center = true,
    .scale = true,
    .beta = WEIGHT(INITIALIZER_ZEROS),
    .gamma = WEIGHT(INITIALIZER_ONES),
    .moving_mean_initializer = INITIALIZER(INITIALIZER_ZEROS),
    .moving_variance_initializer = INITIALIZER(INITIALIZER_ONES),
};

/* Keras's renorm, renorm_clipping and synchronized are not here: they are refused unless they are off, and not written,
 * because earlier versions of Keras 3 do not know all of them. */
#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct batch_normalization_settings, key), NULL }
static const struct field fields[] = {
    FIELD(axis, FIELD_AXIS),
    FIELD(momentum, FIELD_NUMBER),
    FIELD(epsilon, FIELD_NUMBER),
    FIELD(center, FIELD_BOOL),
    FIELD(scale, FIELD_BOOL),
    WEIGHT_FIELDS("beta", struct batch_normalization_settings, beta),
    WEIGHT_FIELDS("gamma", struct batch_normalization_settings, gamma),
    FIELD(moving_mean_initializer, FIELD_INITIALIZER),
    FIELD(moving_variance_initializer, FIELD_INITIALIZER),
};

extern const struct layer_type batch_normalization_type;
const struct layer_type batch_normalization_type = {
    .class_name = "BatchNormalization",
    .base_name = "batch_normalization",
    .settings_size = sizeof(struct batch_normalization_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = PASSES_MASK,
    .more_traits = more_traits,
    .build = build,
    .plan = plan,
    .forward = run_forward,
    .backward = run_backward,
};
