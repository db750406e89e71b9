/* Functions that the tests of lib/keras share: the first device, golden files, and files in memory that can be
 * changed. */
#ifndef TESTS_KERAS_FILES_H
#define TESTS_KERAS_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "keras/keras.h"

static mood_device *device;
static mood_error err;

#define ok(call)                                                                                                       \
    do {                                                                                                               \
        mood_status status_ = (call);                                                                                  \
        ck_assert_msg(status_ == MOOD_OK, "%s: %s", #call, err.message);                                               \
    } while (0)

/* The path of tests/golden/NAME, in any working directory. New. */
static inline char *golden_path(const char *name) {
    const char *folder = getenv("srcdir");
    char *path = NULL;
    if (asprintf(&path, "%s/tests/golden/%s", folder ? folder : ".", name) < 0)
        abort();
    return path;
}

static inline json_t *golden_json(const char *name) {
    char *path = golden_path(name);
    json_error_t where;
    json_t *document = json_load_file(path, 0, &where);
    ck_assert_msg(document != NULL, "%s: %s", path, where.text);
    free(path);
    return document;
}

static inline FILE *golden_stream(const char *path, size_t *size) {
    FILE *file;
    size_t ignored;
    ck_assert_msg(file_open(path, &file, size ? size : &ignored, &err) == MOOD_OK, "%s: %s", path, err.message);
    return file;
}

/* The members of a golden file. */
static inline struct archive golden_archive(const char *name) {
    struct archive archive;
    char *path = golden_path(name);
    ck_assert_msg(archive_read_file(golden_stream(path, NULL), &archive, &err) == MOOD_OK, "%s", err.message);
    free(path);
    return archive;
}

static inline struct blob copy_bytes(const void *data, size_t size) {
    unsigned char *copy = malloc(size + 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, data, size);
    copy[size] = '\0';
    return (struct blob){copy, size};
}

/* Replace the bytes of a member. */
static inline void set_member(struct archive *archive, enum member member, struct blob bytes) {
    free(archive->members[member].data);
    archive->members[member] = bytes;
}

static inline json_t *member_json(const struct archive *archive, enum member member) {
    json_error_t where;
    const struct blob *bytes = &archive->members[member];
    json_t *document = json_loadb((const char *)bytes->data, bytes->size, 0, &where);
    ck_assert_msg(document != NULL, "%s", where.text);
    return document;
}

static inline void set_member_json(struct archive *archive, enum member member, json_t *document) {
    char *text = json_dumps(document, 0);
    ck_assert_ptr_nonnull(text);
    set_member(archive, member, (struct blob){(unsigned char *)text, strlen(text)});
    json_decref(document);
}

/* The config of layer number index, where the InputLayer is 0; borrowed. */
static inline json_t *layer_config(json_t *document, size_t index) {
    json_t *layers = json_object_get(json_object_get(document, "config"), "layers");
    json_t *config = json_object_get(json_array_get(layers, index), "config");
    ck_assert_ptr_nonnull(config);
    return config;
}

/* Load from memory, and destroy the result; err has the error. */
static inline mood_status load_file(const struct blob *file) {
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    err = (mood_error){0};
    mood_status status = model_load_bytes(device, file->data, file->size, NULL, &model, &recipe, &err);
    ck_assert(status == MOOD_OK || (!model && !recipe));
    if (status == MOOD_OK) {
        mood_model_destroy(model);
        mood_recipe_destroy(recipe);
    }
    return status;
}

/* Pack, load, and destroy the archive. */
static inline mood_status load(struct archive *archive) {
    struct blob file;
    ok(archive_write(NULL, archive, &file, &err));
    archive_clear(archive);
    mood_status status = load_file(&file);
    free(file.data);
    return status;
}

/* Check the status, and a part of the message; what: name of the case. */
static inline void assert_says(mood_status status, mood_status wanted, const char *part, const char *what) {
    ck_assert_msg(status == wanted, "%s: %s instead of %s (%s)", what, mood_status_name(status),
                  mood_status_name(wanted), err.message);
    ck_assert_msg(strstr(err.message, part) != NULL, "%s: no \"%s\" in: %s", what, part, err.message);
}

/* An unchecked fixture for tests that do not depend on the device: opens the first one. */
static inline void open_device(void) {
    device = devices_open(0);
}

static inline void close_device(void) {
    mood_device_destroy(device);
}

#endif
