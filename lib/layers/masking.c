/* Masking: words whose vector is zero are masked. The output equals the input, because masked vectors are zero. The
 * Embedding makes the mask (model/masked_words.c). A following layer may also process masked steps; backward sets their
 * gradients to zero. */
#include "base/errors.h"
#include "layers/elementwise.h"

struct masking_settings {
    float mask_value;
};

static mood_status masking_check(struct layer *layer, mood_error *err) {
    const struct masking_settings *s = layer->settings;
    if (s->mask_value == 0)
        return MOOD_OK;
    return unsupported(err, "layer %s: \"mask_value\" is %g; this version supports only 0", layer_label(layer),
                       (double)s->mask_value);
}

static mood_status masking_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                       const struct sequence *in, mood_error *err) {
    (void)layer;
    work->out = *in;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    return queue_copy(pass->queue, &in->data, 0, &work->out.data, 0, in->rows * in->D * sizeof(float), err);
}

static mood_status masking_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                        const struct sequence *in, const struct buffer *d_out, unsigned want,
                                        mood_error *err) {
    (void)layer, (void)want; /* there are no variables */
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "masking_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->d_in);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    return launch_run(&launch, in->rows, 8, err);
}

static const struct masking_settings defaults = {0};

static const struct field fields[] = {
    {"mask_value", FIELD_FLOAT, offsetof(struct masking_settings, mask_value), NULL},
};

extern const struct layer_type masking_type;
const struct layer_type masking_type = {
    .class_name = "Masking",
    .base_name = "masking",
    .settings_size = sizeof(struct masking_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = IDENTITY_AT_INFERENCE | PASSES_MASK | MASKS_ZERO_VECTORS,
    .check = masking_check,
    .build = elementwise_build,
    .plan = elementwise_plan,
    .forward = masking_run_forward,
    .backward = masking_run_backward,
};
