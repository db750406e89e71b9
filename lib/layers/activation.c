/* Activations: names, kernels that several layers use, and the layer Activation. */
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "layers/layer.h"

static const char *const names[] = {
    [MOOD_LINEAR] = "linear", [MOOD_RELU] = "relu",       [MOOD_SIGMOID] = "sigmoid",
    [MOOD_TANH] = "tanh",     [MOOD_SOFTMAX] = "softmax",
};

const char *activation_name(mood_activation activation) {
    return (size_t)activation < sizeof names / sizeof *names ? names[activation] : NULL;
}

bool activation_find(const char *name, mood_activation *activation) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *activation = (mood_activation)i;
            return true;
        }
    return false;
}

/* ---- kernels ------------------------------------------------------------------------------------ */

mood_status softmax_forward(struct queue *queue, const struct buffer *y, size_t n, size_t N, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "softmax_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, y);
    launch_int(&launch, n);
    launch_int(&launch, N);
    return launch_run(&launch, n, 16, err);
}

mood_status activation_backward(struct queue *queue, mood_activation activation, const struct buffer *y,
                                const struct buffer *dy, const struct buffer *dz, size_t n, size_t N, mood_error *err) {
    bool is_softmax = activation == MOOD_SOFTMAX;
    struct launch launch;
    mood_status status = launch_begin(queue, is_softmax ? "softmax_backward" : "activation_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, y);
    launch_buffer(&launch, dy);
    launch_buffer(&launch, dz);
    if (is_softmax) {
        launch_int(&launch, n);
        launch_int(&launch, N);
        return launch_run(&launch, n, 16, err);
    }
    launch_int(&launch, activation);
    launch_int(&launch, n * N);
    return launch_run(&launch, n * N, 64, err);
}

static mood_status activation_forward(struct queue *queue, mood_activation activation, const struct buffer *x,
                                      const struct buffer *y, size_t n, size_t N, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "activation_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_int(&launch, activation);
    launch_int(&launch, n * N);
    status = launch_run(&launch, n * N, 64, err);
    return status == MOOD_OK && activation == MOOD_SOFTMAX ? softmax_forward(queue, y, n, N, err) : status;
}

/* ---- the layer: y = activation(x) ----------------------------------------------------------------- */

enum { OUT };

struct activation_settings {
    mood_activation activation;
};

static mood_status activation_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind == SHAPE_IDS)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: put an Embedding before it",
                              layer->name);
    layer->out = *in;
    return MOOD_OK;
}

static mood_status activation_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->in.T, bytes = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    return status == MOOD_OK && work->training ? work_allocate(work, queue, rows, bytes, &work->d_in, err) : status;
}

static mood_status activation_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, mood_error *err) {
    work->out = *in;
    work->out.data = work->buffers[OUT];
    work->logits = in->data;
    return activation_forward(pass->queue, layer_activation(layer), &in->data, &work->buffers[OUT], in->rows, in->D,
                              err);
}

static mood_status activation_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                           const struct sequence *in, const struct buffer *d_out, unsigned want,
                                           mood_error *err) {
    (void)want; /* there are no variables */
    if (work->d_out_is_of_logits)
        return queue_copy(pass->queue, d_out, 0, &work->d_in, 0, in->rows * in->D * sizeof(float), err);
    return activation_backward(pass->queue, layer_activation(layer), &work->buffers[OUT], d_out, &work->d_in, in->rows,
                               in->D, err);
}

/* Keras has no default. */
#define NO_ACTIVATION ((mood_activation)-1)
static const struct activation_settings defaults = {NO_ACTIVATION};
static const struct field fields[] = {
    {"activation", FIELD_ACTIVATION, offsetof(struct activation_settings, activation), NULL}};

static mood_status activation_check(struct layer *layer, mood_error *err) {
    if (layer_activation(layer) != NO_ACTIVATION)
        return MOOD_OK;
    return broken(err, "layer \"%s\" has no \"activation\"", layer_label(layer));
}

extern const struct layer_type activation_type;
const struct layer_type activation_type = {
    .class_name = "Activation",
    .base_name = "activation",
    .settings_size = sizeof(struct activation_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = 1,
    .traits = HAS_LOGITS | PASSES_MASK,
    .check = activation_check,
    .build = activation_build,
    .plan = activation_plan,
    .forward = activation_run_forward,
    .backward = activation_run_backward,
};
