/* Reads lines from a file descriptor and returns them as soon as they arrive: a batch is what one read returned. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>

#include "mood/text.h"

struct lines {
    int fd;
    char *buffer;
    size_t capacity, used, taken; /* bytes: allocated, filled, returned */
    size_t searched;              /* up to here there is no newline after the returned bytes */
    size_t count;                 /* lines returned */
    bool ended;
};

/* Start reading a descriptor. The caller keeps ownership. */
void lines_start(struct lines *lines, int fd);
void lines_stop(struct lines *lines);

/* Wait for a line, then put all available lines, but at most most, into batch. *count is 0 at the end of the input.
 * Lines point into the buffer, without their line ends (LF or CR LF), and are valid until the next call. The last
 * line may lack a line end. Errors: MOOD_ERR_IO; MOOD_ERR_FORMAT for a line of 64 MiB or more. */
MOOD_MUST_CHECK mood_status lines_take(struct lines *lines, mood_text *batch, size_t most, size_t *count,
                                       mood_error *err);

#endif
