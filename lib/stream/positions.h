/* Positions, at most one per partition. Topics are copied, because a position outlives the record that it comes from.
 */
#ifndef STREAM_POSITIONS_H
#define STREAM_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/connector.h"

/* Initialize with {0}. */
struct positions {
    mood_position *list; /* [count] */
    size_t count, capacity;
};

/* The position of that partition; NULL: none. */
mood_position *positions_find(const struct positions *positions, const mood_position *partition);

/* Set the partition's position; adds it if there is none. False: out of memory. */
bool positions_set(struct positions *positions, const mood_position *partition, int64_t offset);

/* Remove the positions of these partitions. */
void positions_remove(struct positions *positions, const mood_position *partitions, size_t n);

void positions_empty(struct positions *positions);
void positions_free(struct positions *positions);

/* Whether a position belongs to one of these partitions. */
bool position_is_of(const mood_position *position, const mood_position *partitions, size_t n);

#endif
