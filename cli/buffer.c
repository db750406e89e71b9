/* Bytes that grow. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define LEAST_CAPACITY 256

static bool reserve(struct buffer *buffer, size_t more) {
    size_t wanted, capacity = buffer->capacity ? buffer->capacity : LEAST_CAPACITY;
    if (buffer->failed)
        return false;
    if (__builtin_add_overflow(buffer->size, more, &wanted) || wanted > PTRDIFF_MAX / 2) {
        buffer->failed = true;
        return false;
    }
    while (capacity < wanted)
        capacity *= 2;
    if (capacity == buffer->capacity)
        return true;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size) {
    if (size == 0 || !reserve(buffer, size))
        return;
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void buffer_append_text(struct buffer *buffer, mood_text text) {
    buffer_append(buffer, text.data, text.size);
}

void buffer_append_string(struct buffer *buffer, const char *string) {
    buffer_append(buffer, string, strlen(string));
}

void buffer_append_byte(struct buffer *buffer, char byte) {
    buffer_append(buffer, &byte, 1);
}

void buffer_print(struct buffer *buffer, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    if (size < 0) {
        buffer->failed = true;
        return;
    }
    buffer_append(buffer, text, (size_t)size);
    free(text);
}

mood_text buffer_part(const struct buffer *buffer, size_t start, size_t size) {
    return (mood_text){size ? buffer->data + start : "", size};
}

void buffer_clear(struct buffer *buffer) {
    buffer->size = 0;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}
