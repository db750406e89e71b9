/* Word vectors, one after the other. */
#include "text/vector_file.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/number.h"

enum { CHUNK = 1 << 16, MOST_NUMBERS = 1 << 14 };
#define LONGEST_LINE ((size_t)1 << 20)
#define LONGEST_WORD ((size_t)1 << 16) /* in a binary file [bytes] */
#define COMPACT_START "mood-vectors "

static mood_status refuse(const struct vector_file *file, const char *what, mood_error *err) {
    bool binary = file->format == VECTORS_BINARY || file->format == VECTORS_COMPACT;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s, %s %zu: %s", file->source.name,
                          binary ? "word" : "line", file->number, what);
}

/* ---- bytes -------------------------------------------------------------------------------------- */

static size_t available(const struct vector_file *file) {
    return file->bytes.size - file->begin;
}

static mood_status fill(struct vector_file *file, mood_error *err) {
    struct bytes *bytes = &file->bytes;
    size_t got;
    if (file->begin > 0) {
        memmove(bytes->data, bytes->data + file->begin, available(file));
        bytes->size -= file->begin;
        file->begin = 0;
    }
    if (bytes->size > LONGEST_LINE)
        return refuse(file, "it is longer than 1 MiB; this is not a file of word vectors", err);
    if (!bytes_reserve(bytes, CHUNK + 1))
        return error_no_memory(err);
    mood_status status = source_read(&file->source, bytes->data + bytes->size, CHUNK, &got, err);
    bytes->size += got;
    bytes->data[bytes->size] = '\0';
    file->end = got < CHUNK;
    return status;
}

/* The offset from `begin` of the next byte `wanted`; SIZE_MAX: there is none. */
static mood_status find_byte(struct vector_file *file, char wanted, size_t *offset, mood_error *err) {
    for (size_t seen = 0;;) {
        const char *start = file->bytes.data ? file->bytes.data + file->begin : NULL;
        const char *at = available(file) > seen ? memchr(start + seen, wanted, available(file) - seen) : NULL;
        *offset = at ? (size_t)(at - start) : SIZE_MAX;
        if (at || file->end)
            return MOOD_OK;
        seen = available(file);
        mood_status status = fill(file, err);
        if (status != MOOD_OK)
            return status;
    }
}

/* ---- text --------------------------------------------------------------------------------------- */

/* The next line, NUL-terminated, without its line end; *text NULL: there are no more. */
static mood_status next_line(struct vector_file *file, char **text, size_t *size, mood_error *err) {
    size_t newline;
    *text = NULL;
    file->number++;
    mood_status status = find_byte(file, '\n', &newline, err);
    if (status != MOOD_OK || (newline == SIZE_MAX && available(file) == 0))
        return status;
    *size = newline == SIZE_MAX ? available(file) : newline;
    *text = file->bytes.data + file->begin;
    file->begin += *size + (newline != SIZE_MAX);
    while (*size > 0 && ((*text)[*size - 1] == '\r' || (*text)[*size - 1] == ' '))
        --*size;
    (*text)[*size] = '\0';
    return MOOD_OK;
}

static bool read_number(const char *text, size_t size, float *number) {
    char *end;
    double value = number_read(text, &end);
    *number = (float)value;
    return size > 0 && *text != ' ' && end == text + size && isfinite(*number);
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

static mood_status next_of_text(struct vector_file *file, bool *more, mood_error *err) {
    char *text;
    size_t size, word;
    mood_status status = next_line(file, &text, &size, err);
    while (status == MOOD_OK && text && size == 0)
        status = next_line(file, &text, &size, err);
    *more = status == MOOD_OK && text;
    if (!*more)
        return status;
    if (file->dim == 0)
        file->dim = count_numbers(text, size);
    if (file->dim == 0 || file->dim > MOST_NUMBERS)
        return refuse(file, "it is not a word and 1 to 16384 numbers, separated by single spaces", err);
    if (!find_word(text, size, file->dim, &word))
        return refuse(file, "it has fewer numbers than the first vector, or than the first line says", err);
    file->word = (mood_text){text, word};
    file->numbers = text + word + 1;
    return MOOD_OK;
}

static mood_status values_of_text(const struct vector_file *file, float *values, mood_error *err) {
    const char *text = file->numbers;
    for (size_t d = 0; d < file->dim; d++) {
        size_t size = strcspn(text, " ");
        if (!read_number(text, size, &values[d]))
            return refuse(file, "it does not end with as many finite numbers as the first vector has", err);
        text += size + (text[size] == ' ');
    }
    return MOOD_OK;
}

/* ---- binary ------------------------------------------------------------------------------------- */

static size_t bytes_of_vector(const struct vector_file *file) {
    return file->format == VECTORS_BINARY ? file->dim * sizeof(float) : sizeof(float) + file->dim;
}

/* word2vec ends each vector with a line end, others do not. */
static mood_status next_of_binary(struct vector_file *file, bool *more, mood_error *err) {
    size_t space;
    *more = file->number < file->count;
    if (!*more)
        return MOOD_OK;
    file->number++;
    mood_status status = find_byte(file, ' ', &space, err);
    if (status != MOOD_OK)
        return status;
    if (space > LONGEST_WORD)
        return refuse(file, "the file ends before it, or it has more than 65536 bytes; the first line may be wrong",
                      err);
    while (available(file) < space + 1 + bytes_of_vector(file)) {
        if (file->end)
            return refuse(file, "the file ends in its numbers; copy or make the file again", err);
        if ((status = fill(file, err)) != MOOD_OK)
            return status;
    }
    char *start = file->bytes.data + file->begin;
    file->begin += space + 1 + bytes_of_vector(file);
    file->numbers = start + space + 1;
    size_t line_end = space > 0 && start[0] == '\n';
    file->word = (mood_text){start + line_end, space - line_end};
    return MOOD_OK;
}

static float float_at(const char *bytes) {
    uint32_t bits;
    float value;
    memcpy(&bits, bytes, sizeof bits);
    bits = le32toh(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static mood_status values_of_binary(const struct vector_file *file, float *values, mood_error *err) {
    bool compact = file->format == VECTORS_COMPACT;
    float factor = compact ? float_at(file->numbers) : 1;
    for (size_t d = 0; d < file->dim; d++) {
        values[d] = compact ? factor * (float)(signed char)file->numbers[sizeof(float) + d]
                            : float_at(file->numbers + d * sizeof(float));
        if (!isfinite(values[d]))
            return refuse(file, "one of its numbers is not finite", err);
    }
    return MOOD_OK;
}

/* ---- the first line ----------------------------------------------------------------------------- */

/* "30000 100" */
static bool read_counts(const char *text, size_t size, size_t *count, size_t *dim) {
    const char *space = memchr(text, ' ', size);
    size_t before = space ? (size_t)(space - text) : 0, after = space ? size - before - 1 : 0;
    if (!before || before > 18 || !after || after > 18 || strspn(text, "0123456789") != before ||
        strspn(space + 1, "0123456789") < after)
        return false;
    *count = strtoul(text, NULL, 10);
    *dim = strtoul(space + 1, NULL, 10);
    return true;
}

/* After a line of counts: true if the next line is that of a text: `dim` numbers at its end. */
static mood_status is_text(struct vector_file *file, bool *text, mood_error *err) {
    size_t newline;
    mood_status status = find_byte(file, '\n', &newline, err);
    if (status == MOOD_ERR_FORMAT) { /* no line has that size in a text */
        *text = false;
        return MOOD_OK;
    }
    size_t size = newline == SIZE_MAX ? available(file) : newline;
    const char *line = size ? file->bytes.data + file->begin : "";
    *text = true;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t' && line[i] != '\r')
            *text = false;
    return status;
}

static mood_status read_first_line(struct vector_file *file, mood_error *err) {
    size_t newline;
    bool text = true;
    mood_status status = find_byte(file, '\n', &newline, err);
    size_t size = newline == SIZE_MAX ? available(file) : newline, name = sizeof COMPACT_START - 1;
    file->format = VECTORS_TEXT;
    if (status != MOOD_OK || size == 0)
        return status;
    char *line = file->bytes.data + file->begin;
    bool compact = size > name && memcmp(line, COMPACT_START, name) == 0;
    while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == ' '))
        size--;
    if (!read_counts(line + (compact ? name : 0), size - (compact ? name : 0), &file->count, &file->dim))
        return MOOD_OK;
    file->begin += newline == SIZE_MAX ? available(file) : newline + 1;
    file->number = 1;
    if (!compact)
        status = is_text(file, &text, err);
    if (status != MOOD_OK || (!compact && text))
        return status;
    file->format = compact ? VECTORS_COMPACT : VECTORS_BINARY;
    file->number = 0;
    if (file->dim == 0 || file->dim > MOST_NUMBERS)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s, line 1: vectors of %zu numbers; 1 to %d are possible", file->source.name, file->dim,
                              MOST_NUMBERS);
    return MOOD_OK;
}

/* ---- all formats -------------------------------------------------------------------------------- */

mood_status vector_file_open(struct vector_file *file, const char *path, mood_error *err) {
    *file = (struct vector_file){.format = VECTORS_UNKNOWN};
    mood_status status = source_open(&file->source, path, err);
    return status == MOOD_OK ? read_first_line(file, err) : status;
}

void vector_file_close(struct vector_file *file) {
    source_close(&file->source);
    bytes_free(&file->bytes);
}

mood_status vector_file_next(struct vector_file *file, bool *more, mood_error *err) {
    return (file->format == VECTORS_TEXT ? next_of_text : next_of_binary)(file, more, err);
}

mood_status vector_file_values(const struct vector_file *file, float *values, mood_error *err) {
    return (file->format == VECTORS_TEXT ? values_of_text : values_of_binary)(file, values, err);
}
