/* Reads a file of word vectors, one after the other, in any of these formats:
 * - text: a line for each word, with the word and its numbers separated by single spaces; with a first line of two
 *   counts (words, numbers), as word2vec and fastText write it, or without, as GloVe;
 * - word2vec's binary format: a line of two counts; then for each word the word, a space, and its numbers as
 *   little-endian floats, perhaps with a line end after them;
 * - compact, mood's own: a line "mood-vectors COUNT NUMBERS"; then for each word the word, a space, a little-endian float
 *   f, and a signed byte for each number, which is that byte times f. */
#ifndef TEXT_VECTOR_FILE_H
#define TEXT_VECTOR_FILE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "mood/text.h"
#include "text/source.h"

enum vector_format { VECTORS_UNKNOWN, VECTORS_TEXT, VECTORS_BINARY, VECTORS_COMPACT };

struct vector_file {
    struct source source;
    enum vector_format format;
    struct bytes bytes; /* the rest of the file, as far as it has been read */
    size_t begin;       /* the next byte in it */
    bool end;           /* the file has been read to its end */
    size_t number;      /* of the current line, or of the current word */
    size_t count, dim;  /* words, according to the first line, and numbers per word; 0: unknown */
    mood_text word;     /* the current word; valid until the next call */
    char *numbers;      /* its numbers, not decoded; in a text NUL-terminated */
};

/* Close the file also after an error. Errors contain the file's name. */
mood_status vector_file_open(struct vector_file *file, const char *path, mood_error *err);
void vector_file_close(struct vector_file *file);

/* Read the next word; *more is false at the end. dim is known after the first word. */
mood_status vector_file_next(struct vector_file *file, bool *more, mood_error *err);

/* The numbers [dim] of the current word. Errors: MOOD_ERR_FORMAT if one is not a finite number. */
mood_status vector_file_values(const struct vector_file *file, float *values, mood_error *err);

#endif
