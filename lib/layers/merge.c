/* Layers that merge the outputs of several layers: Add, Subtract, Multiply, Average, Maximum, Minimum. Concatenate has
 * a file of its own. */
#include "base/errors.h"
#include "layers/merge.h"

enum { OUT };

extern const struct layer_type add_type, average_type, multiply_type, maximum_type, minimum_type, subtract_type;

static enum merge_op op_of(const struct layer *layer) {
    return layer->type == &add_type        ? MERGE_ADD
           : layer->type == &average_type  ? MERGE_AVERAGE
           : layer->type == &multiply_type ? MERGE_MULTIPLY
           : layer->type == &maximum_type  ? MERGE_MAXIMUM
           : layer->type == &minimum_type  ? MERGE_MINIMUM
                                           : MERGE_SUBTRACT;
}

static mood_status merge_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (op_of(layer) == MERGE_SUBTRACT && layer->source_count > 2)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: a Subtract takes two inputs, not %zu",
                              layer->name, layer->source_count);
    for (size_t k = 0; k < layer->source_count; k++) {
        if (in[k].kind != SHAPE_IDS && in[k].kind == in->kind && in[k].T == in->T && in[k].D == in->D)
            continue;
        return merge_refuse(layer, in, k, "all inputs must have the same shape", err);
    }
    layer->out = *in;
    return MOOD_OK;
}

mood_status merge_refuse(const struct layer *layer, const struct shape *in, size_t k, const char *rule,
                         mood_error *err) {
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "layer %s: input %zu has %zu steps of %zu numbers, input 1 has %zu of %zu; %s", layer->name,
                          k + 1, in[k].T, in[k].D, in->T, in->D, rule);
}

static mood_status merge_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->out.T, bytes = layer->out.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    for (size_t k = 0; work->training && k < layer->source_count && status == MOOD_OK; k++)
        status = work_allocate(work, queue, rows, bytes, &work->buffers[WORK_FIRST_D_INPUT + k], err);
    return status;
}

static void launch_inputs(struct launch *launch, const struct layer *layer, const struct sequence *in) {
    for (size_t k = 0; k < LAYER_MAX_INPUTS; k++)
        launch_buffer(launch, k < layer->source_count ? &in[k].data : NULL);
    launch_int(launch, layer->source_count);
}

static mood_status merge_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                     const struct sequence *in, mood_error *err) {
    struct launch launch;
    work->out = *in;
    work->out.data = work->buffers[OUT];
    mood_status status = launch_begin(pass->queue, "merge_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_inputs(&launch, layer, in);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_int(&launch, in->rows * in->D);
    launch_int(&launch, op_of(layer));
    return launch_run(&launch, in->rows * in->D, 64, err);
}

static mood_status merge_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                      const struct sequence *in, const struct buffer *d_out, unsigned want,
                                      mood_error *err) {
    (void)want; /* there are no variables */
    mood_status status = MOOD_OK;
    for (size_t k = 0; k < layer->source_count && status == MOOD_OK; k++) {
        struct launch launch;
        status = launch_begin(pass->queue, "merge_backward", &launch, err);
        if (status != MOOD_OK)
            return status;
        launch_inputs(&launch, layer, in);
        launch_buffer(&launch, d_out);
        launch_buffer(&launch, &work->buffers[WORK_FIRST_D_INPUT + k]);
        launch_int(&launch, in->rows * in->D);
        launch_int(&launch, op_of(layer));
        launch_int(&launch, k);
        status = launch_run(&launch, in->rows * in->D, 64, err);
    }
    return status;
}

/* They have no settings. */
static const char defaults[1] = "";
static const struct field fields[1] = {{NULL, FIELD_BOOL, 0, NULL}};

#define MERGE_TYPE(class, base, type_traits)                                                                           \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof defaults, .defaults = defaults,                \
        .fields = fields, .field_count = 0, .traits = MERGES | PASSES_MASK | type_traits, .build = merge_build,        \
        .plan = merge_plan, .forward = merge_run_forward, .backward = merge_run_backward                               \
    }

const struct layer_type add_type = MERGE_TYPE("Add", "add", 0);
const struct layer_type average_type = MERGE_TYPE("Average", "average", 0);
const struct layer_type multiply_type = MERGE_TYPE("Multiply", "multiply", USES_MASKED_STEPS);
const struct layer_type maximum_type = MERGE_TYPE("Maximum", "maximum", USES_MASKED_STEPS);
const struct layer_type minimum_type = MERGE_TYPE("Minimum", "minimum", USES_MASKED_STEPS);
const struct layer_type subtract_type = MERGE_TYPE("Subtract", "subtract", 0);
