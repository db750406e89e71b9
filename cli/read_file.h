/* A whole file in memory. */
#ifndef CLI_READ_FILE_H
#define CLI_READ_FILE_H

#include <stddef.h>

#include "mood/status.h"

/* *data is new (free), *size its bytes. Errors: MOOD_ERR_IO, naming the path. */
MOOD_MUST_CHECK mood_status read_file(const char *path, char **data, size_t *size, mood_error *err);

#endif
