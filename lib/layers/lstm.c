/* LSTM: the layer. The recurrence runs on the kernels of one of three classes. */
#include "base/errors.h"
#include "layers/lstm.h"

/* True if the kernels of the classes implement the activations; recurrent.c computes all others. */
static bool has_kernels(const struct layer *layer) {
    const struct recurrent_settings *s = layer->settings;
    return s->activation == ACTIVATION_TANH && s->recurrent_activation == ACTIVATION_SIGMOID;
}

/* True if recurrent.c runs the layer: in training recurrent_dropout needs a mask for each gate, which the kernels
 * of the classes do not have. */
static bool runs_by_steps(const struct layer *layer, bool training) {
    return !has_kernels(layer) ||
           (training && ((const struct recurrent_settings *)layer->settings)->recurrent_dropout > 0);
}

static unsigned lstm_more_traits(const struct layer *layer) {
    const struct recurrent_settings *s = layer->settings;
    return recurrent_more_traits(layer) | (s->go_backwards || !has_kernels(layer) ? NEEDS_ALL_STEPS : 0);
}

const struct buffer *lstm_bias(const struct layer *layer) {
    return layer->variable_count > LSTM_BIAS ? &layer->variables[LSTM_BIAS].value : NULL;
}

static mood_status lstm_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    mood_status status = runs_by_steps(layer, true) ? recurrent_prepare(layer, queue, err) : MOOD_OK;
    if (status != MOOD_OK || !has_kernels(layer))
        return status;
    if (device_class(queue->device) == CLASS_TILE)
        return lstm_tile_prepare(layer, queue, err);
    status = lstm_tune_groups(queue, err);
    return status == MOOD_OK ? lstm_gemm_prepare(layer, queue, err) : status;
}

size_t lstm_gemm_rows(const mood_device *device, size_t B, size_t T, size_t H) {
    size_t rows = device->product_bytes / (4 * H * sizeof(float));
    return rows < B ? B : rows < B * T ? rows : B * T;
}

/* True if the forward kernel reads x in reverse order. Training needs a reversed copy of x for backward. */
static bool kernel_reverses(const struct layer *layer, const struct queue *queue, bool training) {
    const struct recurrent_settings *s = layer->settings;
    return s->go_backwards && !training && device_class(queue->device) == CLASS_TILE;
}

static bool needs_reversed_copy(const struct layer *layer, const struct queue *queue, bool training) {
    const struct recurrent_settings *s = layer->settings;
    return s->go_backwards && !kernel_reverses(layer, queue, training);
}

static mood_status lstm_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    if (runs_by_steps(layer, work->training))
        return recurrent_plan(layer, queue, work, err);
    const struct recurrent_settings *s = layer->settings;
    bool gemm_class = device_class(queue->device) == CLASS_GEMM, training = work->training,
         shared_padding = work->is_shared_padding;
    bool sequence = (s->return_sequences && !work->stepwise) || work->keep_steps,
         tile_class = device_class(queue->device) == CLASS_TILE;
    size_t T = layer->in.T, H = layer->out.D, B = work->B, row = H * sizeof(float), all = T * B;
    size_t gates = tile_class ? lstm_tile_gates(queue->device, H) : 4 * H;
    size_t counts[WORK_MAX_BUFFERS] = {
        [LSTM_H] = training || shared_padding || sequence ? all : 2 * B,
        [LSTM_C] = training || shared_padding ? all
                   : gemm_class               ? 0
                                              : B,
        [LSTM_BEFORE] = training ? all : 0,
        [LSTM_GATES] = training     ? all
                       : gemm_class ? lstm_gemm_rows(queue->device, B, T, H)
                                    : 0,
        [LSTM_STATE] = gemm_class ? B : 0,
        [LSTM_CELL] = training || gemm_class ? B : 0,
        [LSTM_DH] = training ? B : 0,
        [LSTM_LAST] = training && !shared_padding && !s->return_sequences ? B : 0,
        [LSTM_ZEROS] = 1,
        [LSTM_SHARED_PADDING_DH] = training && shared_padding ? T : 0,
        [LSTM_SHARED_PADDING_DC] = training && shared_padding ? T : 0,
        [LSTM_DROPPED] = training && s->dropout > 0 ? all : 0,
        [LSTM_REVERSED] = needs_reversed_copy(layer, queue, training) ? all : 0,
    };
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < WORK_MAX_BUFFERS && status == MOOD_OK; i++)
        if (counts[i])
            status = work_allocate(work, queue, counts[i],
                                   i == LSTM_GATES     ? gates * sizeof(float)
                                   : i >= LSTM_DROPPED ? layer->in.D * sizeof(float)
                                                       : row,
                                   &work->buffers[i], err);
    if (status == MOOD_OK && training)
        status = work_allocate(work, queue, all, layer->in.D * sizeof(float), &work->d_in, err);
    if (status == MOOD_OK && !work->counting)
        status = queue_zero(queue, &work->buffers[LSTM_ZEROS], err);
    return status;
}

static struct lstm_run run_of(const struct layer *layer, struct queue *queue, struct work *work,
                              const struct sequence *in) {
    const struct recurrent_settings *s = layer->settings;
    return (struct lstm_run){
        .layer = layer,
        .queue = queue,
        .work = work,
        .in = in,
        .packing = in->packing,
        .B = in->packing->B,
        .T = in->packing->T,
        .E = layer->in.D,
        .H = layer->out.D,
        .keep_h = work->training || work->is_shared_padding || s->return_sequences,
        .keep_c = work->training || work->is_shared_padding,
        .reversed = kernel_reverses(layer, queue, work->training),
        .padding_h = work->shared_padding ? &work->shared_padding->buffers[LSTM_H] : NULL,
        .padding_c = work->shared_padding ? &work->shared_padding->buffers[LSTM_C] : NULL,
    };
}

/* The input of the recurrence: x after dropout, and reversed for go_backwards. `taken` is the storage for it. */
static const struct sequence *input_of(const struct layer *layer, const struct work *work, const struct sequence *in,
                                       struct sequence *taken) {
    const struct recurrent_settings *s = layer->settings;
    *taken = *in;
    if (work->buffers[LSTM_REVERSED].memory)
        taken->data = work->buffers[LSTM_REVERSED];
    else if (work->training && s->dropout > 0)
        taken->data = work->buffers[LSTM_DROPPED];
    return taken;
}

static mood_status drop_input(const struct lstm_run *run, const struct pass *pass, const struct buffer *x,
                              const struct buffer *y, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    struct dropout dropout = {.rate = s->dropout,
                              .packing = run->packing,
                              .rows = packing_all(run->packing),
                              .D = run->E,
                              .shared_by_steps = true};
    return layer_dropout(run->layer, pass, &dropout, x, y, err);
}

static mood_status make_input(const struct lstm_run *run, const struct pass *pass, const struct sequence *in,
                              mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    const struct buffer *x = &in->data, *buffers = run->work->buffers;
    mood_status status = MOOD_OK;
    if (run->work->training && s->dropout > 0) {
        status = drop_input(run, pass, x, &buffers[LSTM_DROPPED], err);
        x = &buffers[LSTM_DROPPED];
    }
    if (status == MOOD_OK && buffers[LSTM_REVERSED].memory)
        status = layer_reverse_steps(run->queue, x, &buffers[LSTM_REVERSED], run->packing, run->E, err);
    return status;
}

/* Reverse the gradient of x, which is in the order of processing. LSTM_REVERSED is no longer needed here and serves
 * as the destination. */
static mood_status reverse_gradient(const struct lstm_run *run, mood_error *err) {
    struct work *work = run->work;
    struct buffer in_order = work->buffers[LSTM_REVERSED];
    mood_status status = layer_reverse_steps(run->queue, &work->d_in, &in_order, run->packing, run->E, err);
    work->buffers[LSTM_REVERSED] = work->d_in;
    work->d_in = in_order;
    return status;
}

static mood_status lstm_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                    const struct sequence *in, mood_error *err) {
    if (runs_by_steps(layer, work->training))
        return recurrent_forward(layer, pass, work, in, err);
    const struct recurrent_settings *s = layer->settings;
    struct lstm_run run = run_of(layer, pass->queue, work, in);
    struct sequence taken;
    mood_status status = make_input(&run, pass, in, err);
    run.in = input_of(layer, work, in, &taken);
    if (status == MOOD_OK && !s->return_sequences)
        status = recurrent_clear_empty(run.queue, run.packing, &work->buffers[work->training ? LSTM_LAST : LSTM_H],
                                       run.H, err);
    if (status == MOOD_OK)
        status = device_class(pass->queue->device) == CLASS_TILE ? lstm_tile_forward(&run, err)
                                                                 : lstm_gemm_forward(&run, err);
    work->out = (struct sequence){.data = work->buffers[LSTM_H], .rows = in->rows, .D = run.H, .packing = run.packing};
    if (s->return_sequences || work->is_shared_padding)
        return status;
    work->out.rows = run.B;
    work->out.packing = NULL;
    if (work->training)
        work->out.data = work->buffers[LSTM_LAST];
    return status;
}

/* Add the gradients of these rows' initial states to the gradients of the shared padding's states. The first call
 * writes all steps, because later calls may concern other steps. */
static mood_status add_shared_padding_gradients(const struct lstm_run *run, mood_error *err) {
    struct work *shared_padding = run->work->shared_padding;
    struct launch launch;
    if (!shared_padding || run->packing->padding_steps == 0)
        return MOOD_OK;
    mood_status status = launch_begin(run->queue, "lstm_shared_padding_gradients", &launch, err);
    if (status != MOOD_OK)
        return status;
    size_t steps = shared_padding->reached ? run->packing->padding_steps : run->T - 1;
    launch_buffer(&launch, &run->packing->steps);
    launch_buffer(&launch, &run->work->buffers[LSTM_DH]);
    launch_buffer(&launch, &run->work->buffers[LSTM_CELL]);
    launch_int(&launch, !shared_padding->reached);
    launch_buffer(&launch, &shared_padding->buffers[LSTM_SHARED_PADDING_DH]);
    launch_buffer(&launch, &shared_padding->buffers[LSTM_SHARED_PADDING_DC]);
    launch_int(&launch, steps);
    launch_int(&launch, run->H);
    shared_padding->reached = true;
    return launch_run(&launch, steps * run->H, 64, err);
}

/* Add the gradient that arrives from the shared padding of the layer above. */
static mood_status add_gradients_from_above(const struct lstm_run *run, const struct buffer *d_out, mood_error *err) {
    return layer_add_to(run->queue, d_out, &run->work->buffers[LSTM_SHARED_PADDING_DH], run->T * run->H, err);
}

static mood_status lstm_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                     const struct sequence *in, const struct buffer *d_out, unsigned want,
                                     mood_error *err) {
    if (runs_by_steps(layer, true))
        return recurrent_backward(layer, pass, work, in, d_out, want, err);
    const struct recurrent_settings *s = layer->settings;
    struct lstm_run run = run_of(layer, pass->queue, work, in);
    struct lstm_gradients gradients = {.d_h = d_out,
                                       .last_only = !s->return_sequences,
                                       .d_in = want & WANT_INPUT ? &work->d_in : NULL,
                                       .variables = want & WANT_VARIABLES};
    struct sequence taken;
    mood_status status = MOOD_OK;
    run.in = input_of(layer, work, in, &taken);
    if (work->is_shared_padding) {
        gradients.d_h = &work->buffers[LSTM_SHARED_PADDING_DH];
        gradients.d_c = &work->buffers[LSTM_SHARED_PADDING_DC];
        gradients.last_only = false;
        work->reached = false;
        if (d_out)
            status = add_gradients_from_above(&run, d_out, err);
    }
    if (status == MOOD_OK)
        status = device_class(pass->queue->device) == CLASS_TILE ? lstm_tile_backward(&run, &gradients, err)
                                                                 : lstm_gemm_backward(&run, &gradients, err);
    if (status == MOOD_OK && s->go_backwards && gradients.d_in)
        status = reverse_gradient(&run, err);
    if (status == MOOD_OK && s->dropout > 0 && gradients.d_in)
        status = drop_input(&run, pass, &work->d_in, &work->d_in, err);
    return status == MOOD_OK ? add_shared_padding_gradients(&run, err) : status;
}

static void lstm_stage(const struct layer *layer, struct work *work, struct stage *stage) {
    const struct work *shared_padding = work->shared_padding;
    work->out = (struct sequence){.data = work->buffers[LSTM_H], .D = layer->out.D};
    *stage = (struct stage){
        .type = STAGE_LSTM,
        .K = (cl_int)layer->in.D,
        .N = (cl_int)layer->out.D,
        .keep_h = work->is_shared_padding || work->keep_steps,
        .keep_c = work->is_shared_padding,
        .weight = layer->derived[TILE_PACKED].host,
        .bias = layer->derived[TILE_PACKED_BIAS].host,
        .words = layer->derived[TILE_TABLE].host,
        .zeros = work->buffers[LSTM_ZEROS].host,
        .padding_h = shared_padding ? shared_padding->buffers[LSTM_H].host : NULL,
        .padding_c = shared_padding ? shared_padding->buffers[LSTM_C].host : NULL,
        .out = work->buffers[LSTM_H].host,
        .kept = work->buffers[LSTM_C].host,
    };
}

/* In the gemm class BLAS multiplies the rows of the embedding, and its order of addition differs, so there is no
 * folding. */
static size_t lstm_table_bytes(const struct layer *layer, const struct layer *embedding, const mood_device *device) {
    return has_kernels(layer) && device_class(device) == CLASS_TILE
               ? recurrent_tile_table_bytes(layer, embedding, device)
               : 0;
}

static const struct recurrent_settings defaults = {
    RECURRENT_DEFAULTS,
    .unit_forget_bias = true,
};

static const struct field fields[] = {
    RECURRENT_FIELD("units", FIELD_SIZE, units),
    RECURRENT_FIELD("activation", FIELD_ACTIVATION, activation),
    RECURRENT_FIELD("recurrent_activation", FIELD_ACTIVATION, recurrent_activation),
    RECURRENT_WEIGHTS,
    RECURRENT_FIELD("unit_forget_bias", FIELD_BOOL, unit_forget_bias),
    RECURRENT_OTHERS,
};

const struct layer_type lstm_type = {
    RECURRENT_TYPE("LSTM", "lstm"),
    .traits = HAS_STATE | USES_MASK,
    .more_traits = lstm_more_traits,
    .prepare = lstm_prepare,
    .table_bytes = lstm_table_bytes,
    .fold = recurrent_tile_fold,
    .plan = lstm_plan,
    .forward = lstm_run_forward,
    .stage = lstm_stage,
    .backward = lstm_run_backward,
};
