/* A Keras model in one HDF5 file. The root has the attributes model_config and training_config; a file with only
 * weights has neither. */
#include <stdlib.h>
#include <string.h>

#include "keras/hdf5.h"
#include "keras/legacy.h"

bool legacy_begins(const unsigned char *data, size_t size) {
    return size >= 8 && memcmp(data, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* A JSON attribute of the root; *document is new; NULL: there is none. */
static mood_status read_json(const struct blob *file, const char *name, json_t **document, mood_error *err) {
    struct hdf5_texts texts;
    *document = NULL;
    mood_status status = hdf5_read_texts(file, "", name, &texts, err);
    if (status != MOOD_OK || !texts.found)
        return status;
    if (texts.count != 1)
        status = broken(err, "%s is not one text", name);
    else if (texts.items[0].size > CONFIG_MAX_SIZE)
        status = broken(err, "%s has %zu bytes; the limit is %zu", name, texts.items[0].size, CONFIG_MAX_SIZE);
    if (status == MOOD_OK) {
        struct blob text = {(unsigned char *)texts.items[0].data, texts.items[0].size};
        status = json_read(&text, name, document, err);
    }
    free(texts.items);
    return status;
}

/* Keras's version, for config_upgrade: old files have it only as an attribute of the root. */
static mood_status read_version(const struct blob *file, json_t *document, mood_error *err) {
    struct hdf5_texts texts;
    mood_status status = hdf5_read_texts(file, "", "keras_version", &texts, err);
    if (status != MOOD_OK || !texts.found)
        return status;
    if (texts.count == 1 && !json_object_get(document, "keras_version") &&
        json_object_set_new(document, "keras_version", json_stringn(texts.items[0].data, texts.items[0].size)) < 0)
        status = broken(err, "keras_version is not a text");
    free(texts.items);
    return status;
}

/* Make the document of config.json: model_config, with training_config as its compile_config. */
static mood_status read_config(const struct blob *file, json_t **document, mood_error *err) {
    json_t *training = NULL;
    mood_status status = read_json(file, "model_config", document, err);
    if (status == MOOD_OK && !*document)
        status = unsupported(err,
                             "contains weights without the model's layers; give these with --architecture FILE.json, "
                             "which model.to_json() returned");
    if (status == MOOD_OK && !json_is_object(*document))
        status = broken(err, "model_config does not describe a Keras model");
    if (status == MOOD_OK)
        status = read_version(file, *document, err);
    if (status == MOOD_OK)
        status = read_json(file, "training_config", &training, err);
    if (status == MOOD_OK && json_is_object(training)) {
        json_t *compiled = training_config_upgrade(training);
        if (!compiled || json_object_set_new(*document, "compile_config", compiled) < 0)
            status = out_of_memory(err, "reading training_config");
    }
    json_decref(training);
    if (status != MOOD_OK) {
        json_decref(*document);
        *document = NULL;
    }
    return status;
}

static mood_status make_config(const struct blob *file, struct blob *config, mood_error *err) {
    json_t *document;
    mood_status status = read_config(file, &document, err);
    if (status != MOOD_OK)
        return status;
    char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    if (!text)
        return out_of_memory(err, "reading model_config");
    *config = (struct blob){(unsigned char *)text, strlen(text)};
    return MOOD_OK;
}

/* The weights of Keras 3 are numbered within groups; those of an .h5 file are listed by layer_names. */
static mood_status find_layout(struct archive *archive, mood_error *err) {
    const struct blob *file = &archive->members[MEMBER_WEIGHTS];
    bool keras_3;
    mood_status status = hdf5_exists(file, "layers", &keras_3, err);
    archive->legacy = !keras_3;
    if (status != MOOD_OK || !keras_3)
        return status;
    struct hdf5_texts texts; /* a layer in an old file may have the name "layers" */
    status = legacy_read_texts(file, "", "layer_names", &texts, err);
    archive->legacy = texts.found;
    free(texts.items);
    return status;
}

mood_status legacy_open(struct blob *file, struct blob *architecture, struct archive *archive, mood_error *err) {
    *archive = (struct archive){.members = {[MEMBER_WEIGHTS] = *file, [MEMBER_CONFIG] = *architecture}};
    mood_status status = hdf5_check(file, err);
    if (status == MOOD_OK && !architecture->data)
        status = make_config(file, &archive->members[MEMBER_CONFIG], err);
    if (status == MOOD_OK)
        status = find_layout(archive, err);
    *file = *architecture = (struct blob){0};
    if (status != MOOD_OK)
        archive_clear(archive);
    return status;
}
