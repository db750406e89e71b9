/* Keras's older files: a whole model or only weights in one HDF5 file (.h5), and configurations in the format of
 * Keras 2. */
#ifndef KERAS_LEGACY_H
#define KERAS_LEGACY_H

#include "keras/hdf5.h"

/* ---- legacy_file.c: a model as an .h5 file ----------------------------------------------------- */

/* True if a file with these first bytes is HDF5. */
bool legacy_begins(const unsigned char *data, size_t size);

/* Convert an .h5 file to the members of a .keras file. Takes ownership of the bytes, also after an error.
 * architecture: the layers as JSON, which replace those in the file; its ownership is taken as well; data NULL:
 * none. */
mood_status legacy_open(struct blob *file, struct blob *architecture, struct archive *archive, mood_error *err);

/* ---- legacy_weights.c: its weights ------------------------------------------------------------- */

/* As weights_check and weights_read, for an .h5 file with the attributes layer_names and weight_names. */
mood_status legacy_weights_check(const struct blob *file, const mood_model *model, size_t T, mood_error *err);
mood_status legacy_weights_read(const struct blob *file, mood_model *model, mood_error *err);

/* The texts of an attribute. Keras splits large attributes into NAME0, NAME1 … */
mood_status legacy_read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                              mood_error *err);

/* ---- config_upgrade.c: conversion to the format of Keras 3 ------------------------------------- */

/* Convert a model's document in place to layers and connections in the format of Keras 3. metadata: metadata.json,
 * which contains the version of Keras that wrote the file; NULL or without data: the version in the document is
 * used. */
mood_status config_upgrade(json_t *document, const struct blob *metadata, mood_error *err);
/* Convert training_config of an .h5 file to a compile_config; new. NULL: out of memory. */
json_t *training_config_upgrade(json_t *training);

#endif
