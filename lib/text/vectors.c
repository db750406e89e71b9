/* Reads word vectors as text: a line for each word, with the word and its numbers separated by single spaces; with
 * a first line of two counts, as word2vec and fastText write them, or without, as GloVe. Only the vectors of words
 * in the tokenizer's vocabulary are kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "base/number.h"
#include "text/source.h"
#include "text/tokenizer.h"

enum { CHUNK = 1 << 16, MOST_NUMBERS = 1 << 14 };
#define LONGEST_LINE ((size_t)1 << 20)
#define MOST_VALUES ((size_t)1 << 30) /* size limit of one Embedding: indices must fit an int */

struct reader {
    struct source source;
    struct bytes line; /* with the beginning of the next lines */
    size_t begin, number;
    bool end; /* end of the file */
    struct id_rule rule;
    size_t rows, dim, found;
    float *values;
    bool *is_found; /* [rows] */
};

static mood_status refuse(const struct reader *reader, const char *what, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s, line %zu: %s", reader->source.name,
                          reader->number, what);
}

/* ---- lines ------------------------------------------------------------------------------------- */

static mood_status fill(struct reader *reader, mood_error *err) {
    struct bytes *line = &reader->line;
    size_t got;
    if (reader->begin > 0) {
        memmove(line->data, line->data + reader->begin, line->size - reader->begin);
        line->size -= reader->begin;
        reader->begin = 0;
    }
    if (line->size > LONGEST_LINE)
        return refuse(reader, "it is longer than 1 MiB; this is not a file of word vectors", err);
    if (!bytes_reserve(line, CHUNK + 1))
        return error_no_memory(err);
    mood_status status = source_read(&reader->source, line->data + line->size, CHUNK, &got, err);
    line->size += got;
    reader->end = got < CHUNK;
    return status;
}

/* The next line, NUL-terminated, without its line end; *text NULL: there are no more. */
static mood_status next_line(struct reader *reader, char **text, size_t *size, mood_error *err) {
    struct bytes *line = &reader->line;
    char *newline = NULL;
    *text = NULL;
    reader->number++;
    while (!(newline = line->data ? memchr(line->data + reader->begin, '\n', line->size - reader->begin) : NULL) &&
           !reader->end) {
        mood_status status = fill(reader, err);
        if (status != MOOD_OK)
            return status;
    }
    size_t end = newline ? (size_t)(newline - line->data) : line->size;
    if (end == reader->begin && !newline)
        return MOOD_OK;
    *text = line->data + reader->begin;
    *size = end - reader->begin;
    reader->begin = newline ? end + 1 : end;
    while (*size > 0 && ((*text)[*size - 1] == '\r' || (*text)[*size - 1] == ' '))
        --*size;
    (*text)[*size] = '\0';
    return MOOD_OK;
}

/* ---- parts of a line ----------------------------------------------------------------------------- */

static bool read_number(const char *text, size_t size, float *number) {
    char *end;
    double value = number_read(text, &end);
    *number = (float)value;
    return size > 0 && *text != ' ' && end == text + size && isfinite(*number);
}

static bool is_count(const char *text, size_t size) {
    return size > 0 && strspn(text, "0123456789") >= size;
}

/* "30000 100": *dim is the second number. */
static bool read_header(const char *text, size_t size, size_t *dim) {
    const char *space = memchr(text, ' ', size);
    if (!space || !is_count(text, (size_t)(space - text)) || !is_count(space + 1, size - (size_t)(space - text) - 1))
        return false;
    *dim = strtoul(space + 1, NULL, 10);
    return true;
}

/* The size of the word before the last `dim` numbers: a word may contain spaces and may be empty. False: there are
 * not enough parts. */
static bool find_word(const char *text, size_t size, size_t dim, size_t *word) {
    for (size_t i = size; dim > 0 && i-- > 0;)
        if (text[i] == ' ' && --dim == 0) {
            *word = i;
            return true;
        }
    return false;
}

/* Without a line of counts: the number of numbers in the first vector, which are all parts except the first. */
static size_t count_numbers(const char *text, size_t size) {
    size_t count = 0, end = size;
    for (size_t i = size; i-- > 0;) {
        float number;
        if (text[i] != ' ')
            continue;
        if (!read_number(text + i + 1, end - i - 1, &number))
            break;
        end = i;
        count++;
    }
    return count;
}

static mood_status read_values(const struct reader *reader, const char *text, float *values, mood_error *err) {
    for (size_t d = 0; d < reader->dim; d++) {
        size_t size = strcspn(text, " ");
        if (!read_number(text, size, &values[d]))
            return refuse(reader, "it does not end with as many finite numbers as the first vector has", err);
        text += size + (text[size] == ' ');
    }
    return MOOD_OK;
}

static mood_status make_room(struct reader *reader, const char *text, size_t size, mood_error *err) {
    if (reader->dim == 0)
        reader->dim = count_numbers(text, size);
    if (reader->dim == 0 || reader->dim > MOST_NUMBERS)
        return refuse(reader, "it is not a word and 1 to 16384 numbers, separated by single spaces", err);
    if (reader->rows > MOST_VALUES / reader->dim)
        return refuse(reader, "vectors of this length for all words of the vocabulary are more than 2^30 numbers", err);
    reader->values = calloc(reader->rows * reader->dim, sizeof *reader->values);
    reader->is_found = calloc(reader->rows, sizeof *reader->is_found);
    return reader->values && reader->is_found ? MOOD_OK : error_no_memory(err);
}

static mood_status read_vector(struct reader *reader, const char *text, size_t size, mood_error *err) {
    mood_status status = reader->values ? MOOD_OK : make_room(reader, text, size, err);
    int32_t id;
    size_t word = 0;
    if (status == MOOD_OK && !find_word(text, size, reader->dim, &word))
        return refuse(reader, "it has fewer numbers than the first vector, or than the first line says", err);
    if (status != MOOD_OK || word == 0 || id_rule_apply(&reader->rule, (mood_text){text, word}, &id) != ID_KNOWN ||
        (size_t)id >= reader->rows)
        return status;
    status = read_values(reader, text + word + 1, reader->values + (size_t)id * reader->dim, err);
    reader->found += status == MOOD_OK && !reader->is_found[id];
    reader->is_found[id] = true;
    return status;
}

static mood_status read_all(struct reader *reader, mood_error *err) {
    for (;;) {
        char *text;
        size_t size;
        mood_status status = next_line(reader, &text, &size, err);
        if (status != MOOD_OK || !text)
            return status;
        if (size == 0 || (reader->number == 1 && read_header(text, size, &reader->dim)))
            continue;
        status = read_vector(reader, text, size, err);
        if (status != MOOD_OK)
            return status;
    }
}

mood_status mood_tokenizer_read_vectors(const mood_tokenizer *tokenizer, const char *path, size_t rows, float **values,
                                        size_t *dim, size_t *found, mood_error *err) {
    if (!tokenizer || !path || !values || !dim || rows == 0)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
            "reading word vectors needs a tokenizer, a file, at least one row, and room for the result");
    struct reader reader = {.rows = rows, .rule = tokenizer_id_rule(tokenizer)};
    *values = NULL;
    mood_status status = source_open(&reader.source, path, err);
    if (status == MOOD_OK)
        status = read_all(&reader, err);
    if (status == MOOD_OK && !reader.values)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: there are no word vectors in it",
                                reader.source.name);
    source_close(&reader.source);
    bytes_free(&reader.line);
    free(reader.is_found);
    if (status != MOOD_OK) {
        free(reader.values);
        return status;
    }
    *values = reader.values;
    *dim = reader.dim;
    if (found)
        *found = reader.found;
    return MOOD_OK;
}
