/* The records that are being processed. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "stream/batch.h"

mood_status batch_init(struct batch *batch, size_t capacity, size_t outputs, mood_error *err) {
    *batch = (struct batch){.capacity = capacity, .outputs = outputs};
    batch->records = calloc(capacity, sizeof *batch->records);
    batch->items = calloc(capacity, sizeof *batch->items);
    batch->texts = calloc(capacity, sizeof *batch->texts);
    batch->text_items = calloc(capacity, sizeof *batch->text_items);
    batch->scores = reallocarray(NULL, capacity, outputs * sizeof *batch->scores);
    return batch->records && batch->items && batch->texts && batch->text_items && batch->scores ? MOOD_OK
                                                                                                : error_no_memory(err);
}

void batch_clear(struct batch *batch) {
    free(batch->scores);
    free(batch->text_items);
    free(batch->texts);
    free(batch->items);
    free(batch->records);
    *batch = (struct batch){0};
}

static size_t record_size(const mood_record *record) {
    size_t size = record->key_size + record->value_size;
    for (size_t i = 0; i < record->header_count; i++)
        size += record->headers[i].size;
    return size;
}

size_t batch_append(struct batch *batch, const mood_record *records, size_t n) {
    size_t bytes = 0;
    memcpy(batch->records + batch->count, records, n * sizeof *records);
    batch->count += n;
    for (size_t i = 0; i < n; i++)
        bytes += record_size(&records[i]);
    return bytes;
}

float *batch_scores(const struct batch *batch, size_t index) {
    return batch->scores + batch->items[index].row * batch->outputs;
}

bool batch_first_positions(const struct batch *batch, size_t first, struct positions *positions) {
    for (size_t i = first; i < batch->count; i++) {
        const mood_position *position = &batch->records[i].position;
        if (!positions_find(positions, position) && !positions_set(positions, position, position->offset))
            return false;
    }
    return true;
}

void batch_mark_revoked(struct batch *batch, const mood_position *partitions, size_t n) {
    for (size_t i = 0; i < batch->count; i++)
        batch->items[i].revoked = position_is_of(&batch->records[i].position, partitions, n);
}

void batch_mark_lost(struct batch *batch, const mood_position *partitions, size_t n) {
    for (size_t i = 0; i < batch->count; i++)
        if (position_is_of(&batch->records[i].position, partitions, n))
            batch->items[i].kind = ITEM_LOST;
}

void batch_remove(struct batch *batch, struct channel *channel, const mood_position *partitions, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (position_is_of(&batch->records[i].position, partitions, n))
            channel->type->release(channel->connector, &batch->records[i], 1);
        else
            batch->records[kept++] = batch->records[i];
    batch->count = kept;
}

void batch_release(struct batch *batch, struct channel *channel) {
    for (size_t i = 0; i < batch->count; i++)
        item_clear(&batch->items[i]);
    if (batch->count)
        channel->type->release(channel->connector, batch->records, batch->count);
    batch->count = 0;
}
