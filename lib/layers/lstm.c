/* LSTM: the layer, whichever class of kernels runs its recurrence. */
#include <string.h>

#include "layers/lstm.h"

static mood_status unsupported(const struct layer *layer, const char *what, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT, "layer %s: %s", layer->name, what);
}

static mood_status lstm_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct lstm_settings *s = layer->settings;
    if (in->kind != SHAPE_SEQUENCE)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: an LSTM takes a sequence; the layer before it hands on %s", layer->name,
                              in->kind == SHAPE_IDS ? "ids: put an Embedding first"
                                                    : "one vector: give it return_sequences");
    if (s->activation != MOOD_TANH)
        return unsupported(layer, "an LSTM's activation can only be tanh", err);
    if (s->recurrent_activation != MOOD_SIGMOID)
        return unsupported(layer, "an LSTM's recurrent_activation can only be sigmoid", err);
    size_t H = s->units;
    if (H > LAYER_LARGEST_PARAMETER / 4)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: %zu units are too many", layer->name, H);
    layer->out = s->return_sequences ? (struct shape){SHAPE_SEQUENCE, in->T, H} : (struct shape){SHAPE_VECTOR, 1, H};
    mood_status status = layer_add_parameter(layer, "kernel", in->D, 4 * H, s->kernel_initializer, err);
    if (status == MOOD_OK)
        status = layer_add_parameter(layer, "recurrent_kernel", H, 4 * H, s->recurrent_initializer, err);
    if (status == MOOD_OK && s->use_bias) {
        status = layer_add_parameter(layer, "bias", 4 * H, 0, s->bias_initializer, err);
        layer->parameters[LSTM_BIAS].unit_forget_bias = s->unit_forget_bias;
    }
    return status;
}

const struct buffer *lstm_bias(const struct layer *layer) {
    return layer->parameter_count > LSTM_BIAS ? &layer->parameters[LSTM_BIAS].value : NULL;
}

static mood_status lstm_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    struct buffer *kernel_t = &layer->derived[LSTM_KERNEL_T];
    size_t E = layer->in.D, H = layer->out.D;
    mood_status status = device_class(queue->device) == CLASS_TILE ? lstm_tile_prepare(layer, queue, err)
                                                                   : lstm_gemm_prepare(layer, queue, err);
    if (status != MOOD_OK || !layer->parameters[LSTM_KERNEL].gradient.memory)
        return status;
    if (!kernel_t->memory)
        status = buffer_create(queue->device, E * 4 * H, sizeof(float), kernel_t, err);
    if (status == MOOD_OK)
        status = gemm_transpose(queue, E, 4 * H, (struct matrix){&layer->parameters[LSTM_KERNEL].value, 0, 4 * H},
                                kernel_t, err);
    return status;
}

/* At inference the gemm class multiplies as many steps by the kernel at once as these bytes hold. */
#define INPUT_GEMM_BYTES ((size_t)64 << 20)

size_t lstm_gemm_steps(size_t B, size_t T, size_t H) {
    size_t steps = INPUT_GEMM_BYTES / (B * 4 * H * sizeof(float));
    return steps < 1 ? 1 : steps < T ? steps : T;
}

static mood_status lstm_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    const struct lstm_settings *s = layer->settings;
    bool gemm_class = device_class(queue->device) == CLASS_GEMM, training = work->training;
    size_t T = layer->in.T, H = layer->out.D, row = H * sizeof(float), all = T * work->B;
    size_t counts[WORK_MAX_BUFFERS] = {
        [LSTM_H] = training || s->return_sequences ? all : 2 * work->B,
        [LSTM_C] = training ? all : gemm_class ? 0 : work->B,
        [LSTM_GATES] = 4 * (training ? all : gemm_class ? lstm_gemm_steps(work->B, T, H) * work->B : 0),
        [LSTM_STATE] = gemm_class ? work->B : 0,
        [LSTM_CELL] = training || gemm_class ? work->B : 0,
        [LSTM_DH] = training ? work->B : 0,
        [LSTM_LAST] = training && !s->return_sequences ? work->B : 0,
        [LSTM_ZEROS] = 1,
    };
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < WORK_MAX_BUFFERS && status == MOOD_OK; i++)
        if (counts[i])
            status = buffer_create(queue->device, counts[i], row, &work->buffers[i], err);
    if (status == MOOD_OK && training)
        status = buffer_create(queue->device, all, layer->in.D * sizeof(float), &work->d_in, err);
    if (status == MOOD_OK)
        status = queue_zero(queue, &work->buffers[LSTM_ZEROS], err);
    return status;
}

static struct lstm_run run_of(const struct layer *layer, struct queue *queue, struct work *work,
                              const struct sequence *in) {
    const struct lstm_settings *s = layer->settings;
    const struct buffer *zeros = &work->buffers[LSTM_ZEROS];
    return (struct lstm_run){
        .layer = layer, .queue = queue, .work = work, .in = in, .B = in->B, .T = in->T, .E = in->D,
        .H = layer->out.D, .h0 = zeros, .c0 = zeros, .keep_h = work->training || s->return_sequences,
    };
}

static mood_status lstm_run_forward(const struct layer *layer, struct queue *queue, struct work *work,
                                    const struct sequence *in, mood_error *err) {
    const struct lstm_settings *s = layer->settings;
    struct lstm_run run = run_of(layer, queue, work, in);
    mood_status status = device_class(queue->device) == CLASS_TILE ? lstm_tile_forward(&run, err)
                                                                   : lstm_gemm_forward(&run, err);
    work->out = (struct sequence){.data = work->buffers[LSTM_H], .start = in->start, .B = run.B,
                                  .T = s->return_sequences ? run.T : 1, .D = run.H};
    if (status == MOOD_OK && work->training && !s->return_sequences) {
        size_t bytes = run.B * run.H * sizeof(float);
        work->out.data = work->buffers[LSTM_LAST];
        status = queue_copy(queue, &work->buffers[LSTM_H], (run.T - 1) * bytes, &work->out.data, 0, bytes, err);
    }
    if (!s->return_sequences)
        work->out.start = (struct buffer){NULL, 0};
    return status;
}

/* From the gates' gradients dZ [T*B,4H]: kernel X'·dZ, recurrent kernel H'·dZ one step apart (the state
 * before the first step is zero), bias dZ's column sums. */
static mood_status weight_gradients(const struct lstm_run *run, mood_error *err) {
    const struct layer *layer = run->layer;
    const struct parameter *parameters = layer->parameters;
    size_t B = run->B, T = run->T, E = run->E, H = run->H;
    struct matrix dz = {&run->work->buffers[LSTM_GATES], 0, 4 * H};
    struct matrix dz_after = {&run->work->buffers[LSTM_GATES], B * 4 * H, 4 * H};
    mood_status status = gemm(run->queue, true, E, 4 * H, T * B, (struct matrix){&run->in->data, 0, E}, dz, 0.0f,
                              (struct matrix){&parameters[LSTM_KERNEL].gradient, 0, 4 * H}, err);
    if (status == MOOD_OK && T == 1)
        status = queue_zero(run->queue, &parameters[LSTM_RECURRENT].gradient, err);
    else if (status == MOOD_OK)
        status = gemm(run->queue, true, H, 4 * H, (T - 1) * B, (struct matrix){&run->work->buffers[LSTM_H], 0, H},
                      dz_after, 0.0f, (struct matrix){&parameters[LSTM_RECURRENT].gradient, 0, 4 * H}, err);
    if (status == MOOD_OK && lstm_bias(layer))
        status = gemm_column_sums(run->queue, T * B, 4 * H, dz, &parameters[LSTM_BIAS].gradient, err);
    return status;
}

static mood_status lstm_run_backward(const struct layer *layer, struct queue *queue, struct work *work,
                                     const struct sequence *in, const struct buffer *d_out, bool want_d_in,
                                     mood_error *err) {
    struct lstm_run run = run_of(layer, queue, work, in);
    mood_status status = device_class(queue->device) == CLASS_TILE ? lstm_tile_backward(&run, d_out, err)
                                                                   : lstm_gemm_backward(&run, d_out, err);
    if (status == MOOD_OK)
        status = weight_gradients(&run, err);
    if (status == MOOD_OK && want_d_in)
        status = gemm(queue, false, run.T * run.B, run.E, 4 * run.H,
                      (struct matrix){&work->buffers[LSTM_GATES], 0, 4 * run.H},
                      (struct matrix){&layer->derived[LSTM_KERNEL_T], 0, run.E}, 0.0f,
                      (struct matrix){&work->d_in, 0, run.E}, err);
    return status;
}

static const char *lstm_untrainable(const struct layer *layer) {
    const struct lstm_settings *s = layer->settings;
    return s->dropout != 0 || s->recurrent_dropout != 0 ? "dropout" : NULL;
}

static const struct lstm_settings defaults = {
    .activation = MOOD_TANH,
    .recurrent_activation = MOOD_SIGMOID,
    .use_bias = true,
    .unit_forget_bias = true,
    .kernel_initializer = MOOD_GLOROT_UNIFORM,
    .recurrent_initializer = MOOD_ORTHOGONAL,
    .bias_initializer = MOOD_ZEROS,
};

#define AT(member) offsetof(struct lstm_settings, member)
static const struct layer_field fields[] = {
    {"units", FIELD_SIZE, AT(units)},
    {"activation", FIELD_ACTIVATION, AT(activation)},
    {"recurrent_activation", FIELD_ACTIVATION, AT(recurrent_activation)},
    {"use_bias", FIELD_BOOL, AT(use_bias)},
    {"kernel_initializer", FIELD_INITIALIZER, AT(kernel_initializer)},
    {"recurrent_initializer", FIELD_INITIALIZER, AT(recurrent_initializer)},
    {"bias_initializer", FIELD_INITIALIZER, AT(bias_initializer)},
    {"unit_forget_bias", FIELD_BOOL, AT(unit_forget_bias)},
    {"return_sequences", FIELD_BOOL, AT(return_sequences)},
    {"dropout", FIELD_FLOAT, AT(dropout)},
    {"recurrent_dropout", FIELD_FLOAT, AT(recurrent_dropout)},
};

const struct layer_type lstm_type = {
    .class_name = "LSTM",
    .base_name = "lstm",
    .cell = true,
    .settings_size = sizeof(struct lstm_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .width = AT(units),
    .untrainable = lstm_untrainable,
    .build = lstm_build,
    .prepare = lstm_prepare,
    .plan = lstm_plan,
    .forward = lstm_run_forward,
    .backward = lstm_run_backward,
};
