/* LSTM by matrix products and kernels/lstm_gemm.cl between them. */
#include "layers/lstm.h"

mood_status lstm_gemm_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    const struct parameter *recurrent = &layer->parameters[LSTM_RECURRENT];
    size_t H = layer->out.D;
    mood_status status = MOOD_OK;
    if (!recurrent->gradient.memory)
        return MOOD_OK;
    if (!layer->derived[LSTM_RECURRENT_T].memory)
        status = buffer_create(queue->device, 4 * H * H, sizeof(float), &layer->derived[LSTM_RECURRENT_T], err);
    if (status == MOOD_OK)
        status = gemm_transpose(queue, H, 4 * H, (struct matrix){&recurrent->value, 0, 4 * H},
                                &layer->derived[LSTM_RECURRENT_T], err);
    return status;
}

static mood_status begin(const struct lstm_run *run, const struct buffer *initial, const struct buffer *state,
                         mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_gemm_begin", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, initial);
    launch_int(&launch, run->state_row);
    launch_int(&launch, run->state_step);
    launch_buffer(&launch, &run->in->start);
    launch_buffer(&launch, state);
    launch_int(&launch, run->B);
    launch_int(&launch, run->H);
    return launch_run(&launch, run->B * run->H, 64, err);
}

/* Step t, whose z stands at z_at floats into LSTM_GATES. */
static mood_status step_forward(const struct lstm_run *run, size_t t, size_t z_at, mood_error *err) {
    struct work *work = run->work;
    size_t B = run->B, H = run->H, step = B * H;
    struct matrix h = {&work->buffers[LSTM_STATE], 0, H}, z = {&work->buffers[LSTM_GATES], z_at, 4 * H};
    struct matrix recurrent = {&run->layer->parameters[LSTM_RECURRENT].value, 0, 4 * H};
    struct launch launch;
    mood_status status = gemm(run->queue, false, B, 4 * H, H, h, recurrent, 1.0f, z, err);
    if (status == MOOD_OK)
        status = launch_begin(run->queue, "lstm_gemm_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    bool last = t + 1 == run->T;
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_int(&launch, z_at);
    launch_buffer(&launch, lstm_bias(run->layer));
    launch_buffer(&launch, &run->in->start);
    launch_int(&launch, t);
    launch_buffer(&launch, &work->buffers[LSTM_STATE]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_buffer(&launch, run->keep_h || last ? &work->buffers[LSTM_H] : NULL);
    launch_int(&launch, run->keep_h ? (t * step) : 0);
    launch_buffer(&launch, work->training ? &work->buffers[LSTM_C] : NULL);
    launch_int(&launch, work->training ? (t * step) : 0);
    launch_int(&launch, B);
    launch_int(&launch, H);
    return launch_run(&launch, step, 64, err);
}

mood_status lstm_gemm_forward(const struct lstm_run *run, mood_error *err) {
    struct work *work = run->work;
    size_t B = run->B, T = run->T, E = run->E, H = run->H;
    size_t steps = work->training ? T : lstm_gemm_steps(work->B, T, H);
    struct matrix kernel = {&run->layer->parameters[LSTM_KERNEL].value, 0, 4 * H};
    mood_status status = begin(run, run->h0, &work->buffers[LSTM_STATE], err);
    if (status == MOOD_OK)
        status = begin(run, run->c0, &work->buffers[LSTM_CELL], err);
    for (size_t t = 0; t < T && status == MOOD_OK; t++) {
        size_t ahead = t % steps;
        size_t count = T - t < steps ? T - t : steps;
        if (ahead == 0)
            status = gemm(run->queue, false, count * B, 4 * H, E, (struct matrix){&run->in->data, t * B * E, E}, kernel,
                          0.0f, (struct matrix){&work->buffers[LSTM_GATES], 0, 4 * H}, err);
        if (status == MOOD_OK)
            status = step_forward(run, t, ahead * B * 4 * H, err);
    }
    return status;
}

static mood_status cell_backward(const struct lstm_run *run, const struct buffer *d_out, size_t t, mood_error *err) {
    const struct lstm_settings *settings = run->layer->settings;
    struct work *work = run->work;
    size_t step = run->B * run->H;
    bool from_above = settings->return_sequences || t + 1 == run->T;
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_gemm_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_int(&launch, (t * 4 * step));
    launch_buffer(&launch, from_above ? d_out : NULL);
    launch_int(&launch, settings->return_sequences ? (t * step) : 0);
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_int(&launch, t);
    launch_buffer(&launch, run->c0);
    launch_int(&launch, run->state_row);
    launch_int(&launch, run->state_step);
    launch_buffer(&launch, &run->in->start);
    launch_buffer(&launch, &work->buffers[LSTM_DH]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_int(&launch, run->B);
    launch_int(&launch, run->H);
    return launch_run(&launch, step, 64, err);
}

/* dh = dZ_t · recurrent kernel transposed, but for rows that have not begun at t. */
static mood_status h_gradient(const struct lstm_run *run, size_t t, mood_error *err) {
    struct work *work = run->work;
    size_t B = run->B, H = run->H;
    bool all_rows = !run->in->start.memory;
    const struct buffer *product = &work->buffers[all_rows ? LSTM_DH : LSTM_STATE];
    struct launch launch;
    mood_status status = gemm(run->queue, false, B, H, 4 * H,
                              (struct matrix){&work->buffers[LSTM_GATES], t * B * 4 * H, 4 * H},
                              (struct matrix){&run->layer->derived[LSTM_RECURRENT_T], 0, H}, 0.0f,
                              (struct matrix){product, 0, H}, err);
    if (status != MOOD_OK || all_rows)
        return status;
    status = launch_begin(run->queue, "lstm_gemm_take", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, product);
    launch_buffer(&launch, &run->in->start);
    launch_int(&launch, t);
    launch_buffer(&launch, &work->buffers[LSTM_DH]);
    launch_int(&launch, B);
    launch_int(&launch, H);
    return launch_run(&launch, B * H, 64, err);
}

mood_status lstm_gemm_backward(const struct lstm_run *run, const struct buffer *d_out, mood_error *err) {
    mood_status status = queue_zero(run->queue, &run->work->buffers[LSTM_DH], err);
    if (status == MOOD_OK)
        status = queue_zero(run->queue, &run->work->buffers[LSTM_CELL], err);
    for (size_t t = run->T; t-- > 0 && status == MOOD_OK;) {
        status = cell_backward(run, d_out, t, err);
        if (status == MOOD_OK)
            status = h_gradient(run, t, err);
    }
    return status;
}
