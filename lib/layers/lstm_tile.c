/* LSTM in the tile class: kernels/recurrent_tile_forward.cl and lstm_tile_backward.cl. */
#include "base/blocks.h"
#include "layers/lstm.h"
#include "layers/recurrent_tile.h"

size_t lstm_tile_gates(const mood_device *device, size_t H) {
    return blocks_of(H, device->vector_width) * 4 * device->vector_width;
}

static mood_status pack_transposed(struct layer *layer, struct queue *queue, size_t E, size_t H, mood_error *err) {
    struct buffer *packed = &layer->derived[LSTM_RECURRENT_T];
    size_t W = queue->device->vector_width, lanes = TILE_COLUMNS(W) * W;
    size_t blocks = blocks_of(H, lanes) + blocks_of(E, lanes);
    struct launch launch;
    size_t count = blocks * lstm_tile_gates(queue->device, H) * lanes;
    mood_status status = packed->memory ? MOOD_OK : buffer_create(queue->device, count, sizeof(float), packed, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "lstm_tile_pack_transposed", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &layer->variables[LSTM_KERNEL].value);
    launch_buffer(&launch, &layer->variables[LSTM_RECURRENT].value);
    launch_buffer(&launch, packed);
    launch_int(&launch, E);
    launch_int(&launch, H);
    return launch_run(&launch, blocks * lanes, 16, err);
}

mood_status lstm_tile_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    mood_status status = recurrent_tile_pack(layer, "lstm_tile_pack", queue, err);
    if (status != MOOD_OK || !layer->needs_backward)
        return status;
    lstm_tune_tiles(queue);
    return pack_transposed(layer, queue, layer->in.D, layer->out.D, err);
}

mood_status lstm_tile_forward(const struct lstm_run *run, mood_error *err) {
    const struct work *work = run->work;
    const struct buffer *buffers = work->buffers;
    struct tile_run tile_run = {
        .layer = run->layer,
        .queue = run->queue,
        .in = run->in,
        .type = STAGE_LSTM,
        .reversed = run->reversed,
        .keep_h = run->keep_h,
        .keep_c = run->keep_c,
        .zeros = &buffers[LSTM_ZEROS],
        .padding_h = run->padding_h,
        .padding_c = run->padding_c,
        .h = &buffers[LSTM_H],
        .c = &buffers[LSTM_C],
        .before = work->training ? &buffers[LSTM_BEFORE] : NULL,
        .gates = work->training ? &buffers[LSTM_GATES] : NULL,
        .last = &buffers[LSTM_LAST],
    };
    return recurrent_tile_forward(&tile_run, err);
}

static mood_status rows_through_time(const struct lstm_run *run, const struct lstm_gradients *gradients,
                                     const struct tiles *tiles, mood_error *err) {
    struct work *work = run->work;
    struct launch launch;
    mood_status status = launch_begin_tiles(run->queue, "lstm_tile_backward", tiles->height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, gradients->d_h);
    launch_int(&launch, gradients->last_only);
    launch_buffer(&launch, gradients->d_c);
    launch_buffer(&launch, &run->packing->steps);
    launch_buffer(&launch, &run->packing->start);
    launch_buffer(&launch, &run->layer->derived[LSTM_RECURRENT_T]);
    launch_buffer(&launch, &work->buffers[LSTM_ZEROS]);
    launch_buffer(&launch, run->padding_c);
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_buffer(&launch, &work->buffers[LSTM_DH]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_buffer(&launch, gradients->d_in);
    launch_int(&launch, tiles->first);
    launch_int(&launch, tiles->end);
    launch_int(&launch, run->T);
    launch_int(&launch, run->E);
    launch_int(&launch, run->H);
    return launch_run(&launch, tiles->items, 1, err);
}

static mood_status through_time(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err) {
    struct tiles parts[MOST_PARTS];
    size_t count = recurrent_tile_parts(run->layer, run->queue->device, run->B, parts);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = rows_through_time(run, gradients, &parts[i], err);
    return status;
}

/* Panels of columns are distributed first; strips of rows only if units of the device would be idle. */
static mood_status weight_gradients(const struct lstm_run *run, mood_error *err) {
    const mood_device *device = run->queue->device;
    const struct variable *variables = run->layer->variables;
    size_t panels = blocks_of(run->H, device->vector_width), items = device->info.compute_units;
    unsigned height = device_tiles(device, run->E + run->H).height;
    struct launch launch;
    mood_status status = launch_begin_tiles(run->queue, "lstm_tile_weights", height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &run->in->data);
    launch_buffer(&launch, &run->work->buffers[LSTM_BEFORE]);
    launch_buffer(&launch, &run->work->buffers[LSTM_GATES]);
    launch_buffer(&launch, &variables[LSTM_KERNEL].gradient);
    launch_buffer(&launch, &variables[LSTM_RECURRENT].gradient);
    launch_buffer(&launch, lstm_bias(run->layer) ? &variables[LSTM_BIAS].gradient : NULL);
    launch_int(&launch, run->in->rows);
    launch_int(&launch, run->E);
    launch_int(&launch, run->H);
    return launch_run_2d(&launch, blocks_of(items, panels), 1, items < panels ? items : panels, err);
}

mood_status lstm_tile_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err) {
    mood_status status = through_time(run, gradients, err);
    return status == MOOD_OK && gradients->variables ? weight_gradients(run, err) : status;
}
