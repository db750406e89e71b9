/* LSTM by kernels/lstm_tile.cl. */
#include "base/blocks.h"
#include "device/tiles.h"
#include "layers/lstm.h"

size_t lstm_tile_gates(const mood_device *device, size_t H) {
    return blocks_of(H, device->vector_width) * 4 * device->vector_width;
}

static mood_status make(struct queue *queue, size_t count, struct buffer *buffer, mood_error *err) {
    return buffer->memory ? MOOD_OK : buffer_create(queue->device, count, sizeof(float), buffer, err);
}

static mood_status pack(struct layer *layer, struct queue *queue, size_t E, size_t H, mood_error *err) {
    struct buffer *packed = &layer->derived[LSTM_PACKED], *packed_bias = &layer->derived[LSTM_PACKED_BIAS];
    size_t W = queue->device->vector_width, blocks = blocks_of(H, W);
    struct launch launch;
    mood_status status = make(queue, blocks * (E + H) * 4 * W, packed, err);
    if (status == MOOD_OK)
        status = make(queue, blocks * 4 * W, packed_bias, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "lstm_tile_pack", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &layer->variables[LSTM_KERNEL].value);
    launch_buffer(&launch, &layer->variables[LSTM_RECURRENT].value);
    launch_buffer(&launch, lstm_bias(layer));
    launch_buffer(&launch, packed);
    launch_buffer(&launch, packed_bias);
    launch_int(&launch, E);
    launch_int(&launch, H);
    return launch_run(&launch, blocks * (E + H + 1), 16, err);
}

static mood_status pack_transposed(struct layer *layer, struct queue *queue, size_t E, size_t H, mood_error *err) {
    struct buffer *packed = &layer->derived[LSTM_RECURRENT_T];
    size_t W = queue->device->vector_width, lanes = TILE_COLUMNS(W) * W;
    size_t blocks = blocks_of(H, lanes) + blocks_of(E, lanes);
    struct launch launch;
    mood_status status = make(queue, blocks * lstm_tile_gates(queue->device, H) * lanes, packed, err);
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
    size_t E = layer->in.D, H = layer->out.D;
    mood_status status = pack(layer, queue, E, H, err);
    if (status != MOOD_OK || !layer->needs_backward)
        return status;
    lstm_tune_tiles(queue);
    return pack_transposed(layer, queue, E, H, err);
}

/* A larger table would evict other data from the caches, and take long to compute. */
#define TABLE_BYTES ((size_t)32 << 20)

mood_status lstm_tile_fold(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                           mood_error *err) {
    const struct variable *embeddings = &embedding->variables[0];
    size_t V = embeddings->dims[0], E = layer->in.D, H = layer->out.D, W = queue->device->vector_width;
    size_t word = blocks_of(H, W) * 4 * W * sizeof(float);
    struct buffer *table = &layer->derived[LSTM_TABLE];
    unsigned height = tiles_tallest(queue->device); /* always the height that the known-answer test runs */
    struct launch launch;
    if (V > TABLE_BYTES / word)
        return MOOD_OK;
    if (!table->memory && buffer_create(queue->device, V, word, table, NULL) != MOOD_OK)
        return MOOD_OK; /* the table is optional */
    mood_status status = launch_begin_tiles(queue, "lstm_tile_table", height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &embeddings->value);
    launch_buffer(&launch, &layer->derived[LSTM_PACKED]);
    launch_buffer(&launch, &layer->derived[LSTM_PACKED_BIAS]);
    launch_buffer(&launch, table);
    launch_int(&launch, V);
    launch_int(&launch, E);
    launch_int(&launch, H);
    status = launch_run(&launch, blocks_of(V, height), 1, err);
    *folded = status == MOOD_OK;
    return status;
}

static mood_status rows_forward(const struct lstm_run *run, const struct tiles *tiles, mood_error *err) {
    struct work *work = run->work;
    const struct sequence *in = run->in;
    bool training = work->training;
    struct launch launch;
    mood_status status = launch_begin_tiles(run->queue, "lstm_tile_forward", tiles->height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, in->is_ids ? NULL : &in->data);
    launch_buffer(&launch, in->is_ids ? &in->data : NULL);
    launch_buffer(&launch, in->is_ids ? &run->layer->derived[LSTM_TABLE] : NULL);
    launch_buffer(&launch, &run->packing->steps);
    launch_buffer(&launch, &run->packing->start);
    launch_buffer(&launch, &run->layer->derived[LSTM_PACKED]);
    launch_buffer(&launch, &run->layer->derived[LSTM_PACKED_BIAS]);
    launch_buffer(&launch, &work->buffers[LSTM_ZEROS]);
    launch_buffer(&launch, run->padding_h);
    launch_buffer(&launch, run->padding_c);
    launch_buffer(&launch, &work->buffers[LSTM_H]);
    launch_int(&launch, run->keep_h);
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_int(&launch, run->keep_c);
    launch_buffer(&launch, training ? &work->buffers[LSTM_BEFORE] : NULL);
    launch_buffer(&launch, training ? &work->buffers[LSTM_GATES] : NULL);
    launch_buffer(&launch, &work->buffers[LSTM_LAST]);
    launch_int(&launch, tiles->first);
    launch_int(&launch, tiles->end);
    launch_int(&launch, run->B);
    launch_int(&launch, run->T);
    launch_int(&launch, run->E);
    launch_int(&launch, run->H);
    return launch_run(&launch, tiles->items, 1, err);
}

/* The number of parts for a few rows. Large weights are not read once more for them. */
static size_t cut(const struct lstm_run *run, struct tiles parts[MOST_PARTS]) {
    if ((run->E + run->H) * 4 * run->H * sizeof(float) <= LARGE_WEIGHTS)
        return device_parts(run->queue->device, run->B, parts);
    parts[0] = device_tiles(run->queue->device, run->B);
    return 1;
}

mood_status lstm_tile_forward(const struct lstm_run *run, mood_error *err) {
    struct tiles parts[MOST_PARTS];
    size_t count = cut(run, parts);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = rows_forward(run, &parts[i], err);
    return status;
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
    size_t count = cut(run, parts);
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
