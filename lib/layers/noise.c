/* Layers that are random in training and do nothing at inference: Dropout, SpatialDropout1D, GaussianDropout,
 * GaussianNoise. */
#include <math.h>

#include "base/errors.h"
#include "layers/elementwise.h"

struct noise_settings {
    float rate, stddev; /* each type has one of them */
};

extern const struct layer_type dropout_type, spatial_dropout_type, gaussian_dropout_type, gaussian_noise_type;

static enum noise_kind kind_of(const struct layer *layer) {
    return layer->type == &gaussian_noise_type     ? NOISE_GAUSSIAN
           : layer->type == &gaussian_dropout_type ? NOISE_GAUSSIAN_DROPOUT
                                                   : NOISE_DROPOUT;
}

/* The probability of a zero, or a standard deviation. */
static float amount_of(const struct layer *layer) {
    const struct noise_settings *s = layer->settings;
    switch (kind_of(layer)) {
    case NOISE_DROPOUT: break;
    case NOISE_GAUSSIAN_DROPOUT: return sqrtf(s->rate / (1 - s->rate));
    case NOISE_GAUSSIAN: return s->stddev;
    }
    return s->rate;
}

static mood_status noise_check(struct layer *layer, mood_error *err) {
    const struct noise_settings *s = layer->settings;
    bool has_stddev = layer->type == &gaussian_noise_type;
    float value = has_stddev ? s->stddev : s->rate;
    const char *key = has_stddev ? "stddev" : "rate";
    if (value == -1)
        return broken(err, "layer \"%s\" has no \"%s\"", layer_label(layer), key);
    if (!(value >= 0 && (has_stddev || value < 1)))
        return broken(err, "layer \"%s\": \"%s\" is %g; it must be %s", layer_label(layer), key, (double)value,
                      has_stddev ? "0 or more" : "0 to below 1");
    return MOOD_OK;
}

static mood_status noise_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind == SHAPE_VECTOR && layer->type == &spatial_dropout_type)
        return mood_error_set(
            err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
            "layer %s: a SpatialDropout1D takes a sequence, but the layer before it outputs one vector", layer->name);
    return elementwise_build(layer, in, err);
}

/* What the kernel does to x [n,D]. */
struct noise {
    enum noise_kind kind;
    float amount;
    unsigned stream;
    bool shared_by_steps;
    const struct packing *packing; /* of a sequence; NULL: vectors */
    size_t n, D;
};

static mood_status run_kernel(const struct layer *layer, const struct pass *pass, const struct noise *noise,
                              const struct buffer *x, const struct buffer *y, mood_error *err) {
    uint32_t seed[2] = {(uint32_t)pass->seed, (uint32_t)(pass->seed >> 32)};
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "noise", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_buffer(&launch, pass->places);
    launch_buffer(&launch, noise->packing ? &noise->packing->steps : NULL);
    launch_int(&launch, noise->n);
    launch_int(&launch, noise->packing ? noise->packing->T : 1);
    launch_int(&launch, noise->D);
    launch_int(&launch, noise->kind);
    launch_int(&launch, noise->shared_by_steps);
    launch_float(&launch, noise->amount);
    launch_int(&launch, (int32_t)seed[0]);
    launch_int(&launch, (int32_t)seed[1]);
    launch_int(&launch, (int32_t)(uint32_t)pass->step);
    launch_int(&launch, layer->index + ((size_t)noise->stream << LAYER_STREAM_BIT));
    return launch_run(&launch, noise->n * ((noise->D + 3) / 4), 64, err);
}

mood_status layer_dropout(const struct layer *layer, const struct pass *pass, const struct dropout *dropout,
                          const struct buffer *x, const struct buffer *y, mood_error *err) {
    struct noise noise = {.kind = NOISE_DROPOUT,
                          .amount = dropout->rate,
                          .stream = dropout->stream,
                          .shared_by_steps = dropout->shared_by_steps,
                          .packing = dropout->packing,
                          .n = dropout->rows,
                          .D = dropout->D};
    return run_kernel(layer, pass, &noise, x, y, err);
}

static mood_status run(const struct layer *layer, const struct pass *pass, const struct sequence *in,
                       const struct buffer *x, const struct buffer *y, mood_error *err) {
    struct noise noise = {.kind = kind_of(layer),
                          .amount = amount_of(layer),
                          .shared_by_steps = layer->type == &spatial_dropout_type,
                          .packing = in->packing,
                          .n = in->rows,
                          .D = in->D};
    return run_kernel(layer, pass, &noise, x, y, err);
}

static mood_status noise_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                     const struct sequence *in, mood_error *err) {
    work->out = *in;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    return run(layer, pass, in, &in->data, &work->buffers[ELEMENTWISE_OUT], err);
}

static mood_status noise_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                      const struct sequence *in, const struct buffer *d_out, unsigned want,
                                      mood_error *err) {
    (void)want; /* there are no variables */
    if (kind_of(layer) == NOISE_GAUSSIAN)
        return queue_copy(pass->queue, d_out, 0, &work->d_in, 0, in->rows * in->D * sizeof(float), err);
    return run(layer, pass, in, d_out, &work->d_in, err);
}

/* Keras has no default for either; a type needs the one that its fields name. */
static const struct noise_settings defaults = {-1, -1};

static const struct field rate_fields[] = {{"rate", FIELD_FLOAT, offsetof(struct noise_settings, rate), NULL}};
static const struct field stddev_fields[] = {{"stddev", FIELD_FLOAT, offsetof(struct noise_settings, stddev), NULL}};

#define NOISE_TYPE(class, base, type_fields, type_traits)                                                              \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof(struct noise_settings), .defaults = &defaults, \
        .fields = type_fields, .field_count = 1,                                                                       \
        .traits = ROW_RANDOM | IDENTITY_AT_INFERENCE | PASSES_MASK | type_traits, .check = noise_check,                \
        .build = noise_build, .plan = elementwise_plan, .forward = noise_run_forward, .backward = noise_run_backward   \
    }

const struct layer_type dropout_type = NOISE_TYPE("Dropout", "dropout", rate_fields, 0);
const struct layer_type spatial_dropout_type =
    NOISE_TYPE("SpatialDropout1D", "spatial_dropout1d", rate_fields, NOT_TRAINABLE);
const struct layer_type gaussian_dropout_type = NOISE_TYPE("GaussianDropout", "gaussian_dropout", rate_fields, 0);
const struct layer_type gaussian_noise_type = NOISE_TYPE("GaussianNoise", "gaussian_noise", stddev_fields, 0);
