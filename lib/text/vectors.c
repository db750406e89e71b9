/* The word vectors of a tokenizer's words, and words of a file of vectors as further words of a tokenizer. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "text/spelling_index.h"
#include "text/tokenizer.h"
#include "text/vector_file.h"

#define MOST_VALUES ((size_t)1 << 30) /* size limit of one Embedding: indices must fit an int */

/* ---- vectors ------------------------------------------------------------------------------------ */

enum { RANK_HYPHENATED = SPELLING_RANKS, RANK_NONE };

struct reader {
    struct vector_file file;
    struct id_rule rule;
    size_t rows;
    float *values;
    uint8_t *ranks; /* [rows]: rank of the spelling whose vector the row has; 0: the word's own */
    struct spelling_index index;
};

static mood_status make_room(struct reader *reader, mood_error *err) {
    if (reader->rows > MOST_VALUES / reader->file.dim)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: vectors of %zu numbers for all words of the vocabulary are more than 2^30 numbers",
                              reader->file.source.name, reader->file.dim);
    reader->values = calloc(reader->rows * reader->file.dim, sizeof *reader->values);
    return reader->values ? MOOD_OK : error_no_memory(err);
}

static bool has_row(const struct reader *reader, int32_t id) {
    return id >= 0 && (size_t)id < reader->rows;
}

/* Index the words that have a row. The out-of-vocabulary token has only its own spelling. */
static mood_status make_index(struct reader *reader, mood_error *err) {
    struct spelling_buffers buffers = {0};
    bool ok = clean_load_normalizers();
    reader->ranks = malloc(reader->rows);
    ok &= reader->ranks != NULL;
    if (ok)
        memset(reader->ranks, RANK_NONE, reader->rows);
    for (const struct word *word = reader->rule.vocabulary->known; word && ok; word = word->known.next)
        if (has_row(reader, word->index) && word->index < reader->rule.limit && word->index != reader->rule.oov)
            ok = spelling_index_add(&reader->index, (mood_text){word->text, word->size}, word->index, &buffers);
    spelling_buffers_free(&buffers);
    return ok ? MOOD_OK : error_no_memory(err);
}

/* Store the current vector in a row, unless the row has the vector of a spelling that takes precedence. */
static mood_status store(struct reader *reader, int32_t id, uint8_t rank, mood_error *err) {
    bool replaces = rank < reader->ranks[id] || rank == 0; /* a word that the file has twice gets its last vector */
    if (!replaces)
        return MOOD_OK;
    reader->ranks[id] = rank;
    return vector_file_values(&reader->file, reader->values + (size_t)id * reader->file.dim, err);
}

static mood_status take_vector(struct reader *reader, mood_error *err) {
    int32_t id;
    char joined[SPELLING_MAX_BYTES];
    mood_text word = reader->file.word;
    mood_status status = reader->values ? MOOD_OK : make_room(reader, err);
    if (status != MOOD_OK || word.size == 0)
        return status;
    if (id_rule_apply(&reader->rule, word, &id) == ID_KNOWN && has_row(reader, id))
        status = store(reader, id, 0, err);
    const struct spelling_entry *entry = spelling_index_take(&reader->index, word);
    for (; entry && status == MOOD_OK; entry = spelling_index_next(&reader->index, entry))
        status = store(reader, entry->id, entry->rank, err);
    size_t size = spelling_remove_hyphens(word, joined);
    if (status == MOOD_OK && size > 0 && id_rule_apply(&reader->rule, (mood_text){joined, size}, &id) == ID_KNOWN &&
        has_row(reader, id))
        status = store(reader, id, RANK_HYPHENATED, err);
    return status;
}

static mood_status read_all(struct reader *reader, mood_error *err) {
    for (;;) {
        bool more;
        mood_status status = vector_file_next(&reader->file, &more, err);
        if (status == MOOD_OK && more)
            status = take_vector(reader, err);
        if (status != MOOD_OK || !more)
            return status;
    }
}

/* Report the rows' spellings [rows], unless spellings is NULL, and count the vectors. */
static size_t report_spellings(const struct reader *reader, uint8_t *spellings) {
    size_t found = 0;
    for (size_t i = 0; i < reader->rows; i++) {
        uint8_t rank = reader->ranks[i];
        found += rank != RANK_NONE;
        if (spellings)
            spellings[i] = rank == RANK_NONE ? MOOD_SPELLING_NONE : rank ? MOOD_SPELLING_OTHER : MOOD_SPELLING_OWN;
    }
    return found;
}

mood_status mood_tokenizer_read_vectors(const mood_tokenizer *tokenizer, const char *path, size_t rows, float **values,
                                        size_t *dim, uint8_t *spellings, size_t *found, mood_error *err) {
    if (!tokenizer || !path || !values || !dim || rows == 0)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
            "reading word vectors needs a tokenizer, a file, at least one row, and room for the result");
    struct reader reader = {.rows = rows, .rule = tokenizer_id_rule(tokenizer)};
    *values = NULL;
    mood_status status = make_index(&reader, err);
    if (status == MOOD_OK)
        status = vector_file_open(&reader.file, path, err);
    if (status == MOOD_OK)
        status = read_all(&reader, err);
    if (status == MOOD_OK && !reader.values)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: there are no word vectors in it",
                                reader.file.source.name);
    if (status == MOOD_OK) {
        size_t count = report_spellings(&reader, spellings);
        *values = reader.values;
        *dim = reader.file.dim;
        if (found)
            *found = count;
    } else {
        free(reader.values);
    }
    vector_file_close(&reader.file);
    spelling_index_free(&reader.index);
    free(reader.ranks);
    return status;
}

/* ---- words -------------------------------------------------------------------------------------- */

/* Words one after the other in bytes. */
struct vector_words {
    struct bytes bytes;
    size_t *ends; /* [count] */
    size_t count, capacity;
};

static bool add_word(struct vector_words *list, mood_text word) {
    size_t *ends = array_grow(list->ends, &list->capacity, list->count + 1, sizeof *ends);
    if (!ends)
        return false;
    list->ends = ends;
    if (!bytes_append(&list->bytes, word.data, word.size))
        return false;
    ends[list->count++] = list->bytes.size;
    return true;
}

/* True if a text can contain the word as one token. */
static bool is_token(const mood_tokenizer *tokenizer, mood_text word, struct scratch *scratch, mood_error *err,
                     mood_status *status) {
    struct token_cursor cursor;
    mood_text token;
    size_t bad_bytes = 0;
    *status = splitter_begin(&tokenizer->splitter, word, scratch, &cursor, &bad_bytes, err);
    return *status == MOOD_OK && bad_bytes == 0 && splitter_next(&cursor, &token) && token.size == word.size &&
           memcmp(token.data, word.data, word.size) == 0 && !splitter_next(&cursor, &token);
}

/* A rare word may have lost its id (mood_tokenizer_drop_rare). */
static bool has_id(const mood_tokenizer *tokenizer, mood_text word) {
    const struct word *known = vocabulary_find(&tokenizer->vocabulary, word);
    return known && known->index != NO_INDEX;
}

static mood_status list_words(const mood_tokenizer *tokenizer, struct vector_file *file, size_t most,
                              struct vector_words *list, mood_error *err) {
    struct scratch scratch = {0};
    mood_status status = MOOD_OK;
    for (bool more = true; more && status == MOOD_OK && list->count < most;) {
        status = vector_file_next(file, &more, err);
        if (status != MOOD_OK || !more || file->word.size == 0 || has_id(tokenizer, file->word))
            continue;
        if (is_token(tokenizer, file->word, &scratch, err, &status) && !add_word(list, file->word))
            status = error_no_memory(err);
    }
    scratch_free(&scratch);
    return status;
}

static mood_status extend(mood_tokenizer *tokenizer, const struct vector_words *list, mood_error *err) {
    mood_text *words = calloc(list->count + 1, sizeof *words);
    if (!words)
        return error_no_memory(err);
    for (size_t i = 0, start = 0; i < list->count; start = list->ends[i++])
        words[i] = (mood_text){list->bytes.data + start, list->ends[i] - start};
    mood_status status = mood_tokenizer_add_words(tokenizer, words, list->count, NULL, err);
    free(words);
    return status;
}

mood_status mood_tokenizer_add_vector_words(mood_tokenizer *tokenizer, const char *path, size_t most, size_t *added,
                                            mood_error *err) {
    struct vector_file file;
    struct vector_words list = {0};
    if (!tokenizer || !path)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "adding the words of vectors needs a tokenizer and a file");
    if (mood_tokenizer_is_text_vectorization(tokenizer))
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "a TextVectorization's vocabulary can't be extended; use a Tokenizer");
    mood_status status = vector_file_open(&file, path, err);
    if (status == MOOD_OK)
        status = list_words(tokenizer, &file, most, &list, err);
    if (status == MOOD_OK)
        status = extend(tokenizer, &list, err);
    vector_file_close(&file);
    if (added)
        *added = status == MOOD_OK ? list.count : 0;
    bytes_free(&list.bytes);
    free(list.ends);
    return status;
}
