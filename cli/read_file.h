/* A whole file in memory. */
#ifndef CLI_READ_FILE_H
#define CLI_READ_FILE_H

#include <stddef.h>

#include "mood/status.h"

/* A file of at most so many bytes [most]: *data is new and NUL-terminated. It may be a pipe too, so that a secret need
 * not lie on disk; one that stays silent for 10 s is an error. Errors: MOOD_ERR_IO, not naming the path. */
MOOD_MUST_CHECK mood_status read_file(const char *path, size_t most, char **data, size_t *size, mood_error *err);

#endif
