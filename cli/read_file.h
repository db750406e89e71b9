/* Reads a whole file into memory. */
#ifndef CLI_READ_FILE_H
#define CLI_READ_FILE_H

#include <stddef.h>

#include "mood/status.h"

/* Read a file of at most `most` bytes: *data is new and NUL-terminated. A pipe is allowed, so that a secret need
 * not be stored on disk; a pipe without data for 10 s is an error. Errors: MOOD_ERR_IO, not naming the path. */
MOOD_MUST_CHECK mood_status read_file(const char *path, size_t most, char **data, size_t *size, mood_error *err);

#endif
