/* A hash table of spellings, with open addressing: about 30 bytes per spelling, plus its text. */
#include "text/spelling_index.h"

#include <stdlib.h>
#include <string.h>

#include "text/table.h"

enum { FIRST_SLOTS = 1024 };

void spelling_index_free(struct spelling_index *index) {
    bytes_free(&index->text);
    free(index->entries);
    free(index->slots);
}

/* The slot of a spelling, or the free slot for it. */
static uint32_t *find_slot(const struct spelling_index *index, mood_text spelling, uint32_t hash) {
    for (size_t i = hash;; i++) {
        uint32_t *slot = &index->slots[i & (index->slot_count - 1)];
        if (*slot == 0)
            return slot;
        const struct spelling_entry *entry = &index->entries[*slot - 1];
        if (entry->hash == hash && entry->size == spelling.size &&
            memcmp(index->text.data + entry->at, spelling.data, spelling.size) == 0)
            return slot;
    }
}

/* Double the slots, which refer to first entries only. */
static bool grow(struct spelling_index *index) {
    size_t count = index->slot_count ? 2 * index->slot_count : FIRST_SLOTS;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < index->slot_count; i++) {
        size_t position = index->slots[i] ? index->entries[index->slots[i] - 1].hash : 0;
        while (index->slots[i] && slots[position & (count - 1)])
            position++;
        if (index->slots[i])
            slots[position & (count - 1)] = index->slots[i];
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = count;
    return true;
}

struct addition {
    struct spelling_index *index;
    int32_t id;
};

static bool add_spelling(void *user, mood_text spelling, unsigned rank) {
    const struct addition *addition = user;
    struct spelling_index *index = addition->index;
    uint32_t hash = table_hash(spelling.data, spelling.size);
    if (2 * (index->count + 1) > index->slot_count && !grow(index))
        return false;
    struct spelling_entry *entries = array_grow(index->entries, &index->capacity, index->count + 1, sizeof *entries);
    if (!entries)
        return false;
    index->entries = entries;
    uint32_t *slot = find_slot(index, spelling, hash);
    struct spelling_entry *first = *slot ? &entries[*slot - 1] : NULL;
    if (first && first->id == addition->id)
        return true; /* ranks ascend, so the first entry of a word has its smallest rank */
    if (index->text.size > UINT32_MAX - SPELLING_MAX_BYTES || index->count == UINT32_MAX - 1)
        return false;
    struct spelling_entry *entry = &entries[index->count];
    *entry = (struct spelling_entry){.hash = hash,
                                     .at = first ? first->at : (uint32_t)index->text.size,
                                     .id = addition->id,
                                     .next = *slot,
                                     .size = (uint8_t)spelling.size,
                                     .rank = (uint8_t)rank};
    if (!first && !bytes_append(&index->text, spelling.data, spelling.size))
        return false;
    *slot = (uint32_t)++index->count;
    return true;
}

bool spelling_index_add(struct spelling_index *index, mood_text word, int32_t id, struct spelling_buffers *buffers) {
    struct addition addition = {index, id};
    return spelling_visit(word, buffers, add_spelling, &addition);
}

const struct spelling_entry *spelling_index_take(struct spelling_index *index, mood_text spelling) {
    if (index->count == 0 || spelling.size > SPELLING_MAX_BYTES)
        return NULL;
    uint32_t *slot = find_slot(index, spelling, table_hash(spelling.data, spelling.size));
    struct spelling_entry *entry = *slot ? &index->entries[*slot - 1] : NULL;
    if (!entry || entry->seen)
        return NULL;
    entry->seen = true;
    return entry;
}

const struct spelling_entry *spelling_index_next(const struct spelling_index *index,
                                                 const struct spelling_entry *entry) {
    return entry->next ? &index->entries[entry->next - 1] : NULL;
}
