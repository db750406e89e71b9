/* Rectifiers as layers: ReLU, LeakyReLU, ELU. PReLU has weights and is in prelu.c. */
#include <math.h>

#include "layers/elementwise.h"

/* The settings of all types; each type has fields for some of them. */
struct rectifier_settings {
    double max_value; /* NAN: none */
    double negative_slope, threshold;
    float alpha;
};

extern const struct layer_type relu_type, leaky_relu_type, elu_type;

/* Set the last arguments, which both kernels have in common, and run the kernel on count numbers. */
static mood_status finish(const struct layer *layer, struct launch *launch, size_t count, mood_error *err) {
    const struct rectifier_settings *s = layer->settings;
    enum rectifier_kind kind = layer->type == &elu_type ? RECTIFIER_ELU : RECTIFIER_RELU;
    launch_int(launch, count);
    launch_int(launch, kind);
    launch_float(launch, isnan(s->max_value) ? INFINITY : (float)s->max_value);
    launch_float(launch, kind == RECTIFIER_ELU ? s->alpha : (float)s->negative_slope);
    launch_float(launch, (float)s->threshold);
    return launch_run(launch, count, 64, err);
}

static mood_status rectifier_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                         const struct sequence *in, mood_error *err) {
    struct launch launch;
    work->out = *in;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    mood_status status = launch_begin(pass->queue, "rectifier", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &work->buffers[ELEMENTWISE_OUT]);
    return finish(layer, &launch, in->rows * in->D, err);
}

static mood_status rectifier_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, const struct buffer *d_out, unsigned want,
                                          mood_error *err) {
    (void)want; /* there are no variables */
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "rectifier_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->d_in);
    return finish(layer, &launch, in->rows * in->D, err);
}

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct rectifier_settings, key), NULL }

static const struct rectifier_settings relu_defaults = {.max_value = NAN};
static const struct field relu_fields[] = {FIELD(max_value, FIELD_OPTIONAL), FIELD(negative_slope, FIELD_NUMBER),
                                           FIELD(threshold, FIELD_NUMBER)};

static const struct rectifier_settings leaky_relu_defaults = {.max_value = NAN, .negative_slope = 0.3};
static const struct field leaky_relu_fields[] = {
    FIELD(negative_slope, FIELD_NUMBER),
    {"alpha", FIELD_OLD_NUMBER, offsetof(struct rectifier_settings, negative_slope), NULL}};

static const struct rectifier_settings elu_defaults = {.max_value = NAN, .alpha = 1};
static const struct field elu_fields[] = {FIELD(alpha, FIELD_FLOAT)};

#define RECTIFIER_TYPE(class, base, type_defaults, type_fields, type_activation)                                       \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof(struct rectifier_settings),                    \
        .defaults = &type_defaults, .fields = type_fields, .field_count = sizeof type_fields / sizeof *type_fields,    \
        .traits = PASSES_MASK, .activation = type_activation, .build = elementwise_build, .plan = elementwise_plan,    \
        .forward = rectifier_run_forward, .backward = rectifier_run_backward                                           \
    }

const struct layer_type relu_type = RECTIFIER_TYPE("ReLU", "re_lu", relu_defaults, relu_fields, ACTIVATION_RELU);
const struct layer_type leaky_relu_type =
    RECTIFIER_TYPE("LeakyReLU", "leaky_re_lu", leaky_relu_defaults, leaky_relu_fields, ACTIVATION_LEAKY_RELU);
const struct layer_type elu_type = RECTIFIER_TYPE("ELU", "elu", elu_defaults, elu_fields, ACTIVATION_ELU);
