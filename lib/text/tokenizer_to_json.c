/* Keras's tokenizer.to_json(): five of its members are JSON inside a JSON string. */
#include <stdlib.h>

#include "base/errors.h"
#include "text/json_write.h"
#include "text/tokenizer.h"
#include "text/vectorization_json.h"

static mood_text text_of(const struct word *word) {
    return (mood_text){word->text, word->size};
}

/* Write ", " before all entries except the first. */
static bool separate(struct bytes *out, bool *first) {
    bool done = *first || json_write_raw(out, ", ");
    *first = false;
    return done;
}

static bool write_pair(struct bytes *out, bool *first, mood_text key, uint64_t value) {
    return separate(out, first) && json_write_string(out, key) && json_write_raw(out, ": ") &&
           json_write_number(out, value);
}

static bool write_index(struct bytes *out, bool *first, int32_t index) {
    return separate(out, first) && bytes_append_byte(out, '"') && json_write_number(out, (uint64_t)index) &&
           json_write_raw(out, "\": ");
}

static bool write_word_counts(const struct vocabulary *vocabulary, struct bytes *out) {
    bool first = true;
    for (size_t i = 0; i < vocabulary->counted_count; i++) {
        const struct word *word = vocabulary->counted[i];
        if (!write_pair(out, &first, text_of(word), word->count))
            return false;
    }
    return true;
}

/* In the order of first occurrence, followed by the words that a file had in word_docs but not in word_counts. */
static bool write_word_docs(const struct vocabulary *vocabulary, struct bytes *out) {
    bool first = true;
    for (size_t i = 0; i < vocabulary->counted_count; i++) {
        const struct word *word = vocabulary->counted[i];
        if (word->docs > 0 && !write_pair(out, &first, text_of(word), word->docs))
            return false;
    }
    for (const struct word *word = vocabulary->table; word; word = word->hh.next)
        if (word->docs > 0 && word->count == 0 && !write_pair(out, &first, text_of(word), word->docs))
            return false;
    return true;
}

static bool write_index_docs(const struct vocabulary *vocabulary, struct bytes *out) {
    bool first = true;
    for (size_t i = 0; i < vocabulary->doc_count; i++) {
        const struct index_entry *entry = &vocabulary->docs[i];
        if (!write_index(out, &first, entry->index) || !json_write_number(out, entry->docs))
            return false;
    }
    return true;
}

static bool write_index_word(const struct vocabulary *vocabulary, struct bytes *out) {
    bool first = true;
    for (size_t i = 0; i < vocabulary->word_count; i++) {
        const struct index_entry *entry = &vocabulary->words[i];
        if (!write_index(out, &first, entry->index) || !json_write_string(out, text_of(entry->word)))
            return false;
    }
    return true;
}

/* By index, which is the order in which Keras creates it. */
static bool write_word_index(const struct vocabulary *vocabulary, struct bytes *out) {
    struct word **words = vocabulary_sort(vocabulary);
    if (!words)
        return false;
    bool done = true, first = true;
    for (size_t i = 0; i < vocabulary->indexed_count && done; i++)
        done = write_pair(out, &first, text_of(words[i]), (uint64_t)words[i]->index);
    free(words);
    return done;
}

/* ---- the whole document ------------------------------------------------------------------------ */

static const struct dict {
    const char *name;
    bool (*write)(const struct vocabulary *vocabulary, struct bytes *out);
} dicts[] = {
    {"word_counts", write_word_counts}, {"word_docs", write_word_docs},   {"index_docs", write_index_docs},
    {"index_word", write_index_word},   {"word_index", write_word_index},
};

static bool write_dict(const struct vocabulary *vocabulary, const struct dict *dict, struct bytes *inner,
                       struct bytes *out) {
    inner->size = 0;
    return bytes_append_byte(inner, '{') && dict->write(vocabulary, inner) && bytes_append_byte(inner, '}') &&
           json_write_raw(out, ", \"") && json_write_raw(out, dict->name) && json_write_raw(out, "\": ") &&
           json_write_string(out, (mood_text){inner->data, inner->size});
}

static bool write_settings(const mood_tokenizer *tokenizer, struct bytes *out) {
    const struct splitter *splitter = &tokenizer->splitter;
    return json_write_raw(out, "\"num_words\": ") &&
           (tokenizer->num_words > 0 ? json_write_number(out, tokenizer->num_words) : json_write_raw(out, "null")) &&
           json_write_raw(out, ", \"filters\": ") &&
           json_write_string(out, (mood_text){splitter->filters.data, splitter->filters.size}) &&
           json_write_raw(out, ", \"lower\": ") && json_write_bool(out, splitter->lower) &&
           json_write_raw(out, ", \"split\": ") &&
           json_write_string(out, (mood_text){splitter->split.data, splitter->split.size}) &&
           json_write_raw(out, ", \"char_level\": ") && json_write_bool(out, splitter->char_level) &&
           json_write_raw(out, ", \"oov_token\": ") &&
           (tokenizer->has_oov ? json_write_string(out, (mood_text){tokenizer->oov.data, tokenizer->oov.size})
                               : json_write_raw(out, "null")) &&
           json_write_raw(out, ", \"document_count\": ") && json_write_number(out, tokenizer->vocabulary.text_count);
}

static bool write_tokenizer(const mood_tokenizer *tokenizer, struct bytes *inner, struct bytes *out) {
    bool done = json_write_raw(out, "{\"class_name\": \"Tokenizer\", \"config\": {") && write_settings(tokenizer, out);
    for (size_t i = 0; i < sizeof dicts / sizeof dicts[0] && done; i++)
        done = write_dict(&tokenizer->vocabulary, &dicts[i], inner, out);
    return done && json_write_raw(out, "}}");
}

mood_status mood_tokenizer_to_json(const mood_tokenizer *tokenizer, char **json, mood_error *err) {
    if (!tokenizer || !json)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_tokenizer_to_json: an argument is NULL");
    struct bytes out = {0}, inner = {0};
    bool done = mood_tokenizer_is_text_vectorization(tokenizer) ? vectorization_to_json(tokenizer, &out)
                                                                : write_tokenizer(tokenizer, &inner, &out);
    done = done && bytes_append_byte(&out, '\0');
    bytes_free(&inner);
    if (!done) {
        bytes_free(&out);
        return error_no_memory(err);
    }
    *json = out.data;
    return MOOD_OK;
}
