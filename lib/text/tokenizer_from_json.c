/* Keras's tokenizer_from_json(): files that Keras rejects are errors here too. */
#include <string.h>

#include "base/errors.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"
#include "text/vectorization_json.h"

/* ---- the document ------------------------------------------------------------------------------- */

mood_status tokenizer_json_error(mood_error *err, const char *member, const char *what) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "tokenizer JSON: %s %s", member, what);
}

mood_status tokenizer_json_parse(const char *data, size_t size, const char *what, json_t **json, mood_error *err) {
    json_error_t error = {0}; /* jansson may run out of memory before it sets this */
    *json = json_loadb(data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (*json)
        return MOOD_OK;
    if (json_error_code(&error) == json_error_out_of_memory || error.text[0] == '\0')
        return error_no_memory(err);
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s, line %d, column %d: %s", what, error.line,
                          error.column, error.text);
}

#define MAX_STRINGS 3 /* nested strings around the document */

/* Decodes a JSON string that contains the document, since the string of to_json() is often dumped again. */
mood_status tokenizer_json_open(const char *data, size_t size, json_t **root, mood_error *err) {
    mood_status status = tokenizer_json_parse(data, size, "tokenizer JSON", root, err);
    for (int i = 0; i < MAX_STRINGS && status == MOOD_OK && json_is_string(*root); i++) {
        json_t *outer = *root;
        status = tokenizer_json_parse(json_string_value(outer), json_string_length(outer),
                                      "tokenizer JSON inside a JSON string", root, err);
        json_decref(outer);
    }
    return status;
}

/* ---- the settings ------------------------------------------------------------------------------ */

static mood_status read_count(const json_t *value, const char *member, uint64_t *count, mood_error *err) {
    if (json_is_null(value))
        return MOOD_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return tokenizer_json_error(err, member, "is not a whole number from 0");
    *count = (uint64_t)json_integer_value(value);
    return MOOD_OK;
}

static mood_status read_bool(const json_t *value, const char *member, bool *setting, mood_error *err) {
    if (!json_is_boolean(value))
        return tokenizer_json_error(err, member, "is neither true nor false");
    *setting = json_is_true(value);
    return MOOD_OK;
}

static mood_status read_text(const json_t *value, const char *member, mood_text *setting, mood_error *err) {
    if (!json_is_string(value))
        return tokenizer_json_error(err, member, "is not a string");
    *setting = (mood_text){json_string_value(value), json_string_length(value)};
    return MOOD_OK;
}

static mood_status read_setting(const char *key, const json_t *value, struct tokenizer_settings *settings,
                                uint64_t *num_words, uint64_t *document_count, mood_error *err) {
    if (is_vocabulary_member(key))
        return MOOD_OK;
    if (strcmp(key, "num_words") == 0 || strcmp(key, "nb_words") == 0)
        return read_count(value, key, num_words, err);
    if (strcmp(key, "document_count") == 0)
        return read_count(value, key, document_count, err);
    if (strcmp(key, "filters") == 0)
        return read_text(value, key, &settings->filters, err);
    if (strcmp(key, "split") == 0)
        return read_text(value, key, &settings->split, err);
    if (strcmp(key, "lower") == 0)
        return read_bool(value, key, &settings->lower, err);
    if (strcmp(key, "char_level") == 0)
        return read_bool(value, key, &settings->char_level, err);
    if (strcmp(key, "oov_token") == 0)
        return json_is_null(value) ? MOOD_OK : read_text(value, key, &settings->oov, err);
    if (strcmp(key, "analyzer") == 0)
        return json_is_null(value) ? MOOD_OK
                                   : mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                                                    "tokenizer JSON: an analyzer is Python code and can't be run");
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "tokenizer JSON: unknown member \"%s\"", key);
}

/* Settings borrow their strings from config. */
static mood_status read_settings(json_t *config, struct tokenizer_settings *settings, uint64_t *document_count,
                                 mood_error *err) {
    uint64_t num_words = 0;
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value) {
        mood_status status = read_setting(key, value, settings, &num_words, document_count, err);
        if (status != MOOD_OK)
            return status;
    }
    settings->num_words = num_words < SIZE_MAX ? (size_t)num_words : SIZE_MAX;
    return MOOD_OK;
}

mood_status mood_tokenizer_from_json(const char *data, size_t size, mood_tokenizer **tokenizer, mood_error *err) {
    if (!data || !tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_from_json: an argument is NULL");
    json_t *root = NULL;
    mood_tokenizer *made = NULL;
    struct tokenizer_settings settings = {
        .filters = {KERAS_FILTERS, sizeof KERAS_FILTERS - 1}, .split = {" ", 1}, .lower = true};
    uint64_t document_count = 0;
    mood_status status = tokenizer_json_open(data, size, &root, err);
    if (status != MOOD_OK)
        goto fail;
    if (vectorization_json_begins(root)) {
        status = vectorization_from_json(root, tokenizer, err);
        json_decref(root);
        return status;
    }
    json_t *config = json_object_get(root, "config");
    if (!json_is_object(config)) {
        status = tokenizer_json_error(err, "config", "is missing: this is not what Keras's Tokenizer.to_json() writes");
        goto fail;
    }
    if ((status = read_settings(config, &settings, &document_count, err)) != MOOD_OK)
        goto fail;
    if ((status = tokenizer_create(&settings, &made, err)) != MOOD_OK) {
        status = error_of_format(status, err);
        mood_error_prefix(err, "tokenizer JSON");
        goto fail;
    }
    if ((status = vocabulary_read(&made->vocabulary, config, err)) != MOOD_OK)
        goto fail;
    made->vocabulary.text_count = document_count;
    if (!vocabulary_choose_known(&made->vocabulary, tokenizer_limit(made))) {
        status = error_no_memory(err);
        goto fail;
    }
    json_decref(root);
    *tokenizer = made;
    return MOOD_OK;
fail:
    mood_tokenizer_destroy(made);
    json_decref(root);
    return status;
}
