/* LSTM by matrix products: the input's product for many time steps at once; then the recurrence, either one time
 * step at a time with a product each (kernels/lstm_gemm.cl), or many time steps in one launch (lstm_group.c). */
#include "layers/lstm.h"

static mood_status transpose(struct layer *layer, struct queue *queue, int variable, int derived, mood_error *err) {
    const struct variable *from = &layer->variables[variable];
    struct buffer *to = &layer->derived[derived];
    size_t M = from->dims[0], N = from->dims[1];
    mood_status status = to->memory ? MOOD_OK : buffer_create(queue->device, M * N, sizeof(float), to, err);
    return status == MOOD_OK ? gemm_transpose(queue, M, N, (struct matrix){&from->value, 0, N}, to, err) : status;
}

static bool in_groups(const struct lstm_run *run) {
    return lstm_group_fits(run->queue->device, run->H);
}

mood_status lstm_gemm_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    mood_status status = MOOD_OK;
    if (lstm_group_fits(queue->device, layer->out.D))
        status = lstm_group_prepare(layer, queue, err);
    if (status != MOOD_OK || !layer->needs_backward)
        return status;
    status = transpose(layer, queue, LSTM_KERNEL, LSTM_KERNEL_T, err);
    return status == MOOD_OK ? transpose(layer, queue, LSTM_RECURRENT, LSTM_RECURRENT_T, err) : status;
}

static mood_status begin(const struct lstm_run *run, const struct buffer *shared_padding, const struct buffer *state,
                         mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_gemm_begin", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, shared_padding);
    launch_buffer(&launch, &run->packing->start);
    launch_buffer(&launch, state);
    launch_int(&launch, run->B);
    launch_int(&launch, run->H);
    return launch_run(&launch, run->B * run->H, 64, err);
}

/* Time step t, whose z is at row z_row of LSTM_GATES. */
static mood_status step_forward(const struct lstm_run *run, size_t t, size_t z_row, mood_error *err) {
    struct work *work = run->work;
    size_t n = packing_rows(run->packing, t), H = run->H, at = (size_t)run->packing->at[t] * H;
    struct matrix h = {&work->buffers[LSTM_STATE], 0, H}, z = {&work->buffers[LSTM_GATES], z_row * 4 * H, 4 * H};
    struct matrix recurrent = {&run->layer->variables[LSTM_RECURRENT].value, 0, 4 * H};
    struct launch launch;
    mood_status status = gemm(run->queue, false, n, 4 * H, H, h, recurrent, 1.0f, z, err);
    if (status == MOOD_OK)
        status = launch_begin(run->queue, "lstm_gemm_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    bool last = t + 1 == run->T;
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_int(&launch, z.offset);
    launch_buffer(&launch, lstm_bias(run->layer));
    launch_buffer(&launch, &work->buffers[LSTM_STATE]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_buffer(&launch, run->keep_h || last ? &work->buffers[LSTM_H] : NULL);
    launch_int(&launch, run->keep_h ? at : 0);
    launch_buffer(&launch, run->keep_c ? &work->buffers[LSTM_C] : NULL);
    launch_buffer(&launch, work->training ? &work->buffers[LSTM_BEFORE] : NULL);
    launch_int(&launch, run->keep_c ? at : 0);
    launch_int(&launch, n);
    launch_int(&launch, H);
    return launch_run(&launch, n * H, 64, err);
}

/* Time steps first … end-1; LSTM_GATES begins with z of `first`. */
static mood_status steps_forward(const struct lstm_run *run, size_t first, size_t end, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t t = first; t < end && status == MOOD_OK; t++)
        status = step_forward(run, t, (size_t)(run->packing->at[t] - run->packing->at[first]), err);
    return status;
}

/* The end (exclusive) of the time steps from t on whose x·W fits into `room` rows. */
static size_t steps_ahead(const struct packing *packing, size_t t, size_t room) {
    size_t end = t + 1;
    while (end < packing->T && (size_t)(packing->at[end + 1] - packing->at[t]) <= room)
        end++;
    return end;
}

static mood_status input_product(const struct lstm_run *run, size_t first, size_t end, mood_error *err) {
    size_t at = (size_t)run->packing->at[first], rows = (size_t)run->packing->at[end] - at, E = run->E, H = run->H;
    return gemm(run->queue, false, rows, 4 * H, E, (struct matrix){&run->in->data, at * E, E},
                (struct matrix){&run->layer->variables[LSTM_KERNEL].value, 0, 4 * H}, 0.0f,
                (struct matrix){&run->work->buffers[LSTM_GATES], 0, 4 * H}, err);
}

mood_status lstm_gemm_forward(const struct lstm_run *run, mood_error *err) {
    struct work *work = run->work;
    size_t T = run->T, t = 0;
    size_t room = work->training ? T * work->B : lstm_gemm_rows(run->queue->device, work->B, run->layer->in.T, run->H);
    mood_status status = begin(run, run->padding_h, &work->buffers[LSTM_STATE], err);
    if (status == MOOD_OK)
        status = begin(run, run->padding_c, &work->buffers[LSTM_CELL], err);
    while (t < T && packing_rows(run->packing, t) == 0)
        t++;
    while (t < T && status == MOOD_OK) {
        size_t end = steps_ahead(run->packing, t, room);
        status = input_product(run, t, end, err);
        if (status == MOOD_OK)
            status = in_groups(run) ? lstm_group_forward(run, t, end, err) : steps_forward(run, t, end, err);
        t = end;
    }
    if (status == MOOD_OK && work->buffers[LSTM_LAST].memory)
        status = queue_copy(run->queue, &work->buffers[LSTM_STATE], 0, &work->buffers[LSTM_LAST], 0,
                            run->B * run->H * sizeof(float), err);
    return status;
}

static mood_status cell_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, size_t t,
                                 mood_error *err) {
    struct work *work = run->work;
    size_t n = packing_rows(run->packing, t), H = run->H, at = (size_t)run->packing->at[t] * H;
    size_t older = t ? packing_rows(run->packing, t - 1) : 0;
    bool from_above = gradients->d_h && (!gradients->last_only || t + 1 == run->T);
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_gemm_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_int(&launch, 4 * at);
    launch_buffer(&launch, from_above ? gradients->d_h : NULL);
    launch_int(&launch, gradients->last_only ? 0 : at);
    launch_buffer(&launch, gradients->d_c);
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_int(&launch, at);
    launch_int(&launch, at - older * H);
    launch_int(&launch, older);
    launch_buffer(&launch, t ? run->padding_c : NULL);
    launch_int(&launch, t ? (t - 1) * H : 0);
    launch_buffer(&launch, &work->buffers[LSTM_DH]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_int(&launch, n);
    launch_int(&launch, H);
    return launch_run(&launch, n * H, 64, err);
}

/* dh = dZ_t · recurrent kernel transposed. Rows that began at t are finished: their values are the gradients of
 * their initial states. */
static mood_status h_gradient(const struct lstm_run *run, size_t t, mood_error *err) {
    struct work *work = run->work;
    size_t H = run->H, at = (size_t)run->packing->at[t] * 4 * H;
    return gemm(run->queue, false, packing_rows(run->packing, t), H, 4 * H,
                (struct matrix){&work->buffers[LSTM_GATES], at, 4 * H},
                (struct matrix){&run->layer->derived[LSTM_RECURRENT_T], 0, H}, 0.0f,
                (struct matrix){&work->buffers[LSTM_DH], 0, H}, err);
}

/* From the gradients of the gates dZ [rows,4H]: kernel X'·dZ, recurrent kernel (h before each step)'·dZ, bias:
 * column sums of dZ. */
static mood_status weight_gradients(const struct lstm_run *run, mood_error *err) {
    const struct variable *variables = run->layer->variables;
    size_t rows = run->in->rows, E = run->E, H = run->H;
    struct matrix dz = {&run->work->buffers[LSTM_GATES], 0, 4 * H};
    mood_status status = gemm(run->queue, true, E, 4 * H, rows, (struct matrix){&run->in->data, 0, E}, dz, 1.0f,
                              (struct matrix){&variables[LSTM_KERNEL].gradient, 0, 4 * H}, err);
    if (status == MOOD_OK)
        status = gemm(run->queue, true, H, 4 * H, rows, (struct matrix){&run->work->buffers[LSTM_BEFORE], 0, H}, dz,
                      1.0f, (struct matrix){&variables[LSTM_RECURRENT].gradient, 0, 4 * H}, err);
    if (status == MOOD_OK && lstm_bias(run->layer))
        status = layer_add_column_sums(run->queue, dz.buffer, rows, 4 * H, &variables[LSTM_BIAS].gradient, 0, err);
    return status;
}

static mood_status input_gradient(const struct lstm_run *run, const struct buffer *d_in, mood_error *err) {
    size_t E = run->E, H = run->H;
    return gemm(run->queue, false, run->in->rows, E, 4 * H, (struct matrix){&run->work->buffers[LSTM_GATES], 0, 4 * H},
                (struct matrix){&run->layer->derived[LSTM_KERNEL_T], 0, E}, 0.0f, (struct matrix){d_in, 0, E}, err);
}

static mood_status steps_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err) {
    mood_status status = queue_zero(run->queue, &run->work->buffers[LSTM_DH], err);
    if (status == MOOD_OK)
        status = queue_zero(run->queue, &run->work->buffers[LSTM_CELL], err);
    for (size_t t = run->T; t-- > 0 && packing_rows(run->packing, t) > 0 && status == MOOD_OK;) {
        status = cell_backward(run, gradients, t, err);
        if (status == MOOD_OK)
            status = h_gradient(run, t, err);
    }
    return status;
}

mood_status lstm_gemm_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err) {
    mood_status status = in_groups(run) ? lstm_group_backward(run, gradients, err)
                                        : steps_backward(run, gradients, err);
    if (status == MOOD_OK && gradients->variables)
        status = weight_gradients(run, err);
    return status == MOOD_OK && gradients->d_in ? input_gradient(run, gradients->d_in, err) : status;
}
