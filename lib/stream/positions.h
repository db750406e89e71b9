/* At most one position a partition, with topics of its own: it outlives the records that it comes from. */
#ifndef STREAM_POSITIONS_H
#define STREAM_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/connector.h"

struct positions {
    mood_position *list; /* [count] */
    size_t count, capacity;
};

/* NULL: that partition has none. */
mood_position *positions_find(const struct positions *positions, const mood_position *partition);

/* The partition's, added where it has none. False: out of memory. */
bool positions_set(struct positions *positions, const mood_position *partition, int64_t offset);

/* Nothing of those partitions any more. */
void positions_remove(struct positions *positions, const mood_position *partitions, size_t n);

void positions_empty(struct positions *positions);
void positions_free(struct positions *positions);

/* Whether a position is of one of those partitions. */
bool position_is_of(const mood_position *position, const mood_position *partitions, size_t n);

#endif
