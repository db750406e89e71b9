/* Declarations that the files of the HDF5 reader share: bytes of the file, and messages of an object's header. */
#ifndef KERAS_HDF5_INSIDE_H
#define KERAS_HDF5_INSIDE_H

#include "keras/hdf5.h"

/* ---- bytes ----------------------------------------------------------------------------------- */

/* size bytes at an address; NULL: outside of the file. */
static inline const unsigned char *at(const struct blob *file, uint64_t address, uint64_t size) {
    if (address > file->size || size > file->size - address)
        return NULL;
    return file->data + address;
}

static inline uint16_t get16(const unsigned char *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const unsigned char *p) {
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline uint64_t get64(const unsigned char *p) {
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static inline mood_status damaged(mood_error *err, const char *what) {
    return broken(err, "is damaged: %s", what);
}

static inline mood_status foreign(mood_error *err, const char *what) {
    return unsupported(err, "has %s, which Keras does not write; open it in Keras and save it again", what);
}

/* ---- objects --------------------------------------------------------------------------------- */

/* The supported messages, as parts of the file; data NULL: the object does not have it. */
struct part {
    const unsigned char *data;
    size_t size;
};
struct object {
    const char *attribute_name; /* the attribute to find; NULL: none */
    struct part dataspace, datatype, layout, symbol_table, attribute;
};

/* The message of that attribute; data NULL: the object at that path does not have it. */
mood_status hdf5_find_attribute(const struct blob *file, const char *path, const char *name, struct part *attribute,
                                mood_error *err);
/* True if an attribute's message begins with that name. */
bool hdf5_attribute_has_name(const unsigned char *data, size_t size, const char *name);

/* Read a dataspace's message: rank, dims and count. */
mood_status hdf5_read_shape(const struct part *part, struct hdf5_dataset *dataset, mood_error *err);

#endif
