/* Reads the bytes of a file or of standard input through a buffer. */
#include "text/raw_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/errors.h"

#define CAPACITY ((size_t)1 << 16)

static mood_status error_errno(const struct raw_file *raw, int number, mood_error *err) {
    if (number == ENOMEM)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "%s: out of memory", raw->name);
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: %s", raw->name, strerror(number));
}

mood_status raw_file_open(struct raw_file *raw, const char *path, mood_error *err) {
    bool standard = strcmp(path, "-") == 0;
    *raw = (struct raw_file){.name = standard ? "standard input" : path};
    raw->descriptor = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (raw->descriptor < 0)
        return error_errno(raw, errno, err);
    raw->bytes = malloc(CAPACITY);
    if (raw->bytes)
        return MOOD_OK;
    raw_file_close(raw);
    return error_errno(raw, ENOMEM, err);
}

/* Read once. At the end of the file *got is 0. */
static mood_status read_some(struct raw_file *raw, void *bytes, size_t capacity, size_t *got, mood_error *err) {
    ssize_t count;
    do
        count = read(raw->descriptor, bytes, capacity);
    while (count < 0 && errno == EINTR);
    *got = count > 0 ? (size_t)count : 0;
    raw->end = count == 0;
    return count < 0 ? error_errno(raw, errno, err) : MOOD_OK;
}

mood_status raw_file_fill(struct raw_file *raw, size_t wanted, mood_error *err) {
    while (raw->size - raw->at < wanted && !raw->end) {
        size_t got;
        memmove(raw->bytes, raw->bytes + raw->at, raw->size - raw->at);
        raw->size -= raw->at;
        raw->at = 0;
        mood_status status = read_some(raw, raw->bytes + raw->size, CAPACITY - raw->size, &got, err);
        if (status != MOOD_OK)
            return status;
        raw->size += got;
    }
    return MOOD_OK;
}

void raw_file_use(struct raw_file *raw, size_t size) {
    raw->at += size;
    raw->used += size;
}

mood_status raw_file_read(struct raw_file *raw, char *bytes, size_t capacity, size_t *size, mood_error *err) {
    for (*size = 0; *size < capacity;) {
        mood_status status = raw_file_fill(raw, 1, err);
        if (status != MOOD_OK)
            return status;
        size_t part = raw->size - raw->at;
        if (part == 0)
            break;
        if (part > capacity - *size)
            part = capacity - *size;
        memcpy(bytes + *size, raw->bytes + raw->at, part);
        raw_file_use(raw, part);
        *size += part;
    }
    return MOOD_OK;
}

void raw_file_close(struct raw_file *raw) {
    if (raw->descriptor >= 0)
        close(raw->descriptor);
    free(raw->bytes);
    raw->bytes = NULL;
    raw->descriptor = -1;
}
