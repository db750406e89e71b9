/* Reads the bytes of a file or of standard input through a buffer. */
#ifndef TEXT_RAW_FILE_H
#define TEXT_RAW_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

struct raw_file {
    const char *name; /* for messages; borrowed */
    int descriptor;
    unsigned char *bytes;
    size_t at, size; /* bytes[at] … bytes[size - 1] are not used yet */
    size_t used;     /* bytes before bytes[at], since the beginning of the file */
    bool end;        /* nothing follows bytes[size - 1] */
};

/* "-" is standard input. Errors contain the file's name. On failure there is nothing to close. */
mood_status raw_file_open(struct raw_file *raw, const char *path, mood_error *err);

/* Read until `wanted` bytes are available, or until the end of the file. wanted: at most RAW_FILE_PEEK. */
#define RAW_FILE_PEEK 64
mood_status raw_file_fill(struct raw_file *raw, size_t wanted, mood_error *err);

/* Mark available bytes as used. */
void raw_file_use(struct raw_file *raw, size_t size);

/* Read into bytes [capacity]; *size is smaller only at the end of the file. */
mood_status raw_file_read(struct raw_file *raw, char *bytes, size_t capacity, size_t *size, mood_error *err);

void raw_file_close(struct raw_file *raw);

#endif
