/* Bytes that grow. */
#ifndef CLI_BUFFER_H
#define CLI_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/text.h"

/* Initialize with {0}. A failed append sets failed, and later ones do nothing, so it can be checked once at the end. */
struct buffer {
    char *data;
    size_t size, capacity;
    bool failed; /* out of memory */
};

void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_append_text(struct buffer *buffer, mood_text text);
void buffer_append_string(struct buffer *buffer, const char *string);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...) MOOD_PRINTF(2, 3);

/* A part of the buffer; its data is never NULL. */
mood_text buffer_part(const struct buffer *buffer, size_t start, size_t size);

/* Empty it and keep its memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#endif
