/* Reads lines from a file descriptor. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"

#define FIRST_CAPACITY ((size_t)1 << 16)
#define LINE_MAX_SIZE ((size_t)64 << 20) /* limits the memory for one line */

void lines_start(struct lines *lines, int fd) {
    *lines = (struct lines){.fd = fd};
}

void lines_stop(struct lines *lines) {
    free(lines->buffer);
    lines->buffer = NULL;
}

/* Make room for more bytes: discard the lines already returned; if the buffer is still full, double it. */
static mood_status make_room(struct lines *lines, mood_error *err) {
    size_t kept = lines->used - lines->taken;
    if (lines->taken)
        memmove(lines->buffer, lines->buffer + lines->taken, kept);
    lines->used = kept;
    lines->searched -= lines->taken;
    lines->taken = 0;
    if (lines->used < lines->capacity)
        return MOOD_OK;
    if (lines->used >= LINE_MAX_SIZE)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "line %zu is longer than %zu MiB",
                              lines->count + 1, LINE_MAX_SIZE >> 20);
    size_t capacity = lines->capacity ? 2 * lines->capacity : FIRST_CAPACITY;
    char *buffer = capacity > lines->capacity ? realloc(lines->buffer, capacity) : NULL;
    if (!buffer)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_INPUT, "a line of more than %zu bytes: out of memory",
                              lines->capacity);
    lines->buffer = buffer;
    lines->capacity = capacity;
    return MOOD_OK;
}

static mood_status read_more(struct lines *lines, mood_error *err) {
    mood_status status = make_room(lines, err);
    if (status)
        return status;
    ssize_t got;
    do
        got = read(lines->fd, lines->buffer + lines->used, lines->capacity - lines->used);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "standard input can't be read: %s", strerror(errno));
    lines->ended = got == 0;
    lines->used += (size_t)got;
    return MOOD_OK;
}

/* The next complete line in the buffer; at the end of the input also an incomplete one. */
static bool next_line(struct lines *lines, mood_text *line) {
    const char *start = lines->buffer + lines->taken;
    size_t left = lines->used - lines->taken;
    size_t known = lines->searched - lines->taken; /* the bytes already searched contain no newline */
    const char *newline = left > known ? memchr(start + known, '\n', left - known) : NULL;
    lines->searched = lines->used;
    if (!newline && (!lines->ended || left == 0))
        return false;
    line->data = start;
    line->size = newline ? (size_t)(newline - start) : left;
    lines->taken += line->size + (newline != NULL);
    if (newline && line->size > 0 && start[line->size - 1] == '\r') /* a CR LF line end */
        line->size--;
    lines->searched = lines->taken;
    lines->count++;
    return true;
}

mood_status lines_take(struct lines *lines, mood_text *batch, size_t most, size_t *count, mood_error *err) {
    *count = 0;
    for (;;) {
        while (*count < most && next_line(lines, &batch[*count]))
            (*count)++;
        if (*count || lines->ended)
            return MOOD_OK;
        mood_status status = read_more(lines, err);
        if (status)
            return status;
    }
}
