/* Reads a whole file into memory. */
#include "read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_CAPACITY ((size_t)1 << 12)
#define PATIENCE_MS 10000

static mood_status fail_read(mood_error *err, const char *why) {
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "cannot read it: %s", why);
}

/* If no writer has opened a FIFO yet, read reports the end of the file: wait for data first. */
static mood_status wait_for_bytes(int fd, mood_error *err) {
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&waiting, 1, PATIENCE_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return fail_read(err, "no data for 10 s");
    return ready > 0 ? MOOD_OK : fail_read(err, strerror(errno));
}

/* *got is 0 at the end of the file. */
static mood_status read_some(int fd, char *to, size_t room, size_t *got, mood_error *err) {
    mood_status status = wait_for_bytes(fd, err);
    if (status != MOOD_OK)
        return status;
    ssize_t size;
    do
        size = read(fd, to, room);
    while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN) /* another reader of the pipe has read the data */
        return read_some(fd, to, room, got, err);
    if (size < 0)
        return fail_read(err, strerror(errno));
    *got = (size_t)size;
    return MOOD_OK;
}

/* realloc is not used, because it may leave a copy of a secret in freed memory. */
static char *grow(char *data, size_t size, size_t capacity) {
    char *moved = malloc(capacity);
    if (moved && size)
        memcpy(moved, data, size);
    if (data)
        explicit_bzero(data, size);
    free(data);
    return moved;
}

static mood_status read_all(int fd, size_t most, char **data, size_t *size, mood_error *err) {
    size_t capacity = 0, got = 0;
    *data = NULL;
    *size = 0;
    for (;;) {
        if (capacity - *size < 2) { /* room for a byte and the NUL */
            capacity = capacity ? 2 * capacity : FIRST_CAPACITY;
            *data = grow(*data, *size, capacity);
            if (!*data)
                return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        }
        mood_status status = read_some(fd, *data + *size, capacity - *size - 1, &got, err);
        if (status != MOOD_OK)
            return status;
        if (got == 0)
            break;
        *size += got;
        if (*size > most)
            return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "is longer than %zu bytes", most);
    }
    (*data)[*size] = '\0';
    return MOOD_OK;
}

mood_status read_file(const char *path, size_t most, char **data, size_t *size, mood_error *err) {
    struct stat info;
    /* Without O_NONBLOCK, opening a FIFO waits indefinitely for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_read(err, strerror(errno));
    mood_status status = MOOD_OK;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uintmax_t)info.st_size > most)
        status = mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "is longer than %zu bytes", most);
    *data = NULL;
    if (status == MOOD_OK)
        status = read_all(fd, most, data, size, err);
    close(fd);
    if (status != MOOD_OK && *data) {
        explicit_bzero(*data, *size);
        free(*data);
        *data = NULL;
    }
    return status;
}
