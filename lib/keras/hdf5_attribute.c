/* Attributes that are texts, as h5py writes them: with a fixed size, or in a global heap. */
#include <stdlib.h>
#include <string.h>

#include "keras/hdf5_inside.h"

#define REFERENCE_SIZE 16 /* reference to a text in a global heap: size, address of the heap, index in the heap */

/* A heap is searched from its beginning, or from the previous text. h5py creates heaps of some hundred objects. */
#define MAX_STEPS ((size_t)1 << 16)

/* ---- the message ----------------------------------------------------------------------------- */

struct attribute {
    size_t name_size; /* including its NUL */
    const unsigned char *name;
    struct part type, space, data;
};

/* Take size bytes from the front; false: not enough bytes. align: the next part begins at a multiple of 8. */
static bool take(struct part *rest, size_t size, bool align, struct part *taken) {
    size_t step = align ? (size + 7) / 8 * 8 : size;
    if (size > rest->size)
        return false;
    *taken = (struct part){rest->data, size};
    step = step < rest->size ? step : rest->size;
    rest->data += step;
    rest->size -= step;
    return true;
}

/* False: truncated, or an unknown version. */
static bool split(const unsigned char *data, size_t size, struct attribute *attribute) {
    unsigned version = size >= 9 ? data[0] : 0;
    if (version < 1 || version > 3 || (version > 1 && data[1] & 3)) /* its type or shape is stored in another object */
        return false;
    size_t start = version == 3 ? 9 : 8; /* version 3 also contains the name's encoding */
    struct part rest = {data + start, size - start}, name;
    bool align = version == 1;
    if (!take(&rest, get16(data + 2), align, &name) || !take(&rest, get16(data + 4), align, &attribute->type) ||
        !take(&rest, get16(data + 6), align, &attribute->space))
        return false;
    attribute->name = name.data;
    attribute->name_size = name.size;
    attribute->data = rest;
    return true;
}

bool hdf5_attribute_has_name(const unsigned char *data, size_t size, const char *name) {
    struct attribute attribute;
    size_t length = strlen(name) + 1;
    return split(data, size, &attribute) && attribute.name_size >= length && memcmp(attribute.name, name, length) == 0;
}

/* ---- global heaps ---------------------------------------------------------------------------- */

/* Position of a search in a heap, so that consecutive texts are found in one pass. */
struct heap {
    const struct blob *file;
    uint64_t address, end, next; /* of the heap; of the next object to examine */
    size_t steps;
};

static mood_status open_heap(struct heap *heap, uint64_t address, mood_error *err) {
    const unsigned char *head = at(heap->file, address, 16);
    if (!head || memcmp(head, "GCOL", 4) != 0 || head[4] != 1)
        return damaged(err, "a text's heap is outside of the file");
    uint64_t size = get64(head + 8);
    if (size < 16 || !at(heap->file, address, size))
        return damaged(err, "a text's heap is outside of the file");
    heap->address = address;
    heap->end = address + size;
    heap->next = address + 16;
    return MOOD_OK;
}

/* Search from the current position to the end of the heap; text->data is NULL if it is not found. */
static mood_status search_heap(struct heap *heap, unsigned number, mood_text *text, mood_error *err) {
    *text = (mood_text){NULL, 0};
    while (heap->end - heap->next >= 16) {
        const unsigned char *head = heap->file->data + heap->next;
        unsigned here = get16(head);
        uint64_t size = get64(head + 8), left = heap->end - heap->next - 16;
        if (here == 0) /* the rest is free space */
            return MOOD_OK;
        if (heap->steps++ >= MAX_STEPS)
            return foreign(err, "texts in very large heaps");
        if (size > left)
            return damaged(err, "a text is outside of its heap");
        uint64_t padded = (size + 7) / 8 * 8;
        heap->next += 16 + (padded < left ? padded : left);
        if (here == number) {
            *text = (mood_text){(const char *)head + 16, (size_t)size};
            return MOOD_OK;
        }
    }
    return MOOD_OK;
}

static mood_status find_in_heap(struct heap *heap, const unsigned char *reference, mood_text *text, mood_error *err) {
    uint32_t size = get32(reference);
    uint64_t address = get64(reference + 4);
    unsigned number = get32(reference + 12);
    *text = (mood_text){"", 0};
    if (size == 0)
        return MOOD_OK;
    bool same = address == heap->address && heap->end;
    mood_status status = same ? MOOD_OK : open_heap(heap, address, err);
    if (status == MOOD_OK)
        status = search_heap(heap, number, text, err);
    if (status == MOOD_OK && !text->data && same) {
        heap->next = address + 16;
        status = search_heap(heap, number, text, err);
    }
    if (status == MOOD_OK && (!text->data || text->size < size))
        status = damaged(err, "a text is not in its heap");
    text->size = size;
    return status;
}

/* ---- texts ----------------------------------------------------------------------------------- */

enum text_kind { NO_TEXT, FIXED_TEXT, HEAP_TEXT };

static enum text_kind kind_of(const struct part *type, size_t *size) {
    if (type->size < 8)
        return NO_TEXT;
    unsigned class = type->data[0] & 15, kind = type->data[1] & 15;
    *size = get32(type->data + 4);
    return class == 3 && *size > 0                              ? FIXED_TEXT
           : class == 9 && kind == 1 && *size == REFERENCE_SIZE ? HEAP_TEXT
                                                                : NO_TEXT;
}

static mood_status read_items(const struct blob *file, const struct attribute *attribute, struct hdf5_texts *texts,
                              mood_error *err) {
    size_t size = 0;
    enum text_kind kind = kind_of(&attribute->type, &size);
    struct heap heap = {.file = file};
    mood_status status = MOOD_OK;
    if (kind == NO_TEXT)
        return foreign(err, "an attribute that is not text");
    if (texts->count > attribute->data.size / size)
        return damaged(err, "an attribute is shorter than its shape");
    texts->items = calloc(texts->count, sizeof *texts->items);
    if (!texts->items)
        return out_of_memory(err, "reading an attribute");
    for (size_t i = 0; i < texts->count && status == MOOD_OK; i++) {
        const unsigned char *place = attribute->data.data + i * size;
        mood_text *text = &texts->items[i];
        if (kind == HEAP_TEXT)
            status = find_in_heap(&heap, place, text, err);
        else
            *text = (mood_text){(const char *)place, size};
        if (status == MOOD_OK)
            text->size = strnlen(text->data, text->size);
    }
    return status;
}

static mood_status read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                              mood_error *err) {
    struct part message;
    struct attribute attribute;
    struct hdf5_dataset shape = {0};
    mood_status status = hdf5_find_attribute(file, path, name, &message, err);
    if (status != MOOD_OK || !message.data)
        return status;
    if (!split(message.data, message.size, &attribute))
        return damaged(err, "an attribute is cut off");
    status = hdf5_read_shape(&attribute.space, &shape, err);
    if (status != MOOD_OK)
        return status;
    texts->found = true;
    texts->count = shape.count;
    return texts->count > 0 ? read_items(file, &attribute, texts, err) : MOOD_OK;
}

mood_status hdf5_read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                            mood_error *err) {
    *texts = (struct hdf5_texts){0};
    mood_status status = read_texts(file, path, name, texts, err);
    if (status != MOOD_OK) {
        free(texts->items);
        *texts = (struct hdf5_texts){0};
        mood_error_prefix(err, "%s%s\"%s\"", path, *path ? ": " : "", name);
    }
    return status;
}
