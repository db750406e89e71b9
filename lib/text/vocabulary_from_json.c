/* Reads the words of Keras's tokenizer JSON: five dicts, each of which is JSON in a string. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "text/tokenizer_json.h"

/* jansson rejects keys with a NUL, but a word may contain one. Then a copy of the dict's JSON is read, in which the
 * noncharacter U+FDD0 (MARK) starts an escape: MARK NUL_SIGN is U+0000, MARK MARK is MARK. */
#define MARK "\xEF\xB7\x90"
#define NUL_SIGN '0'

static bool has_nul(mood_text json) {
    return json.size > 0 && memmem(json.data, json.size, "\\u0000", 6);
}

static bool hide_nuls(mood_text json, struct bytes *out) {
    for (size_t i = 0, step; i < json.size; i += step) {
        const char *at = json.data + i;
        size_t left = json.size - i;
        const char *hidden = NULL;
        step = 1;
        if (left >= 6 && memcmp(at, "\\u0000", 6) == 0)
            hidden = MARK "0", step = 6;
        else if (left >= 6 && strncasecmp(at, "\\ufdd0", 6) == 0 && at[1] == 'u')
            hidden = MARK MARK, step = 6;
        else if (left >= 3 && memcmp(at, MARK, 3) == 0)
            hidden = MARK MARK, step = 3;
        else if (left >= 2 && at[0] == '\\')
            step = 2;
        if (!bytes_append(out, hidden ? hidden : at, hidden ? strlen(hidden) : step))
            return false;
    }
    return true;
}

/* Append text with its NULs restored. */
static bool restore_nuls(const char *text, size_t size, struct bytes *out) {
    for (const char *at = text, *end = text + size; at < end;) {
        const char *mark = memmem(at, (size_t)(end - at), MARK, 3);
        if (!bytes_append(out, at, (size_t)((mark ? mark : end) - at)))
            return false;
        if (!mark)
            return true;
        bool nul = mark + 3 < end && mark[3] == NUL_SIGN;
        if (!bytes_append(out, nul ? "\0" : MARK, nul ? 1 : 3))
            return false;
        at = mark + (nul ? 4 : 6);
    }
    return true;
}

/* ---- the dicts --------------------------------------------------------------------------------- */

struct reader {
    struct vocabulary *vocabulary;
    const char *member; /* the current dict */
    bool hidden;        /* its keys and values are encoded by hide_nuls */
    struct bytes word;  /* one of them, decoded */
    mood_error *err;
};

static mood_status add_word(struct reader *reader, const char *text, size_t size, struct word **word) {
    mood_text given = {text, size};
    *word = NULL;
    if (reader->hidden) {
        reader->word.size = 0;
        if (!bytes_reserve(&reader->word, 1) || !restore_nuls(text, size, &reader->word))
            return error_no_memory(reader->err);
        given = (mood_text){reader->word.data, reader->word.size};
    }
    *word = vocabulary_add(reader->vocabulary, given);
    return *word ? MOOD_OK : error_no_memory(reader->err);
}

static mood_status take_number(const struct reader *reader, const json_t *value, json_int_t largest,
                               json_int_t *number) {
    if (!json_is_integer(value))
        return tokenizer_json_error(reader->err, reader->member, "has a value that is not a whole number");
    *number = json_integer_value(value);
    if (*number < 0 || *number > largest)
        return tokenizer_json_error(reader->err, reader->member, "has a number out of range");
    return MOOD_OK;
}

static mood_status take_index(const struct reader *reader, const char *key, int32_t *index) {
    char *end;
    errno = 0;
    long number = strtol(key, &end, 10);
    if (key[0] < '0' || key[0] > '9' || *end != '\0' || errno != 0 || number > INT32_MAX - 1)
        return tokenizer_json_error(reader->err, reader->member, "has a key that is not an index");
    *index = (int32_t)number;
    return MOOD_OK;
}

static mood_status read_word_number(struct reader *reader, const char *key, const json_t *value, json_int_t largest,
                                    struct word **word, json_int_t *number) {
    *word = NULL;
    *number = 0;
    mood_status status = take_number(reader, value, largest, number);
    return status == MOOD_OK ? add_word(reader, key, strlen(key), word) : status;
}

static mood_status read_word_count(struct reader *reader, const char *key, const json_t *value) {
    if (json_is_integer(value) && json_integer_value(value) == 0)
        return MOOD_OK; /* treated as missing */
    struct word *word;
    json_int_t number;
    mood_status status = read_word_number(reader, key, value, INT64_MAX, &word, &number);
    if (status != MOOD_OK)
        return status;
    bool set = vocabulary_set_count(reader->vocabulary, word, (uint64_t)number);
    return set ? MOOD_OK : error_no_memory(reader->err);
}

static mood_status read_word_docs(struct reader *reader, const char *key, const json_t *value) {
    struct word *word;
    json_int_t number;
    mood_status status = read_word_number(reader, key, value, INT64_MAX, &word, &number);
    if (status == MOOD_OK)
        word->docs = (uint64_t)number;
    return status;
}

static mood_status read_word_index(struct reader *reader, const char *key, const json_t *value) {
    struct word *word;
    json_int_t number;
    mood_status status = read_word_number(reader, key, value, INT32_MAX - 1, &word, &number);
    if (status != MOOD_OK)
        return status;
    word->index = (int32_t)number;
    reader->vocabulary->indexed_count++;
    return MOOD_OK;
}

static mood_status read_index_docs(struct reader *reader, const char *key, const json_t *value) {
    struct vocabulary *vocabulary = reader->vocabulary;
    struct index_entry entry = {0};
    json_int_t number = 0;
    mood_status status = take_index(reader, key, &entry.index);
    if (status == MOOD_OK)
        status = take_number(reader, value, INT64_MAX, &number);
    entry.docs = (uint64_t)number;
    if (status == MOOD_OK)
        vocabulary->docs[vocabulary->doc_count++] = entry;
    return status;
}

static mood_status read_index_word(struct reader *reader, const char *key, const json_t *value) {
    struct vocabulary *vocabulary = reader->vocabulary;
    struct index_entry entry = {0};
    mood_status status = take_index(reader, key, &entry.index);
    if (status != MOOD_OK)
        return status;
    if (!json_is_string(value))
        return tokenizer_json_error(reader->err, reader->member, "has a value that is not a string");
    status = add_word(reader, json_string_value(value), json_string_length(value), &entry.word);
    if (status == MOOD_OK)
        vocabulary->words[vocabulary->word_count++] = entry;
    return status;
}

/* ---- all dicts --------------------------------------------------------------------------------- */

/* In the order in which words must be added to the vocabulary: word_counts has Keras's order. */
static const struct dict {
    const char *name;
    mood_status (*read)(struct reader *reader, const char *key, const json_t *value);
} dicts[] = {
    {"word_counts", read_word_count}, {"word_docs", read_word_docs},   {"word_index", read_word_index},
    {"index_word", read_index_word},  {"index_docs", read_index_docs},
};

static mood_status make_room(struct vocabulary *vocabulary, const struct dict *dict, size_t count, mood_error *err) {
    struct index_entry **entries = dict->read == read_index_word   ? &vocabulary->words
                                   : dict->read == read_index_docs ? &vocabulary->docs
                                                                   : NULL;
    if (!entries)
        return MOOD_OK;
    *entries = calloc(count + 1, sizeof **entries);
    return *entries ? MOOD_OK : error_no_memory(err);
}

static mood_status read_entries(struct reader *reader, const struct dict *dict, json_t *entries) {
    if (!json_is_object(entries))
        return tokenizer_json_error(reader->err, dict->name, "is not a JSON object inside a string");
    mood_status status = make_room(reader->vocabulary, dict, json_object_size(entries), reader->err);
    const char *key;
    json_t *value;
    json_object_foreach(entries, key, value) {
        if (status != MOOD_OK)
            break;
        status = dict->read(reader, key, value);
    }
    return status;
}

static mood_status read_dict(struct reader *reader, const struct dict *dict, const json_t *config) {
    const json_t *string = json_object_get(config, dict->name);
    if (!json_is_string(string))
        return tokenizer_json_error(reader->err, dict->name, string ? "is not JSON inside a string" : "is missing");
    mood_text text = {json_string_value(string), json_string_length(string)};
    struct bytes copy = {0};
    json_t *entries = NULL;
    mood_status status;
    reader->member = dict->name;
    reader->hidden = has_nul(text);
    if (reader->hidden && !hide_nuls(text, &copy)) {
        status = error_no_memory(reader->err);
        goto done;
    }
    if (reader->hidden)
        text = (mood_text){copy.data, copy.size};
    status = tokenizer_json_parse(text.data, text.size, dict->name, &entries, reader->err);
    if (status == MOOD_OK)
        status = read_entries(reader, dict, entries);
    else
        mood_error_prefix(reader->err, "tokenizer JSON");
done:
    json_decref(entries);
    bytes_free(&copy);
    return status;
}

bool is_vocabulary_member(const char *name) {
    for (size_t i = 0; i < sizeof dicts / sizeof dicts[0]; i++)
        if (strcmp(name, dicts[i].name) == 0)
            return true;
    return false;
}

mood_status vocabulary_read(struct vocabulary *vocabulary, const json_t *config, mood_error *err) {
    struct reader reader = {.vocabulary = vocabulary, .err = err};
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < sizeof dicts / sizeof dicts[0] && status == MOOD_OK; i++)
        status = read_dict(&reader, &dicts[i], config);
    bytes_free(&reader.word);
    if (status == MOOD_OK && !index_sort(vocabulary->words, vocabulary->word_count))
        status = tokenizer_json_error(err, "index_word", "has an index twice");
    if (status == MOOD_OK && !index_sort(vocabulary->docs, vocabulary->doc_count))
        status = tokenizer_json_error(err, "index_docs", "has an index twice");
    return status;
}
