/* Splits a file's text into lines. */
#ifndef TEXT_LINES_H
#define TEXT_LINES_H

#include "mood/text.h"
#include "text/input.h"

struct lines {
    struct input *input;
    struct bytes rest; /* the beginning of a line that a piece has not ended */
    const char *piece; /* its part that is not used yet */
    size_t size;
    size_t number; /* of the last line, from 1 */
    bool end;
};

/* The next line, without its end; valid until the next call. *found is false at the end.
 * Errors: MOOD_ERR_FORMAT if a line is longer than `most` bytes, with file and line. */
mood_status lines_next(struct lines *lines, size_t most, mood_text *line, bool *found, mood_error *err);

void lines_free(struct lines *lines);

#endif
