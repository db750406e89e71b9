/* zlib reads files that are not gzip unchanged, so no detection is needed. */
#include "text/source.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* gzip compresses prose to about a third of its size, and one repeated byte to a thousandth. */
#define MAX_EXPANSION 100
#define ALWAYS_ALLOWED ((size_t)256 << 20) /* unpacked size in bytes that is always allowed */

static mood_status error_errno(const struct source *source, int number, mood_error *err) {
    if (number == 0 || number == ENOMEM)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "%s: out of memory", source->name);
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: %s", source->name, strerror(number));
}

mood_status source_open(struct source *source, const char *path, mood_error *err) {
    bool standard = strcmp(path, "-") == 0;
    *source = (struct source){.name = standard ? "standard input" : path};
    errno = 0;
    int copy = standard ? dup(STDIN_FILENO) : -1;
    if (standard && copy < 0)
        return error_errno(source, errno, err);
    errno = 0;
    source->file = standard ? gzdopen(copy, "rb") : gzopen(path, "rbe");
    if (!source->file) {
        int number = errno;
        if (copy >= 0)
            close(copy);
        return error_errno(source, number, err);
    }
    SHA256Init(&source->digest);
    return MOOD_OK;
}

/* Report zlib's error. A truncated gzip file is only detected at its end. */
static mood_status check(const struct source *source, mood_error *err) {
    int number = errno, code;
    const char *message = gzerror(source->file, &code);
    switch (code) {
    case Z_OK:
    case Z_STREAM_END: return MOOD_OK;
    case Z_ERRNO: return error_errno(source, number, err);
    case Z_MEM_ERROR: return error_errno(source, ENOMEM, err);
    case Z_BUF_ERROR:
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the gzip file is cut off; copy or make it again", source->name);
    }
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: the gzip file is damaged (%s)", source->name,
                          message);
}

/* The packed size of a pipe is unknown (-1). */
static mood_status check_unpacked_size(const struct source *source, mood_error *err) {
    z_off_t packed = source->read > ALWAYS_ALLOWED ? gzoffset(source->file) : -1;
    if (packed < 0 || source->read / MAX_EXPANSION <= (size_t)packed)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "%s: unpacks to more than %d times its size, as texts do not; unpack it first if it is right",
                          source->name, MAX_EXPANSION);
}

mood_status source_read(struct source *source, char *bytes, size_t capacity, size_t *size, mood_error *err) {
    errno = 0;
    int got = gzread(source->file, bytes, capacity < INT_MAX ? (unsigned)capacity : INT_MAX);
    *size = 0;
    mood_status status = got < 0 || (size_t)got < capacity ? check(source, err) : MOOD_OK;
    if (status != MOOD_OK || got <= 0)
        return status;
    source->read += (size_t)got;
    status = check_unpacked_size(source, err);
    if (status != MOOD_OK)
        return status;
    *size = (size_t)got;
    SHA256Update(&source->digest, (const uint8_t *)bytes, *size);
    return MOOD_OK;
}

void source_digest(struct source *source, char digest[SHA256_DIGEST_STRING_LENGTH]) {
    SHA256End(&source->digest, digest);
}

void source_close(struct source *source) {
    if (source->file)
        gzclose_r(source->file);
    source->file = NULL;
}
