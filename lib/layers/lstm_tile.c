/* LSTM by kernels/lstm_tile.cl. */
#include "layers/lstm.h"

static size_t blocks_of(size_t n, size_t width) {
    return (n + width - 1) / width;
}

static mood_status make_derived(struct layer *layer, struct queue *queue, size_t E, size_t H, mood_error *err) {
    size_t W = queue->device->vector_width, blocks = blocks_of(H, W);
    mood_status status = MOOD_OK;
    if (!layer->derived[LSTM_PACKED].memory)
        status = buffer_create(queue->device, blocks * (E + H) * 4 * W, sizeof(float), &layer->derived[LSTM_PACKED], err);
    if (status == MOOD_OK && !layer->derived[LSTM_PACKED_BIAS].memory)
        status = buffer_create(queue->device, blocks * 4 * W, sizeof(float), &layer->derived[LSTM_PACKED_BIAS], err);
    if (status == MOOD_OK && layer->parameters[LSTM_RECURRENT].gradient.memory &&
        !layer->derived[LSTM_RECURRENT_T].memory)
        status = buffer_create(queue->device, blocks_of(H, 2 * W) * 4 * H * 2 * W, sizeof(float),
                               &layer->derived[LSTM_RECURRENT_T], err);
    return status;
}

static mood_status pack(struct layer *layer, struct queue *queue, size_t E, size_t H, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "lstm_tile_pack", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &layer->parameters[LSTM_KERNEL].value);
    launch_buffer(&launch, &layer->parameters[LSTM_RECURRENT].value);
    launch_buffer(&launch, lstm_bias(layer));
    launch_buffer(&launch, &layer->derived[LSTM_PACKED]);
    launch_buffer(&launch, &layer->derived[LSTM_PACKED_BIAS]);
    launch_int(&launch, E);
    launch_int(&launch, H);
    size_t W = queue->device->vector_width;
    return launch_run(&launch, blocks_of(H, W) * (E + H + 1) * 4 * W, 256, err);
}

static mood_status pack_transposed(struct layer *layer, struct queue *queue, size_t H, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "lstm_tile_pack_transposed", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &layer->parameters[LSTM_RECURRENT].value);
    launch_buffer(&launch, &layer->derived[LSTM_RECURRENT_T]);
    launch_int(&launch, H);
    size_t W = queue->device->vector_width;
    return launch_run(&launch, blocks_of(H, 2 * W) * 4 * H * 2 * W, 256, err);
}

mood_status lstm_tile_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    size_t E = layer->in.D, H = layer->out.D;
    mood_status status = make_derived(layer, queue, E, H, err);
    if (status == MOOD_OK)
        status = pack(layer, queue, E, H, err);
    if (status == MOOD_OK && layer->derived[LSTM_RECURRENT_T].memory)
        status = pack_transposed(layer, queue, H, err);
    return status;
}

mood_status lstm_tile_forward(const struct lstm_run *run, mood_error *err) {
    struct work *work = run->work;
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_tile_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &run->in->data);
    launch_buffer(&launch, &run->in->start);
    launch_buffer(&launch, &run->layer->derived[LSTM_PACKED]);
    launch_buffer(&launch, &run->layer->derived[LSTM_PACKED_BIAS]);
    launch_buffer(&launch, run->h0);
    launch_buffer(&launch, run->c0);
    launch_int(&launch, run->state_row);
    launch_int(&launch, run->state_step);
    launch_buffer(&launch, &work->buffers[LSTM_H]);
    launch_int(&launch, run->keep_h ? -1 : 1);
    launch_int(&launch, run->keep_h ? 0 : (run->T + 1) % 2); /* so that the last step lands in front */
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_int(&launch, work->training ? -1 : 0);
    launch_buffer(&launch, work->training ? &work->buffers[LSTM_GATES] : NULL);
    launch_int(&launch, run->B);
    launch_int(&launch, run->T);
    launch_int(&launch, run->E);
    launch_int(&launch, run->H);
    return launch_run(&launch, blocks_of(run->B, run->queue->device->tile_rows), 1, err);
}

mood_status lstm_tile_backward(const struct lstm_run *run, const struct buffer *d_out, mood_error *err) {
    const struct lstm_settings *settings = run->layer->settings;
    struct work *work = run->work;
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_tile_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_int(&launch, !settings->return_sequences);
    launch_buffer(&launch, &run->in->start);
    launch_buffer(&launch, &run->layer->derived[LSTM_RECURRENT_T]);
    launch_buffer(&launch, run->c0);
    launch_int(&launch, run->state_row);
    launch_int(&launch, run->state_step);
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_buffer(&launch, &work->buffers[LSTM_DH]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_int(&launch, run->B);
    launch_int(&launch, run->T);
    launch_int(&launch, run->H);
    return launch_run(&launch, blocks_of(run->B, run->queue->device->tile_rows), 1, err);
}
