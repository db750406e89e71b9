/* Memory that grows: bytes, and arrays. */
#ifndef TEXT_BYTES_H
#define TEXT_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

/* Begins as {0}. data is NULL as long as nothing was reserved. */
struct bytes {
    char *data;
    size_t size, capacity;
};

/* Room for `more` bytes behind size; false when there is no memory, and bytes is as it was. */
bool bytes_reserve(struct bytes *bytes, size_t more);
bool bytes_append(struct bytes *bytes, const void *data, size_t size);
bool bytes_append_byte(struct bytes *bytes, char byte);
void bytes_free(struct bytes *bytes);

/* An array for at least `wanted` elements, at `array` or elsewhere, *capacity being what it has and what
 * it gets; NULL when there is no memory, and the array is as it was. */
void *array_grow(void *array, size_t *capacity, size_t wanted, size_t element_size);

mood_status error_no_memory(mood_error *err);

/* MOOD_ERR_ARGUMENT becomes MOOD_ERR_FORMAT: the value came from a file, not from the caller. */
mood_status error_of_format(mood_status status, mood_error *err);

#endif
