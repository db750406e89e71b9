/* Lines of a file descriptor, handed on as soon as they are there: a batch is what one read brought. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>

#include "mood/text.h"

struct lines {
    int fd;
    char *buffer;
    size_t capacity, used, taken; /* bytes: held, filled, handed on */
    size_t searched;              /* up to here there is no newline after the bytes taken */
    size_t count;                 /* lines handed on */
    bool ended;
};

/* Start on a descriptor, which stays the caller's. */
void lines_start(struct lines *lines, int fd);
void lines_stop(struct lines *lines);

/* Wait until there is a line, then take those that are there: up to most into batch; *count is 0 at the end.
 * They lie in the buffer until the next call, without their line end (LF or CR LF). The last line may lack it.
 * Errors: MOOD_ERR_IO; MOOD_ERR_FORMAT for a line of 64 MiB or more. */
MOOD_MUST_CHECK mood_status lines_take(struct lines *lines, mood_text *batch, size_t most, size_t *count,
                                       mood_error *err);

#endif
