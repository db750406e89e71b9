/* The records that are being processed. */
#ifndef STREAM_BATCH_H
#define STREAM_BATCH_H

#include "stream/channel.h"
#include "stream/item.h"
#include "stream/positions.h"

struct batch {
    size_t capacity, outputs;
    mood_record *records; /* [count], not released yet */
    struct item *items;   /* [count], set while the batch is processed */
    mood_text *texts;     /* [capacity]: of the items that are scored */
    size_t *text_items;   /* [capacity]: the index of each text's item */
    float *scores;        /* [capacity, outputs]: of texts */
    size_t count;
    double start; /* arrival of its first record [clock_seconds] */
};

/* Call batch_clear after a failure, too. */
mood_status batch_init(struct batch *batch, size_t capacity, size_t outputs, mood_error *err);
void batch_clear(struct batch *batch);

/* Take over records [n]; there must be room. Returns their bytes. */
size_t batch_append(struct batch *batch, const mood_record *records, size_t n);

/* The scores [outputs] of a scored item. */
float *batch_scores(const struct batch *batch, size_t index);

/* For each partition without a position: the position of its first record from record `first` on. False: out of memory.
 */
bool batch_first_positions(const struct batch *batch, size_t first, struct positions *positions);

/* These partitions are to be handed over. */
void batch_mark_revoked(struct batch *batch, const mood_position *partitions, size_t n);

/* Another member has these partitions: their items are not sent. The records are released with the batch. */
void batch_mark_lost(struct batch *batch, const mood_position *partitions, size_t n);

/* Release the records of these partitions, before the batch is processed. */
void batch_remove(struct batch *batch, struct channel *channel, const mood_position *partitions, size_t n);

/* Release all records. */
void batch_release(struct batch *batch, struct channel *channel);

#endif
