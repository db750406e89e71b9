/* Reads the HDF5 files that Keras writes, from memory. The HDF5 library is not used for reading, because model
 * files are untrusted and the library crashes on malformed files. Keras's files use a small and old part of the
 * format, the same in every version of Keras; this reader supports that part and rejects the rest. The library is
 * used for writing (weights_write.c).
 *
 * Source: HDF5 File Format Specification 3.0, sections II.A (superblock 0),
 * III.A (B-trees 1), III.B (symbol table nodes), III.D (local heaps), III.E (global heaps), IV.A.1.a (object
 * headers 1), IV.A.2.m (attributes). */
#ifndef KERAS_HDF5_H
#define KERAS_HDF5_H

#include <stdint.h>

#include "keras/keras.h"
#include "mood/text.h"

enum hdf5_type { HDF5_FLOAT32, HDF5_INT32, HDF5_INT64 };

#define HDF5_MAX_RANK 4

/* A dataset; its data point into the file's bytes, little-endian, with any alignment. */
struct hdf5_dataset {
    enum hdf5_type type;
    unsigned rank; /* 0 to 2 */
    size_t dims[HDF5_MAX_RANK], count;
    const unsigned char *data;
};

/* Check that the bytes are such a file. */
mood_status hdf5_check(const struct blob *file, mood_error *err);

/* Look up a path ("layers/lstm/cell/vars/0"); *found is false if it does not exist. */
mood_status hdf5_exists(const struct blob *file, const char *path, bool *found, mood_error *err);
mood_status hdf5_find(const struct blob *file, const char *path, struct hdf5_dataset *dataset, mood_error *err);

/* Convert the numbers of an HDF5_FLOAT32 to values [count]. */
void hdf5_floats(const struct hdf5_dataset *dataset, float *values);

/* Texts of an attribute: one, or a list. They point into the file's bytes and contain no NUL, but may contain any
 * other bytes. */
struct hdf5_texts {
    mood_text *items; /* [count], free; NULL: none */
    size_t count;
    bool found; /* the attribute exists; its list may be empty */
};

/* The attribute of the object at that path ("" is the root), which must exist. */
mood_status hdf5_read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                            mood_error *err);

#endif
