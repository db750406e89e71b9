/* Reads the bytes of a file, unpacked, and limits how many a small file can unpack to. */
#include "text/source.h"

#include <sys/stat.h>

#include "base/errors.h"

/* gzip compresses prose to about a third of its size, and one repeated byte to a thousandth. */
#define MAX_EXPANSION 100
#define ALWAYS_ALLOWED ((size_t)256 << 20) /* unpacked size in bytes that is always allowed */

mood_status source_open(struct source *source, const char *path, mood_error *err) {
    *source = (struct source){0};
    mood_status status = raw_file_open(&source->raw, path, err);
    source->name = source->raw.name;
    if (status != MOOD_OK)
        return status;
    SHA256Init(&source->digest);
    status = unpacking_open(&source->unpacking, &source->raw, err);
    if (status != MOOD_OK)
        source_close(source);
    return status;
}

const char *source_compression(const struct source *source) {
    return source->unpacking.type ? source->unpacking.type->name : NULL;
}

/* The packed bytes so far; of an archive, which is not read in order, the size of the file. */
static size_t packed_size(const struct source *source) {
    struct stat info;
    if (!source->unpacking.type->read)
        return source->raw.used;
    return fstat(source->raw.descriptor, &info) == 0 ? (size_t)info.st_size : 0;
}

static mood_status check_unpacked_size(const struct source *source, mood_error *err) {
    if (!source->unpacking.type || source->read <= ALWAYS_ALLOWED ||
        source->read / MAX_EXPANSION <= packed_size(source))
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "%s: unpacks to more than %d times its size, as texts do not; unpack it first if it is right",
                          source->name, MAX_EXPANSION);
}

mood_status source_read(struct source *source, char *bytes, size_t capacity, size_t *size, mood_error *err) {
    *size = 0;
    mood_status status = unpacking_read(&source->unpacking, &source->raw, bytes, capacity, size, err);
    if (status != MOOD_OK)
        return status;
    source->read += *size;
    status = check_unpacked_size(source, err);
    if (status == MOOD_OK && source->has_digest)
        SHA256Update(&source->digest, (const uint8_t *)bytes, *size);
    return status;
}

void source_digest(struct source *source, char digest[SHA256_DIGEST_STRING_LENGTH]) {
    SHA256End(&source->digest, digest);
}

void source_close(struct source *source) {
    unpacking_close(&source->unpacking);
    raw_file_close(&source->raw);
}
