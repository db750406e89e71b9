/* Positions by partition. A process has few partitions, so a linear search is fast enough. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "stream/positions.h"

static bool same_partition(const mood_position *a, const mood_position *b) {
    return a->partition == b->partition && strcmp(a->topic, b->topic) == 0;
}

bool position_is_of(const mood_position *position, const mood_position *partitions, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (same_partition(&partitions[i], position))
            return true;
    return false;
}

mood_position *positions_find(const struct positions *positions, const mood_position *partition) {
    for (size_t i = 0; i < positions->count; i++)
        if (same_partition(&positions->list[i], partition))
            return &positions->list[i];
    return NULL;
}

bool positions_set(struct positions *positions, const mood_position *partition, int64_t offset) {
    mood_position *found = positions_find(positions, partition);
    if (found) {
        found->offset = offset;
        return true;
    }
    mood_position *list = array_grow(positions->list, &positions->capacity, positions->count + 1, sizeof *list);
    char *topic = strdup(partition->topic);
    if (list)
        positions->list = list;
    if (!list || !topic) {
        free(topic);
        return false;
    }
    list[positions->count++] = (mood_position){topic, partition->partition, offset};
    return true;
}

void positions_remove(struct positions *positions, const mood_position *partitions, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < positions->count; i++)
        if (position_is_of(&positions->list[i], partitions, n))
            free((char *)positions->list[i].topic);
        else
            positions->list[kept++] = positions->list[i];
    positions->count = kept;
}

void positions_empty(struct positions *positions) {
    for (size_t i = 0; i < positions->count; i++)
        free((char *)positions->list[i].topic);
    positions->count = 0;
}

void positions_free(struct positions *positions) {
    positions_empty(positions);
    free(positions->list);
    *positions = (struct positions){0};
}
