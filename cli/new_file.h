/* An output file that is complete or absent: it is written beside its name, and renamed at the end. */
#ifndef CLI_NEW_FILE_H
#define CLI_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <zlib.h>

#include "mood/text.h"

struct new_file {
    const char *path; /* as given; "-" is standard output */
    char *target;     /* without symbolic links */
    char *beside;     /* the temporary file; NULL: written in place */
    int descriptor;
    gzFile gzip; /* NULL: not compressed */
};

/* True if a name ends in .gz. */
bool is_gzip_name(const char *path);

/* Create the file. If its name ends in .gz it is compressed. "-" is standard output; a device or a FIFO is written in
 * place. path is borrowed. Errors: MOOD_ERR_IO, naming the path; then there is nothing to close. */
MOOD_MUST_CHECK mood_status new_file_open(struct new_file *file, const char *path, mood_error *err);

MOOD_MUST_CHECK mood_status new_file_write(struct new_file *file, mood_text bytes, mood_error *err);

/* Write everything to disk, and give the file its name. On failure the file is removed. */
MOOD_MUST_CHECK mood_status new_file_commit(struct new_file *file, mood_error *err);

/* Remove what was written. Nothing happens after a commit. */
void new_file_discard(struct new_file *file);

#endif
