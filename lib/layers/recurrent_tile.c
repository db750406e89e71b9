/* Recurrent layers in the tile class. */
#include "base/blocks.h"
#include "layers/recurrent.h"
#include "layers/recurrent_tile.h"

static mood_status make(struct queue *queue, size_t count, struct buffer *buffer, mood_error *err) {
    return buffer->memory ? MOOD_OK : buffer_create(queue->device, count, sizeof(float), buffer, err);
}

mood_status recurrent_tile_pack(struct layer *layer, const char *kernel, struct queue *queue, mood_error *err) {
    struct buffer *packed = &layer->derived[TILE_PACKED], *packed_bias = &layer->derived[TILE_PACKED_BIAS];
    bool has_bias = layer->variable_count > RECURRENT_BIAS;
    size_t E = layer->in.D, H = layer->out.D, W = queue->device->vector_width, blocks = blocks_of(H, W);
    struct launch launch;
    mood_status status = make(queue, blocks * (E + H) * 4 * W, packed, err);
    if (status == MOOD_OK)
        status = make(queue, blocks * 4 * W, packed_bias, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, kernel, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &layer->variables[RECURRENT_KERNEL].value);
    launch_buffer(&launch, &layer->variables[RECURRENT_RECURRENT].value);
    launch_buffer(&launch, has_bias ? &layer->variables[RECURRENT_BIAS].value : NULL);
    launch_buffer(&launch, packed);
    launch_buffer(&launch, packed_bias);
    launch_int(&launch, E);
    launch_int(&launch, H);
    return launch_run(&launch, blocks * (E + H + 1), 16, err);
}

static size_t word_bytes(const struct layer *layer, const mood_device *device) {
    return blocks_of(layer->out.D, device->vector_width) * 4 * device->vector_width * sizeof(float);
}

size_t recurrent_tile_table_bytes(const struct layer *layer, const struct layer *embedding, const mood_device *device) {
    return embedding->variables[0].dims[0] * word_bytes(layer, device);
}

mood_status recurrent_tile_fold(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                                mood_error *err) {
    const struct variable *embeddings = &embedding->variables[0];
    size_t V = embeddings->dims[0], word = word_bytes(layer, queue->device);
    struct buffer *table = &layer->derived[TILE_TABLE];
    unsigned height = tiles_tallest(queue->device); /* always the height that the known-answer test runs */
    struct launch launch;
    *folded = false;
    if (!table->memory && buffer_create(queue->device, V, word, table, NULL) != MOOD_OK)
        return MOOD_OK; /* the table is optional */
    mood_status status = launch_begin_tiles(queue, "recurrent_tile_table", height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &embeddings->value);
    launch_buffer(&launch, &layer->derived[TILE_PACKED]);
    launch_buffer(&launch, &layer->derived[TILE_PACKED_BIAS]);
    launch_buffer(&launch, table);
    launch_int(&launch, V);
    launch_int(&launch, layer->in.D);
    launch_int(&launch, layer->out.D);
    status = launch_run(&launch, blocks_of(V, height), 1, err);
    *folded = status == MOOD_OK;
    return status;
}

static mood_status rows_forward(const struct tile_run *run, const struct tiles *tiles, mood_error *err) {
    const struct layer *layer = run->layer;
    const struct sequence *in = run->in;
    struct launch launch;
    mood_status status = launch_begin_tiles(run->queue, "recurrent_tile_forward", tiles->height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, in->is_ids ? NULL : &in->data);
    launch_buffer(&launch, in->is_ids ? &in->data : NULL);
    launch_buffer(&launch, in->is_ids ? &layer->derived[TILE_TABLE] : NULL);
    launch_buffer(&launch, &in->packing->steps);
    launch_buffer(&launch, &in->packing->start);
    launch_buffer(&launch, &layer->derived[TILE_PACKED]);
    launch_buffer(&launch, &layer->derived[TILE_PACKED_BIAS]);
    launch_buffer(&launch, run->zeros);
    launch_buffer(&launch, run->padding_h);
    launch_buffer(&launch, run->padding_c);
    launch_buffer(&launch, run->h);
    launch_int(&launch, run->keep_h);
    launch_buffer(&launch, run->c);
    launch_int(&launch, run->keep_c);
    launch_buffer(&launch, run->before);
    launch_buffer(&launch, run->gates);
    launch_buffer(&launch, run->last);
    launch_int(&launch, run->type);
    launch_int(&launch, run->reversed);
    launch_int(&launch, tiles->first);
    launch_int(&launch, tiles->end);
    launch_int(&launch, in->packing->B);
    launch_int(&launch, in->packing->T);
    launch_int(&launch, layer->in.D);
    launch_int(&launch, layer->out.D);
    return launch_run(&launch, tiles->items, 1, err);
}

size_t recurrent_tile_parts(const struct layer *layer, const mood_device *device, size_t B,
                            struct tiles parts[MOST_PARTS]) {
    size_t E = layer->in.D, H = layer->out.D;
    if ((E + H) * 4 * H * sizeof(float) <= LARGE_WEIGHTS)
        return device_parts(device, B, parts);
    parts[0] = device_tiles(device, B);
    return 1;
}

mood_status recurrent_tile_forward(const struct tile_run *run, mood_error *err) {
    struct tiles parts[MOST_PARTS];
    size_t count = recurrent_tile_parts(run->layer, run->queue->device, run->in->packing->B, parts);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = rows_forward(run, &parts[i], err);
    return status;
}
