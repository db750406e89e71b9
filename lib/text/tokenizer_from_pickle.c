/* Reads a pickled Tokenizer: writes its attributes as Keras's to_json() does, and reads that JSON, so that one
 * reader checks both formats. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "text/json_write.h"
#include "text/pickle.h"

struct writer {
    const struct pickle *pickle;
    struct bytes out, inner;
    mood_error *err;
};

#define refuse(writer, ...) mood_error_set((writer)->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, __VA_ARGS__)

static const struct pickle_value *at(const struct writer *writer, pickle_ref ref) {
    return &writer->pickle->values[ref];
}

static mood_status check_memory(const struct writer *writer, bool written) {
    return written ? MOOD_OK : error_no_memory(writer->err);
}

/* The last value with that key, as in Python; NULL: none. */
static const struct pickle_value *find(const struct writer *writer, const struct pickle_value *dict, const char *key) {
    for (size_t i = dict->items.count; i >= 2; i -= 2) {
        const struct pickle_value *here = at(writer, dict->items.refs[i - 2]);
        if (here->kind == PICKLE_TEXT && here->text.size == strlen(key) &&
            memcmp(here->text.data, key, here->text.size) == 0)
            return at(writer, dict->items.refs[i - 1]);
    }
    return NULL;
}

/* ---- scalars ------------------------------------------------------------------------------------- */

static bool write_integer(struct bytes *out, int64_t integer) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, integer);
    return json_write_raw(out, digits);
}

static mood_status write_text(struct writer *writer, const char *name, mood_text text, struct bytes *out) {
    if (!mood_text_validate(text, NULL))
        return refuse(writer, "%s has a text that is not UTF-8", name);
    return check_memory(writer, json_write_string(out, text));
}

static mood_status write_scalar(struct writer *writer, const char *name, const struct pickle_value *value,
                                struct bytes *out) {
    switch (value->kind) {
    case PICKLE_NONE: return check_memory(writer, json_write_raw(out, "null"));
    case PICKLE_BOOL: return check_memory(writer, json_write_bool(out, value->integer));
    case PICKLE_INT: return check_memory(writer, write_integer(out, value->integer));
    case PICKLE_TEXT: return write_text(writer, name, value->text, out);
    default: return refuse(writer, "%s is %s", name, pickle_kind_name(value->kind));
    }
}

/* ---- dicts --------------------------------------------------------------------------------------- */

/* Keys in JSON are strings. */
static mood_status write_key(struct writer *writer, const char *name, const struct pickle_value *key) {
    struct bytes *out = &writer->inner;
    if (key->kind == PICKLE_INT)
        return check_memory(writer, bytes_append_byte(out, '"') && write_integer(out, key->integer) &&
                                        bytes_append_byte(out, '"'));
    if (key->kind == PICKLE_TEXT)
        return write_text(writer, name, key->text, out);
    return refuse(writer, "%s has a key that is %s", name, pickle_kind_name(key->kind));
}

/* swapped: values become keys, which makes index_word from word_index. */
static mood_status write_entries(struct writer *writer, const char *name, const struct pickle_value *dict,
                                 bool turned) {
    struct bytes *out = &writer->inner;
    mood_status status = check_memory(writer, bytes_append_byte(out, '{'));
    for (size_t i = 0; i + 1 < dict->items.count && status == MOOD_OK; i += 2) {
        const struct pickle_value *key = at(writer, dict->items.refs[i + turned]);
        const struct pickle_value *value = at(writer, dict->items.refs[i + !turned]);
        if (i > 0 && !json_write_raw(out, ", "))
            return error_no_memory(writer->err);
        status = write_key(writer, name, key);
        if (status == MOOD_OK && !json_write_raw(out, ": "))
            return error_no_memory(writer->err);
        if (status == MOOD_OK)
            status = write_scalar(writer, name, value, out);
    }
    return status == MOOD_OK ? check_memory(writer, bytes_append_byte(out, '}')) : status;
}

/* Keras before 2.2 has no index_word and index_docs. */
static mood_status write_dict(struct writer *writer, const struct pickle_value *attributes, const char *name) {
    static const struct pickle_value none = {.kind = PICKLE_DICT};
    const struct pickle_value *dict = find(writer, attributes, name);
    bool turned = !dict && strcmp(name, "index_word") == 0;
    if (turned)
        dict = find(writer, attributes, "word_index");
    if (!dict && strcmp(name, "index_docs") == 0)
        dict = &none;
    if (!dict || dict->kind != PICKLE_DICT)
        return refuse(writer, "%s is %s", name, dict ? pickle_kind_name(dict->kind) : "missing");
    writer->inner.size = 0;
    mood_status status = write_entries(writer, name, dict, turned);
    if (status != MOOD_OK)
        return status;
    return check_memory(writer,
                        json_write_raw(&writer->out, ", \"") && json_write_raw(&writer->out, name) &&
                            json_write_raw(&writer->out, "\": ") &&
                            json_write_string(&writer->out, (mood_text){writer->inner.data, writer->inner.size}));
}

/* ---- the whole tokenizer ------------------------------------------------------------------------- */

static mood_status write_setting(struct writer *writer, const char *name, const struct pickle_value *value,
                                 bool *first) {
    bool written = (*first || json_write_raw(&writer->out, ", ")) && bytes_append_byte(&writer->out, '"') &&
                   json_write_raw(&writer->out, name) && json_write_raw(&writer->out, "\": ");
    *first = false;
    return written ? write_scalar(writer, name, value, &writer->out) : error_no_memory(writer->err);
}

/* Attributes that Keras's Tokenizer does not have are ignored. An analyzer is code and is rejected. */
static mood_status write_settings(struct writer *writer, const struct pickle_value *attributes) {
    static const char *const settings[] = {"num_words",  "filters",   "lower",          "split",
                                           "char_level", "oov_token", "document_count", NULL};
    bool first = true;
    mood_status status = MOOD_OK;
    const struct pickle_value *analyzer = find(writer, attributes, "analyzer");
    if (analyzer && analyzer->kind != PICKLE_NONE)
        return unsupported(writer->err, "an analyzer is Python code and can't be run");
    for (size_t i = 0; settings[i] && status == MOOD_OK; i++) {
        const struct pickle_value *value = find(writer, attributes, settings[i]);
        if (!value && i == 0)
            value = find(writer, attributes, "nb_words"); /* Keras 1 */
        if (value)
            status = write_setting(writer, settings[i], value, &first);
    }
    if (status == MOOD_OK && first)
        status = refuse(writer, "the Tokenizer has no settings");
    return status;
}

static mood_status write_json(struct writer *writer, const struct pickle_value *attributes) {
    static const char *const dicts[] = {"word_counts", "word_docs", "index_docs", "index_word", "word_index", NULL};
    mood_status status =
        check_memory(writer, json_write_raw(&writer->out, "{\"class_name\": \"Tokenizer\", \"config\": {"));
    if (status == MOOD_OK)
        status = write_settings(writer, attributes);
    for (size_t i = 0; dicts[i] && status == MOOD_OK; i++)
        status = write_dict(writer, attributes, dicts[i]);
    return status == MOOD_OK ? check_memory(writer, json_write_raw(&writer->out, "}}")) : status;
}

mood_status tokenizer_from_pickle(const char *data, size_t size, mood_tokenizer **tokenizer, mood_error *err) {
    struct pickle pickle = {0};
    struct writer writer = {.pickle = &pickle, .err = err};
    pickle_ref attributes;
    mood_status status = pickle_read_tokenizer(data, size, &pickle, &attributes, err);
    if (status == MOOD_OK && (status = write_json(&writer, &pickle.values[attributes])) != MOOD_OK)
        mood_error_prefix(err, "pickle");
    pickle_free(&pickle);
    bytes_free(&writer.inner);
    if (status == MOOD_OK)
        status = mood_tokenizer_from_json(writer.out.data, writer.out.size, tokenizer, err);
    bytes_free(&writer.out);
    return status;
}
