/* Reads bytes from a file, gzip or not, or from standard input. */
#ifndef TEXT_SOURCE_H
#define TEXT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include <sha2.h>
#include <zlib.h>

#include "mood/status.h"

struct source {
    const char *name; /* for messages; borrowed */
    gzFile file;
    size_t read;     /* number of unpacked bytes read */
    SHA2_CTX digest; /* of the unpacked bytes */
};

/* "-" is standard input. Errors contain the file's name. */
mood_status source_open(struct source *source, const char *path, mood_error *err);

/* Fill bytes [capacity]; *size is smaller only at the end. */
mood_status source_read(struct source *source, char *bytes, size_t capacity, size_t *size, mood_error *err);

/* The digest of the bytes read, in hex. */
void source_digest(struct source *source, char digest[SHA256_DIGEST_STRING_LENGTH]);

void source_close(struct source *source);

#endif
