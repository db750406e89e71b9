/* UnitNormalization: each vector is divided by its length (L2 norm). Bags are already divided by theirs when they are
 * made (model/bag.h), so there it does nothing. */
#include "layers/elementwise.h"

struct unit_normalization_settings {
    int axis;
};

static mood_status build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct unit_normalization_settings *s = layer->settings;
    int last = in->kind == SHAPE_SEQUENCE ? 2 : 1;
    if (s->axis != -1 && s->axis != last)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "layer %s: axis is %d; this version supports only the last axis, -1", layer->name,
                              s->axis);
    return elementwise_build(layer, in, err);
}

static mood_status plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    return layer->in.kind == SHAPE_BAG ? MOOD_OK : elementwise_plan(layer, queue, work, err);
}

static mood_status launch(struct queue *queue, const struct sequence *in, const struct buffer *d_out,
                          const struct buffer *to, mood_error *err) {
    struct launch launch;
    mood_status status =
        launch_begin(queue, d_out ? "unit_normalization_backward" : "unit_normalization", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    if (d_out)
        launch_buffer(&launch, d_out);
    launch_buffer(&launch, to);
    launch_int(&launch, in->rows);
    launch_int(&launch, in->D);
    return launch_run(&launch, in->rows, 64, err);
}

static mood_status run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, mood_error *err) {
    work->out = *in;
    if (layer->in.kind == SHAPE_BAG)
        return MOOD_OK;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    return launch(pass->queue, in, NULL, &work->out.data, err);
}

static mood_status run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    (void)want;                      /* there are no variables */
    if (layer->in.kind == SHAPE_BAG) /* no layer precedes bags; the layer after it adds the gradient of their values */
        return MOOD_OK;
    return launch(pass->queue, in, d_out, &work->d_in, err);
}

static const struct unit_normalization_settings defaults = {.axis = -1};

static const struct field fields[] = {
    {"axis", FIELD_AXIS, offsetof(struct unit_normalization_settings, axis), NULL},
};

extern const struct layer_type unit_normalization_type;
const struct layer_type unit_normalization_type = {
    .class_name = "UnitNormalization",
    .base_name = "unit_normalization",
    .settings_size = sizeof(struct unit_normalization_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = PASSES_MASK | TAKES_BAGS | NORMALIZES_BAGS,
    .build = build,
    .plan = plan,
    .forward = run_forward,
    .backward = run_backward,
};
