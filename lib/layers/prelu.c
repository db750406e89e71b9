/* PReLU: the slope below 0 is a weight, alpha. */
#include "layers/elementwise.h"

enum { PARTIALS = ELEMENTWISE_BUFFERS };

struct prelu_settings {
    struct weight_settings alpha;
    struct integers shared_axes;
};

/* Whether all elements along an axis (1: steps, 2: features) share one alpha. */
static bool is_shared(const struct layer *layer, int axis) {
    const struct integers *axes = &((const struct prelu_settings *)layer->settings)->shared_axes;
    for (size_t i = 0; i < axes->count; i++)
        if (axes->at[i] == axis)
            return true;
    return false;
}

static mood_status check_axes(const struct layer *layer, int last, mood_error *err) {
    const struct integers *axes = &((const struct prelu_settings *)layer->settings)->shared_axes;
    for (size_t i = 0; i < axes->count; i++)
        if (axes->at[i] < 1 || axes->at[i] > last)
            return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                                  "layer %s: shared_axes has %d, but the axes of its input are 1 to %d", layer->name,
                                  axes->at[i], last);
    return MOOD_OK;
}

static mood_status prelu_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct prelu_settings *s = layer->settings;
    bool sequence = in->kind == SHAPE_SEQUENCE;
    mood_status status = elementwise_build(layer, in, err);
    if (status == MOOD_OK)
        status = check_axes(layer, sequence ? 2 : 1, err);
    if (status != MOOD_OK)
        return status;
    size_t steps = is_shared(layer, 1) ? 1 : in->T, width = is_shared(layer, sequence ? 2 : 1) ? 1 : in->D;
    return sequence ? layer_add_variable(layer, "alpha", DIMS(steps, width), &s->alpha, err)
                    : layer_add_variable(layer, "alpha", DIMS(width), &s->alpha, err);
}

/* If axis 1 is not shared, each step of a sequence has a separate alpha. */
static unsigned prelu_more_traits(const struct layer *layer) {
    return layer->out.kind == SHAPE_SEQUENCE && !is_shared(layer, 1) ? STEPS_DIFFER : 0;
}

static mood_status prelu_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    mood_status status = elementwise_plan(layer, queue, work, err);
    return status == MOOD_OK && work->training
               ? work_allocate(work, queue, layer->in.T, layer->in.D * sizeof(float), &work->buffers[PARTIALS], err)
               : status;
}

/* The number of steps of the input. It is smaller than the layer's if the input is the shared padding, of which only
 * the first steps are computed (shared_padding.c). */
static size_t count_steps(const struct sequence *in) {
    return in->packing ? in->packing->T : 1;
}

static void launch_sizes(struct launch *launch, const struct layer *layer, const struct sequence *in) {
    const struct variable *alpha = &layer->variables[0];
    launch_int(launch, count_steps(in));
    launch_int(launch, layer->in.D);
    launch_int(launch, alpha->rank == 2 ? alpha->dims[0] : 1);
    launch_int(launch, alpha->dims[alpha->rank - 1]);
}

static const struct buffer *steps_of(const struct sequence *in) {
    return in->packing ? &in->packing->steps : NULL;
}

static mood_status prelu_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                     const struct sequence *in, mood_error *err) {
    struct launch launch;
    work->out = *in;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    mood_status status = launch_begin(pass->queue, "prelu", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &layer->variables[0].value);
    launch_buffer(&launch, &work->buffers[ELEMENTWISE_OUT]);
    launch_buffer(&launch, steps_of(in));
    launch_int(&launch, in->rows);
    launch_sizes(&launch, layer, in);
    return launch_run(&launch, in->rows * in->D, 64, err);
}

static mood_status alpha_backward(const struct layer *layer, struct queue *queue, struct work *work,
                                  const struct sequence *in, const struct buffer *d_out, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "prelu_partials", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->buffers[PARTIALS]);
    launch_buffer(&launch, steps_of(in));
    launch_int(&launch, in->rows);
    launch_int(&launch, count_steps(in));
    launch_int(&launch, layer->in.D);
    status = launch_run(&launch, count_steps(in) * layer->in.D, 16, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "prelu_alpha", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->buffers[PARTIALS]);
    launch_buffer(&launch, &layer->variables[0].gradient);
    launch_sizes(&launch, layer, in);
    return launch_run(&launch, layer->variables[0].count, 16, err);
}

static mood_status prelu_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                      const struct sequence *in, const struct buffer *d_out, unsigned want,
                                      mood_error *err) {
    struct launch launch;
    mood_status status = want & WANT_VARIABLES ? alpha_backward(layer, pass->queue, work, in, d_out, err) : MOOD_OK;
    if (status == MOOD_OK && want & WANT_INPUT)
        status = launch_begin(pass->queue, "prelu_backward", &launch, err);
    if (status != MOOD_OK || !(want & WANT_INPUT))
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &layer->variables[0].value);
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->d_in);
    launch_buffer(&launch, steps_of(in));
    launch_int(&launch, in->rows);
    launch_sizes(&launch, layer, in);
    return launch_run(&launch, in->rows * in->D, 64, err);
}

static const struct prelu_settings defaults = {.alpha = WEIGHT(INITIALIZER_ZEROS)};
static const struct field fields[] = {
    WEIGHT_FIELDS("alpha", struct prelu_settings, alpha),
    {"shared_axes", FIELD_INTEGERS, offsetof(struct prelu_settings, shared_axes), NULL},
};

extern const struct layer_type prelu_type;
const struct layer_type prelu_type = {
    .class_name = "PReLU",
    .base_name = "p_re_lu",
    .settings_size = sizeof(struct prelu_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = PASSES_MASK,
    .more_traits = prelu_more_traits,
    .activation = ACTIVATION_LEAKY_RELU,
    .build = prelu_build,
    .plan = prelu_plan,
    .forward = prelu_run_forward,
    .backward = prelu_run_backward,
};
