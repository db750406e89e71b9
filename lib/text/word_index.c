/* Reads a JSON object of words and ids, as in Keras's datasets and in Tokenizer.word_index. It is converted to the
 * JSON of a tokenizer with those ids, and that JSON is read, so that one reader checks both formats. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/errors.h"
#include "text/json_write.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"
#include "text/word_index.h"

/* The ids of Keras's imdb.load_data(): 0 is padding, 1 the start of a text, 2 an unknown word. */
#define UNKNOWN_ID 2
#define UNKNOWN_WORD "<unknown>"

struct list {
    json_t *words;
    int64_t index_from;
    bool has_unknown;
    struct bytes word_index, index_word; /* JSON */
    mood_error *err;
};

static mood_status refuse(const struct list *list, const char *word, const char *why) {
    return mood_error_set(list->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "word list: the id of \"%.64s\" %s", word, why);
}

static bool add_entry(struct list *list, mood_text word, int64_t id) {
    bool first = list->word_index.size == 0;
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, id);
    return json_write_raw(&list->word_index, first ? "{" : ", ") && json_write_string(&list->word_index, word) &&
           json_write_raw(&list->word_index, ": ") && json_write_raw(&list->word_index, number) &&
           json_write_raw(&list->index_word, first ? "{\"" : ", \"") && json_write_raw(&list->index_word, number) &&
           json_write_raw(&list->index_word, "\": ") && json_write_string(&list->index_word, word);
}

static mood_status add_word(struct list *list, const char *word, const json_t *id) {
    if (!json_is_integer(id))
        return refuse(list, word, "is not a whole number");
    json_int_t number = json_integer_value(id);
    if (number < 0 || number > INT32_MAX - 1 - list->index_from)
        return refuse(list, word, "is out of range");
    if (list->has_unknown && strcmp(word, UNKNOWN_WORD) == 0)
        return MOOD_OK; /* the word has its id */
    return add_entry(list, (mood_text){word, strlen(word)}, number + list->index_from) ? MOOD_OK
                                                                                       : error_no_memory(list->err);
}

static mood_status write_lists(struct list *list) {
    const char *word;
    json_t *id;
    mood_text unknown = {UNKNOWN_WORD, sizeof UNKNOWN_WORD - 1};
    if (list->has_unknown && !add_entry(list, unknown, UNKNOWN_ID))
        return error_no_memory(list->err);
    json_object_foreach(list->words, word, id) {
        mood_status status = add_word(list, word, id);
        if (status != MOOD_OK)
            return status;
    }
    bool closed = json_write_raw(&list->word_index, list->word_index.size ? "}" : "{}") &&
                  json_write_raw(&list->index_word, list->index_word.size ? "}" : "{}");
    return closed ? MOOD_OK : error_no_memory(list->err);
}

static bool write_dict(struct bytes *out, const char *name, const struct bytes *dict) {
    return json_write_raw(out, ", \"") && json_write_raw(out, name) && json_write_raw(out, "\": ") &&
           json_write_string(out, (mood_text){dict->data, dict->size});
}

static bool write_tokenizer(const struct list *list, struct bytes *out) {
    return json_write_raw(out, "{\"class_name\": \"Tokenizer\", \"config\": {\"word_counts\": \"{}\", \"word_docs\": "
                               "\"{}\", \"index_docs\": \"{}\", \"oov_token\": ") &&
           json_write_raw(out, list->has_unknown ? "\"" UNKNOWN_WORD "\"" : "null") &&
           write_dict(out, "index_word", &list->index_word) && write_dict(out, "word_index", &list->word_index) &&
           json_write_raw(out, "}}");
}

mood_status tokenizer_from_word_index(const char *data, size_t size, size_t index_from, mood_tokenizer **tokenizer,
                                      mood_error *err) {
    struct list list = {.index_from = (int64_t)index_from, .has_unknown = index_from > UNKNOWN_ID, .err = err};
    struct bytes out = {0};
    mood_status status = tokenizer_json_open(data, size, &list.words, err);
    if (status == MOOD_OK && !json_is_object(list.words))
        status = broken(err, "word list: it is not a JSON object of words and ids");
    else if (status == MOOD_OK && json_is_object(json_object_get(list.words, "config")))
        status = broken(err, "word list: it is a tokenizer; give it with --tokenizer");
    if (status == MOOD_OK)
        status = write_lists(&list);
    if (status == MOOD_OK && !write_tokenizer(&list, &out))
        status = error_no_memory(err);
    if (status == MOOD_OK)
        status = mood_tokenizer_from_json(out.data, out.size, tokenizer, err);
    json_decref(list.words);
    bytes_free(&list.word_index);
    bytes_free(&list.index_word);
    bytes_free(&out);
    return status;
}

mood_status tokenizer_limit_ids(mood_tokenizer *tokenizer, size_t num_words, mood_error *err) {
    tokenizer->num_words = num_words;
    return vocabulary_choose_known(&tokenizer->vocabulary, tokenizer_limit(tokenizer)) ? MOOD_OK : error_no_memory(err);
}
