/* Keras's older files: a whole model or weights alone in one HDF5 file (.h5), and configurations as Keras 2 spelled
 * them. */
#ifndef KERAS_LEGACY_H
#define KERAS_LEGACY_H

#include "keras/hdf5.h"

/* ---- legacy_file.c: a model as an .h5 file ----------------------------------------------------- */

/* True if a file of these first bytes is HDF5. */
bool legacy_begins(const unsigned char *data, size_t size);

/* An .h5 file as the members of a .keras file. Takes the bytes, on failure too. architecture: the layers as JSON, whose
 * bytes it takes as well, in place of those in the file; data NULL: none. */
mood_status legacy_open(struct blob *file, struct blob *architecture, struct archive *archive, mood_error *err);

/* ---- legacy_weights.c: its weights ------------------------------------------------------------- */

/* As weights_check and weights_read, of an .h5 file with the attributes layer_names and weight_names. */
mood_status legacy_weights_check(const struct blob *file, const mood_model *model, size_t T, mood_error *err);
mood_status legacy_weights_read(const struct blob *file, mood_model *model, mood_error *err);

/* The texts of an attribute, which Keras divides into NAME0, NAME1 … if it is large. */
mood_status legacy_read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                              mood_error *err);

/* ---- config_upgrade.c: as Keras 3 writes it ---------------------------------------------------- */

/* Convert a model's document in place to layers and connections as Keras 3 writes them. metadata: metadata.json, which
 * has the version of Keras that wrote the file; NULL or without data: the version in the document is used. */
mood_status config_upgrade(json_t *document, const struct blob *metadata, mood_error *err);
/* training_config of an .h5 file as compile_config; new. NULL: out of memory. */
json_t *training_config_upgrade(json_t *training);

#endif
