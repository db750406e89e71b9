/* Reading the HDF5 files that Keras writes, from memory.
 *
 * Why not the HDF5 library: a model's file comes from outside, and the library does not survive arbitrary
 * bytes. Keras's files use a small and old part of the format, the same in every version of Keras; this
 * reads that part and refuses the rest. Writing is the library's (weights_write.c).
 *
 * Source: HDF5 File Format Specification 3.0, sections II.A (superblock 0), III.A (B-trees 1), III.B
 * (symbol table nodes), III.D (local heaps), III.E (global heaps), IV.A.1.a (object headers 1), IV.A.2.m (attributes).
 */
#ifndef KERAS_HDF5_H
#define KERAS_HDF5_H

#include <stdint.h>

#include "keras/keras.h"
#include "mood/text.h"

enum hdf5_type { HDF5_FLOAT32, HDF5_INT32, HDF5_INT64 };

#define HDF5_MAX_RANK 4

/* A dataset; its data lie in the file's bytes, little-endian, at any alignment. */
struct hdf5_dataset {
    enum hdf5_type type;
    unsigned rank; /* 0 to 2 */
    size_t dims[HDF5_MAX_RANK], count;
    const unsigned char *data;
};

/* Whether these are such a file. */
mood_status hdf5_check(const struct blob *file, mood_error *err);

/* Look a path up ("layers/lstm/cell/vars/0"); *found is false when there is nothing of that name. */
mood_status hdf5_exists(const struct blob *file, const char *path, bool *found, mood_error *err);
mood_status hdf5_find(const struct blob *file, const char *path, struct hdf5_dataset *dataset, mood_error *err);

/* All numbers of a HDF5_FLOAT32, values [count]. */
void hdf5_floats(const struct hdf5_dataset *dataset, float *values);

/* Texts of an attribute: one, or a list. They lie in the file's bytes, end before a NUL, and may be anything else. */
struct hdf5_texts {
    mood_text *items; /* [count], free; NULL: none */
    size_t count;
    bool found; /* the object has an attribute of that name; the list may be empty */
};

/* The attribute of the object at that path ("" is the root), which has to be there. */
mood_status hdf5_read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                            mood_error *err);

#endif
