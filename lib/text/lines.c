/* Splits a file's text into lines. */
#include "text/lines.h"

#include <string.h>

#include "base/errors.h"

static mood_status next_piece(struct lines *lines, mood_error *err) {
    mood_status status = input_next(lines->input, &lines->piece, &lines->size, err);
    lines->end = lines->size == 0;
    return status;
}

/* Take a part of the piece, which ends the line or the piece. */
static mood_text take(struct lines *lines, size_t size, size_t used) {
    mood_text part = {lines->piece, size};
    lines->piece += used;
    lines->size -= used;
    return part;
}

static mood_text without_carriage(mood_text line) {
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

mood_status lines_next(struct lines *lines, size_t most, mood_text *line, bool *found, mood_error *err) {
    mood_status status = MOOD_OK;
    bool begun = false;
    lines->rest.size = 0;
    lines->number++;
    for (*found = false; !*found;) {
        if (lines->size == 0 && !lines->end)
            status = next_piece(lines, err);
        if (status != MOOD_OK)
            return status;
        if (lines->end && !begun)
            return MOOD_OK;
        const char *end = lines->size ? memchr(lines->piece, '\n', lines->size) : NULL;
        size_t size = end ? (size_t)(end - lines->piece) : lines->size;
        *line = take(lines, size, size + (end != NULL));
        *found = end || lines->end;
        if (lines->rest.size + size > most)
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s:%zu: the line is longer than %zu MiB",
                                  lines->input->source->name, lines->number, most >> 20);
        if (*found && !begun)
            break;
        if (!bytes_append(&lines->rest, line->data, line->size))
            return error_no_memory(err);
        begun = true;
        *line = (mood_text){lines->rest.data ? lines->rest.data : "", lines->rest.size};
    }
    *line = without_carriage(*line);
    return MOOD_OK;
}

void lines_free(struct lines *lines) {
    bytes_free(&lines->rest);
}
