/* A strict reader of the subset of HDF5 that Keras uses; see hdf5.h. Every address is checked against the file's
 * size before it is used, and the number of iterations of each loop is bounded by the file's size. */
#include <string.h>

#include "keras/hdf5_inside.h"

#define UNDEFINED UINT64_MAX
#define MAX_NAME 1024    /* in a group */
#define MAX_TREE_LEVEL 8 /* nodes have at least 16 children */

/* Keras's groups have HDF5's defaults: nodes of up to 2 * 16 children and 2 * 4 entries, and headers of some ten
 * messages. The limits are higher, but low enough that a file in which many paths share the same long node is
 * searched in a short time. */
#define MAX_CHILDREN 64
#define MAX_ENTRIES 64
#define MAX_MESSAGES 1024

/* ---- superblock ------------------------------------------------------------------------------ */

#define SUPERBLOCK_SIZE 96

mood_status hdf5_check(const struct blob *file, mood_error *err) {
    const unsigned char *block = at(file, 0, SUPERBLOCK_SIZE);
    if (!block)
        return damaged(err, "it is cut off");
    if (memcmp(block, "\x89HDF\r\n\x1a\n", 8) != 0)
        return damaged(err, "it does not begin as an HDF5 file does");
    if (block[8] != 0)
        return foreign(err, "a superblock of a newer version");
    if (block[13] != 8 || block[14] != 8)
        return foreign(err, "addresses of another size");
    if (get64(block + 24) != 0)
        return foreign(err, "a base address");
    if (get64(block + 40) > file->size)
        return damaged(err, "it is cut off");
    return MOOD_OK;
}

static uint64_t root_header(const struct blob *file) {
    return get64(file->data + 64);
}

/* ---- object headers -------------------------------------------------------------------------- */

enum message {
    MESSAGE_DATASPACE = 0x01,
    MESSAGE_LINK_INFO = 0x02,
    MESSAGE_DATATYPE = 0x03,
    MESSAGE_LINK = 0x06,
    MESSAGE_EXTERNAL = 0x07,
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_FILTERS = 0x0B,
    MESSAGE_ATTRIBUTE = 0x0C,
    MESSAGE_CONTINUATION = 0x10,
    MESSAGE_SYMBOL_TABLE = 0x11,
    MESSAGE_ATTRIBUTE_INFO = 0x15,
};

/* Blocks of messages still to be read. A header has one block, and another for each time that it was extended. */
#define MAX_BLOCKS 32
struct blocks {
    uint64_t address[MAX_BLOCKS], size[MAX_BLOCKS];
    unsigned count;
};

static mood_status add_block(struct blocks *blocks, uint64_t address, uint64_t size, mood_error *err) {
    if (blocks->count == MAX_BLOCKS)
        return damaged(err, "an object's header is in too many pieces");
    blocks->address[blocks->count] = address;
    blocks->size[blocks->count++] = size;
    return MOOD_OK;
}

static mood_status keep(struct part *part, const unsigned char *data, size_t size, mood_error *err) {
    if (part->data)
        return damaged(err, "an object's header contains the same message twice");
    *part = (struct part){data, size};
    return MOOD_OK;
}

static mood_status take_message(unsigned type, unsigned flags, const unsigned char *data, size_t size,
                                struct object *object, struct blocks *blocks, mood_error *err) {
    struct part *part;
    switch (type) {
    case MESSAGE_DATASPACE: part = &object->dataspace; break;
    case MESSAGE_DATATYPE: part = &object->datatype; break;
    case MESSAGE_LAYOUT: part = &object->layout; break;
    case MESSAGE_SYMBOL_TABLE: part = &object->symbol_table; break;
    case MESSAGE_ATTRIBUTE:
        if (!object->attribute_name || !hdf5_attribute_has_name(data, size, object->attribute_name))
            return MOOD_OK;
        part = &object->attribute;
        break;
    case MESSAGE_ATTRIBUTE_INFO: return object->attribute_name ? foreign(err, "attributes of the newer kind") : MOOD_OK;
    case MESSAGE_CONTINUATION:
        if (size < 16)
            return damaged(err, "an object's header is cut off");
        return add_block(blocks, get64(data), get64(data + 8), err);
    case MESSAGE_LINK_INFO:
    case MESSAGE_LINK: return foreign(err, "a group of the newer kind");
    case MESSAGE_EXTERNAL: return foreign(err, "data in another file");
    case MESSAGE_FILTERS: return foreign(err, "compressed data");
    default: return MOOD_OK; /* times, fill values: irrelevant for the numbers */
    }
    if (flags & 2)
        return foreign(err, "a shared message");
    return keep(part, data, size, err);
}

/* count decreases with each message. */
static mood_status read_block(const struct blob *file, uint64_t address, uint64_t size, unsigned *count,
                              struct object *object, struct blocks *blocks, mood_error *err) {
    const unsigned char *block = at(file, address, size);
    if (!block)
        return damaged(err, "an object's header is outside of the file");
    while (*count > 0 && size >= 8) {
        size_t length = get16(block + 2);
        if (length > size - 8)
            return damaged(err, "an object's header is cut off");
        mood_status status = take_message(get16(block), block[4], block + 8, length, object, blocks, err);
        if (status != MOOD_OK)
            return status;
        block += 8 + length;
        size -= 8 + length;
        --*count;
    }
    return MOOD_OK;
}

/* attribute_name: the attribute to find; NULL: none. */
static mood_status read_object(const struct blob *file, uint64_t address, const char *attribute_name,
                               struct object *object, mood_error *err) {
    const unsigned char *header = at(file, address, 16);
    if (!header)
        return damaged(err, "an object is outside of the file");
    if (header[0] != 1)
        return foreign(err, "an object of a newer version");
    *object = (struct object){.attribute_name = attribute_name};
    unsigned count = get16(header + 2);
    if (count > MAX_MESSAGES)
        return foreign(err, "an object of more messages than Keras's have");
    struct blocks blocks = {.address = {address + 16}, .size = {get32(header + 8)}, .count = 1};
    for (unsigned i = 0; i < blocks.count; i++) {
        mood_status status = read_block(file, blocks.address[i], blocks.size[i], &count, object, &blocks, err);
        if (status != MOOD_OK)
            return status;
    }
    return MOOD_OK;
}

/* ---- groups: a B-tree of symbol table nodes, and a heap of names ----------------------------- */

struct names {
    const unsigned char *data;
    size_t size;
};

static mood_status open_heap(const struct blob *file, uint64_t address, struct names *names, mood_error *err) {
    const unsigned char *heap = at(file, address, 32);
    if (!heap || memcmp(heap, "HEAP", 4) != 0)
        return damaged(err, "a group has no names");
    names->size = (size_t)get64(heap + 8);
    names->data = at(file, get64(heap + 24), names->size);
    return names->data ? MOOD_OK : damaged(err, "a group's names lie outside");
}

/* NULL if it does not end within the heap, or is longer than names in Keras's files. */
static const char *name_at(const struct names *names, uint64_t offset) {
    if (offset >= names->size)
        return NULL;
    size_t left = names->size - offset;
    const unsigned char *name = names->data + offset;
    return memchr(name, '\0', left < MAX_NAME ? left : MAX_NAME) ? (const char *)name : NULL;
}

/* The child whose range of keys contains the name: key[i] < name <= key[i + 1]. UNDEFINED: the name is after the
 * last key. */
static mood_status choose_child(const unsigned char *entries, unsigned count, const struct names *names,
                                const char *name, uint64_t *child, mood_error *err) {
    *child = UNDEFINED;
    for (unsigned i = 0; i < count; i++) {
        const char *key = name_at(names, get64(entries + 16 * i + 16));
        if (!key)
            return damaged(err, "a group's name is outside of the heap");
        if (strcmp(name, key) <= 0) {
            *child = get64(entries + 16 * i + 8);
            break;
        }
    }
    return MOOD_OK;
}

/* Descend the tree to the symbol table node that can contain the name. */
static mood_status find_node(const struct blob *file, uint64_t address, const struct names *names, const char *name,
                             uint64_t *node, mood_error *err) {
    unsigned above = MAX_TREE_LEVEL + 1;
    while (above > 0) {
        const unsigned char *tree = at(file, address, 24);
        if (!tree || memcmp(tree, "TREE", 4) != 0 || tree[4] != 0)
            return damaged(err, "a group has no index");
        unsigned level = tree[5], count = get16(tree + 6);
        if (level >= above)
            return damaged(err, "a group's index contains a cycle");
        if (count > MAX_CHILDREN)
            return foreign(err, "a group of large nodes");
        const unsigned char *entries = at(file, address + 24, 16 * (uint64_t)count + 8);
        if (!entries)
            return damaged(err, "a group's index is outside of the file");
        mood_status status = choose_child(entries, count, names, name, &address, err);
        if (status != MOOD_OK || address == UNDEFINED || level == 0) {
            *node = address;
            return status;
        }
        above = level;
    }
    return damaged(err, "a group's index contains a cycle");
}

/* The header of the object of that name; UNDEFINED: none. */
static mood_status find_in_group(const struct blob *file, const struct part *table, const char *name, uint64_t *header,
                                 mood_error *err) {
    *header = UNDEFINED;
    struct names names = {NULL, 0};
    uint64_t address = UNDEFINED;
    if (table->size < 16)
        return damaged(err, "a group is cut off");
    mood_status status = open_heap(file, get64(table->data + 8), &names, err);
    if (status == MOOD_OK)
        status = find_node(file, get64(table->data), &names, name, &address, err);
    if (status != MOOD_OK || address == UNDEFINED)
        return status;
    const unsigned char *node = at(file, address, 8);
    if (!node || memcmp(node, "SNOD", 4) != 0)
        return damaged(err, "a group's entries are outside of the file");
    unsigned count = get16(node + 6);
    if (count > MAX_ENTRIES)
        return foreign(err, "a group of large nodes");
    const unsigned char *entry = at(file, address + 8, 40 * (uint64_t)count);
    if (!entry)
        return damaged(err, "a group's entries are outside of the file");
    for (unsigned i = 0; i < count; i++, entry += 40) {
        const char *here = name_at(&names, get64(entry));
        if (!here)
            return damaged(err, "a group's name is outside of the heap");
        if (strcmp(here, name) != 0)
            continue;
        if (get32(entry + 16) == 2)
            return foreign(err, "a symbolic link");
        *header = get64(entry + 8);
        return MOOD_OK;
    }
    return MOOD_OK;
}

/* Follow the path from the root; *header is UNDEFINED if a part does not exist. */
static mood_status find_path(const struct blob *file, const char *path, uint64_t *header, mood_error *err) {
    *header = root_header(file);
    while (*path && *header != UNDEFINED) {
        char part[MAX_NAME];
        size_t length = strcspn(path, "/");
        if (length >= sizeof part)
            return damaged(err, "a name is too long");
        memcpy(part, path, length);
        part[length] = '\0';
        path += length + (path[length] == '/');
        struct object object;
        mood_status status = read_object(file, *header, NULL, &object, err);
        if (status == MOOD_OK && !object.symbol_table.data)
            status = damaged(err, "it has numbers instead of a group");
        if (status == MOOD_OK)
            status = find_in_group(file, &object.symbol_table, part, header, err);
        if (status != MOOD_OK)
            return status;
    }
    return MOOD_OK;
}

/* ---- datasets -------------------------------------------------------------------------------- */

mood_status hdf5_read_shape(const struct part *part, struct hdf5_dataset *dataset, mood_error *err) {
    if (part->size < 8)
        return damaged(err, "a shape is missing");
    unsigned version = part->data[0], rank = part->data[1];
    size_t start = version == 1 ? 8 : 4;
    if (version != 1 && !(version == 2 && part->data[3] <= 1))
        return foreign(err, "a shape of a newer version");
    if (rank > HDF5_MAX_RANK)
        return broken(err, "has an array of %u dimensions where %d are the most", rank, HDF5_MAX_RANK);
    if (part->size < start + 8 * (size_t)rank)
        return damaged(err, "a shape is cut off");
    dataset->rank = rank;
    dataset->count = 1;
    for (unsigned i = 0; i < rank; i++) {
        uint64_t size = get64(part->data + start + 8 * i);
        if (size > SIZE_MAX || __builtin_mul_overflow(dataset->count, (size_t)size, &dataset->count))
            return damaged(err, "a shape is larger than any file");
        dataset->dims[i] = (size_t)size;
    }
    return MOOD_OK;
}

/* Only the little-endian types that Keras stores: class and version, bit field, size, properties. */
static mood_status read_datatype(const struct part *part, struct hdf5_dataset *dataset, size_t *size, mood_error *err) {
    static const unsigned char float32[20] = {0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0};
    static const unsigned char int32[12] = {0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0};
    static const unsigned char int64[12] = {0x10, 0x08, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0};
    if (part->size >= sizeof float32 && memcmp(part->data, float32, sizeof float32) == 0) {
        dataset->type = HDF5_FLOAT32;
        *size = 4;
    } else if (part->size >= sizeof int32 && memcmp(part->data, int32, sizeof int32) == 0) {
        dataset->type = HDF5_INT32;
        *size = 4;
    } else if (part->size >= sizeof int64 && memcmp(part->data, int64, sizeof int64) == 0) {
        dataset->type = HDF5_INT64;
        *size = 8;
    } else {
        return unsupported(err, "has numbers that are not 32-bit floats; save the model as float32");
    }
    return MOOD_OK;
}

/* The location of the data: contiguous in the file, or in the message itself. */
static mood_status read_layout(const struct blob *file, const struct part *part, size_t bytes,
                               struct hdf5_dataset *dataset, mood_error *err) {
    if (part->size < 4 || part->data[0] != 3)
        return foreign(err, "a data layout of another version");
    switch (part->data[1]) {
    case 0: /* compact */
        if (get16(part->data + 2) < bytes || part->size - 4 < bytes)
            return damaged(err, "an array is shorter than its shape");
        dataset->data = part->data + 4;
        return MOOD_OK;
    case 1: /* contiguous */
        if (part->size < 18)
            return damaged(err, "a data layout is cut off");
        if (get64(part->data + 10) < bytes)
            return damaged(err, "an array is shorter than its shape");
        dataset->data = at(file, get64(part->data + 2), bytes);
        return dataset->data ? MOOD_OK : damaged(err, "an array is outside of the file");
    case 2: return foreign(err, "an array in chunks");
    default: return foreign(err, "a virtual array");
    }
}

static mood_status read_dataset(const struct blob *file, const struct object *object, struct hdf5_dataset *dataset,
                                mood_error *err) {
    size_t size = 0, bytes;
    *dataset = (struct hdf5_dataset){0};
    if (!object->dataspace.data || !object->datatype.data || !object->layout.data)
        return damaged(err, "it has a group instead of numbers");
    mood_status status = hdf5_read_shape(&object->dataspace, dataset, err);
    if (status == MOOD_OK)
        status = read_datatype(&object->datatype, dataset, &size, err);
    if (status != MOOD_OK)
        return status;
    if (__builtin_mul_overflow(dataset->count, size, &bytes))
        return damaged(err, "a shape is larger than any file");
    return read_layout(file, &object->layout, bytes, dataset, err);
}

/* ---- public functions ------------------------------------------------------------------------ */

mood_status hdf5_exists(const struct blob *file, const char *path, bool *found, mood_error *err) {
    uint64_t header;
    mood_status status = find_path(file, path, &header, err);
    *found = status == MOOD_OK && header != UNDEFINED;
    return status;
}

mood_status hdf5_find_attribute(const struct blob *file, const char *path, const char *name, struct part *attribute,
                                mood_error *err) {
    uint64_t header;
    struct object object = {0};
    mood_status status = find_path(file, path, &header, err);
    if (status == MOOD_OK && header == UNDEFINED)
        status = broken(err, "is missing");
    if (status == MOOD_OK)
        status = read_object(file, header, name, &object, err);
    *attribute = object.attribute;
    return status;
}

mood_status hdf5_find(const struct blob *file, const char *path, struct hdf5_dataset *dataset, mood_error *err) {
    uint64_t header;
    struct object object;
    mood_status status = find_path(file, path, &header, err);
    if (status == MOOD_OK && header == UNDEFINED)
        status = broken(err, "is missing");
    if (status == MOOD_OK)
        status = read_object(file, header, NULL, &object, err);
    if (status == MOOD_OK)
        status = read_dataset(file, &object, dataset, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", path);
    return status;
}

void hdf5_floats(const struct hdf5_dataset *dataset, float *values) {
    for (size_t i = 0; i < dataset->count; i++) {
        uint32_t bits = get32(dataset->data + 4 * i);
        memcpy(values + i, &bits, sizeof bits);
    }
}
