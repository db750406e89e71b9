/* The text of a data set's file: unpacked and in UTF-8, in pieces. Its beginning can be looked at before. */
#ifndef TEXT_INPUT_H
#define TEXT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "text/encoding.h"
#include "text/source.h"

#define MAX_FIELD ((size_t)64 << 20)   /* the longest field or line: a small compressed file can unpack to a huge one */
#define INPUT_SAMPLE ((size_t)1 << 20) /* bytes of the file */
#define INPUT_BLOCK ((size_t)1 << 16)  /* the most bytes of a piece of the sample */

struct input {
    struct source *source;
    struct encoding encoding;
    struct bytes sample; /* the beginning, converted, without a byte-order mark */
    bool whole;          /* the sample is the whole file */
    size_t given;        /* bytes of the sample that input_next has returned */
    struct bytes piece;
    char *block; /* [INPUT_BLOCK] */
};

/* encoding: as for encoding_open. On failure there is nothing to close. Errors contain the file's name. */
mood_status input_open(struct input *input, struct source *source, const char *encoding, mood_error *err);

/* The next piece, valid until the next call. *size is 0 at the end. */
mood_status input_next(struct input *input, const char **piece, size_t *size, mood_error *err);

void input_close(struct input *input);

#endif
