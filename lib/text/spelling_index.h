/* The ids of a vocabulary's words by their other spellings. */
#ifndef TEXT_SPELLING_INDEX_H
#define TEXT_SPELLING_INDEX_H

#include <stdint.h>

#include "text/spelling.h"

/* A spelling of the word with that id. Its text is in spelling_index.text. */
struct spelling_entry {
    uint32_t hash, at;
    int32_t id;
    uint32_t next; /* the next entry of the same spelling + 1; 0: none */
    uint8_t size, rank;
    bool seen; /* for a first entry: spelling_index_take has returned it */
};

/* Initialize with {0}. */
struct spelling_index {
    struct bytes text;
    struct spelling_entry *entries; /* [count] */
    size_t count, capacity;
    uint32_t *slots; /* [slot_count]: a first entry + 1; 0: free. slot_count is a power of two, at least twice count */
    size_t slot_count;
};

/* Add the spellings of a word. False: out of memory, or more than 2^32 bytes; the index can only be freed. */
bool spelling_index_add(struct spelling_index *index, mood_text word, int32_t id, struct spelling_buffers *buffers);
void spelling_index_free(struct spelling_index *index);

/* The first entry of a spelling. NULL if the index does not have it, or if an earlier call has returned it. */
const struct spelling_entry *spelling_index_take(struct spelling_index *index, mood_text spelling);

/* The entry of the next word with the same spelling; NULL: none. */
const struct spelling_entry *spelling_index_next(const struct spelling_index *index,
                                                 const struct spelling_entry *entry);

#endif
