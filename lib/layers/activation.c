/* Activations: names, kernels that several layers use, and the layers Activation and Softmax. */
#include <stdio.h>
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "layers/elementwise.h"

#define ACTIVATION_TEXT(name, text) text,
static const char *const names[] = {ACTIVATIONS(ACTIVATION_TEXT)};
#define COUNT (sizeof names / sizeof *names)

/* Keras reads these, too, and writes the other. */
static const struct {
    const char *name;
    enum activation activation;
} aliases[] = {{"swish", ACTIVATION_SILU}, {"hard_swish", ACTIVATION_HARD_SILU}};

const char *activation_name(enum activation activation) {
    return (size_t)activation < COUNT ? names[activation] : NULL;
}

bool activation_find(const char *name, enum activation *activation) {
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i].name, name) == 0) {
            *activation = aliases[i].activation;
            return true;
        }
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *activation = (enum activation)i;
            return true;
        }
    return false;
}

const char *activation_why_not(const char *name) {
    return strcmp(name, "glu") == 0 ? "it halves the width, which no layer that follows in Keras takes into account"
           : strcmp(name, "sparsemax") == 0
               ? "Keras 3 computes another function under this name, whose outputs do not add up to 1"
           : strcmp(name, "threshold") == 0 ? "its arguments are not part of a file, so Keras cannot call it either"
                                            : NULL;
}

void activation_list(char *list, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < COUNT && used < size; i++)
        used += (size_t)snprintf(list + used, size - used, "%s%s", i ? ", " : "", names[i]);
}

bool activation_is_of_row(enum activation activation) {
    return activation == ACTIVATION_SOFTMAX || activation == ACTIVATION_LOG_SOFTMAX;
}

bool activation_is_fused(enum activation activation) {
    return activation <= ACTIVATION_SOFTMAX;
}

bool activation_needs_input(enum activation activation) {
    return activation > ACTIVATION_SOFTMAX && !activation_is_of_row(activation);
}

/* ---- kernels ------------------------------------------------------------------------------------ */

static mood_status row_forward(struct queue *queue, enum activation activation, const struct buffer *y, size_t n,
                               size_t N, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "row_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, y);
    launch_int(&launch, activation);
    launch_int(&launch, n);
    launch_int(&launch, N);
    return launch_run(&launch, n, 16, err);
}

static mood_status activation_forward(struct queue *queue, enum activation activation, const struct buffer *x,
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
    return status == MOOD_OK && activation_is_of_row(activation) ? row_forward(queue, activation, y, n, N, err)
                                                                 : status;
}

mood_status activation_finish(struct queue *queue, enum activation activation, const struct buffer *y, size_t n,
                              size_t N, mood_error *err) {
    if (activation_is_of_row(activation))
        return row_forward(queue, activation, y, n, N, err);
    return activation_is_fused(activation) ? MOOD_OK : activation_forward(queue, activation, y, y, n, N, err);
}

static mood_status row_backward(struct queue *queue, enum activation activation, const struct buffer *y,
                                const struct buffer *dy, const struct buffer *dz, size_t n, size_t N, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "row_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, y);
    launch_buffer(&launch, dy);
    launch_buffer(&launch, dz);
    launch_int(&launch, activation);
    launch_int(&launch, n);
    launch_int(&launch, N);
    return launch_run(&launch, n, 16, err);
}

mood_status activation_backward(struct queue *queue, enum activation activation, const struct buffer *x,
                                const struct buffer *y, const struct buffer *dy, const struct buffer *dz, size_t n,
                                size_t N, mood_error *err) {
    struct launch launch;
    if (activation_is_of_row(activation))
        return row_backward(queue, activation, y, dy, dz, n, N, err);
    mood_status status = launch_begin(queue, "activation_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, activation_needs_input(activation) ? x : NULL);
    launch_buffer(&launch, y);
    launch_buffer(&launch, dy);
    launch_buffer(&launch, dz);
    launch_int(&launch, activation);
    launch_int(&launch, n * N);
    return launch_run(&launch, n * N, 64, err);
}

/* ---- the layer: y = activation(x) ----------------------------------------------------------------- */

struct activation_settings {
    enum activation activation;
};

static mood_status activation_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, mood_error *err) {
    work->out = *in;
    work->out.data = work->buffers[ELEMENTWISE_OUT];
    work->logits = in->data;
    return activation_forward(pass->queue, layer_activation(layer), &in->data, &work->buffers[ELEMENTWISE_OUT],
                              in->rows, in->D, err);
}

static mood_status activation_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                           const struct sequence *in, const struct buffer *d_out, unsigned want,
                                           mood_error *err) {
    (void)want; /* there are no variables */
    if (work->d_out_is_of_logits)
        return queue_copy(pass->queue, d_out, 0, &work->d_in, 0, in->rows * in->D * sizeof(float), err);
    return activation_backward(pass->queue, layer_activation(layer), &in->data, &work->buffers[ELEMENTWISE_OUT], d_out,
                               &work->d_in, in->rows, in->D, err);
}

/* Keras has no default. */
#define NO_ACTIVATION ((enum activation) - 1)
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
    .build = elementwise_build,
    .plan = elementwise_plan,
    .forward = activation_run_forward,
    .backward = activation_run_backward,
};

/* ---- Softmax: over the last axis --------------------------------------------------------------------- */

struct softmax_settings {
    int axis;
};

static mood_status softmax_build(struct layer *layer, const struct shape *in, mood_error *err) {
    int axis = ((const struct softmax_settings *)layer->settings)->axis, last = in->kind == SHAPE_SEQUENCE ? 2 : 1;
    if (axis == -1 || axis == last)
        return elementwise_build(layer, in, err);
    return unsupported(err,
                       "layer %s: its axis is %d; this version's Softmax is over the last axis only, which is %d or -1",
                       layer->name, axis, last);
}

static const struct softmax_settings softmax_defaults = {-1};
static const struct field softmax_fields[] = {{"axis", FIELD_AXIS, offsetof(struct softmax_settings, axis), NULL}};

/* Keras applies a mask to the last axis, not to the steps: it fails with the mask of an Embedding. */
extern const struct layer_type softmax_type;
const struct layer_type softmax_type = {
    .class_name = "Softmax",
    .base_name = "softmax",
    .settings_size = sizeof(struct softmax_settings),
    .defaults = &softmax_defaults,
    .fields = softmax_fields,
    .field_count = 1,
    .traits = HAS_LOGITS | USES_MASKED_STEPS,
    .activation = ACTIVATION_SOFTMAX,
    .build = softmax_build,
    .plan = elementwise_plan,
    .forward = activation_run_forward,
    .backward = activation_run_backward,
};
