/* Reads the bytes of a file, unpacked if it is compressed, or of standard input. */
#ifndef TEXT_SOURCE_H
#define TEXT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include <sha2.h>

#include "mood/status.h"
#include "text/decompressor.h"
#include "text/raw_file.h"

struct source {
    const char *name; /* for messages; borrowed */
    struct raw_file raw;
    struct unpacking unpacking;
    size_t read; /* number of unpacked bytes read */
    bool
        has_digest; /* set before the first read if source_digest will be called; a digest takes time for large files */
    SHA2_CTX digest; /* of the unpacked bytes */
};

/* "-" is standard input. Errors contain the file's name. */
mood_status source_open(struct source *source, const char *path, mood_error *err);

/* The name of the file's compression; NULL: none. */
const char *source_compression(const struct source *source);

/* Fill bytes [capacity]; *size is smaller only at the end. */
mood_status source_read(struct source *source, char *bytes, size_t capacity, size_t *size, mood_error *err);

/* The digest of the bytes read, in hex, if has_digest is set. */
void source_digest(struct source *source, char digest[SHA256_DIGEST_STRING_LENGTH]);

void source_close(struct source *source);

#endif
