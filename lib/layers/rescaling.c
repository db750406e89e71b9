/* Rescaling: y = scale * x + offset, with one number each for all columns. */
#include <math.h>

#include "base/errors.h"
#include "layers/elementwise.h"

struct rescaling_settings {
    float scale, offset;
};

static mood_status check(struct layer *layer, mood_error *err) {
    const struct rescaling_settings *s = layer->settings;
    if (isnan(s->scale))
        return broken(err, "layer \"%s\" has no \"scale\"", layer_label(layer));
    return MOOD_OK;
}

static mood_status launch(const struct layer *layer, struct queue *queue, const struct sequence *in,
                          const struct buffer *from, const struct buffer *to, bool with_offset, mood_error *err) {
    const struct rescaling_settings *s = layer->settings;
    struct launch launch;
    mood_status status = launch_begin(queue, "rescaling", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, from);
    launch_buffer(&launch, to);
    launch_float(&launch, s->scale);
    launch_float(&launch, with_offset ? s->offset : 0.0f);
    launch_int(&launch, in->rows * in->D);
    return launch_run(&launch, in->rows * in->D, 64, err);
}

static mood_status run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, mood_error *err) {
    work->out = *in;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    return launch(layer, pass->queue, in, &in->data, &work->out.data, true, err);
}

static mood_status run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    (void)want; /* there are no variables */
    return launch(layer, pass->queue, in, d_out, &work->d_in, false, err);
}

/* Keras has no default for scale. */
static const struct rescaling_settings defaults = {.scale = NAN};

static const struct field fields[] = {
    {"scale", FIELD_FLOAT, offsetof(struct rescaling_settings, scale), NULL},
    {"offset", FIELD_FLOAT, offsetof(struct rescaling_settings, offset), NULL},
};

extern const struct layer_type rescaling_type;
const struct layer_type rescaling_type = {
    .class_name = "Rescaling",
    .base_name = "rescaling",
    .settings_size = sizeof(struct rescaling_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = PASSES_MASK,
    .check = check,
    .build = elementwise_build,
    .plan = elementwise_plan,
    .forward = run_forward,
    .backward = run_backward,
};
