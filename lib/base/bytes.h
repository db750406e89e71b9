/* Memory that grows: bytes and arrays. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Initialize with {0}. data is NULL as long as nothing was reserved. */
struct bytes {
    char *data;
    size_t size, capacity;
};

/* Reserve room for `more` bytes after size. False: out of memory; bytes is unchanged. */
bool bytes_reserve(struct bytes *bytes, size_t more);
bool bytes_append(struct bytes *bytes, const void *data, size_t size);
bool bytes_append_byte(struct bytes *bytes, char byte);
void bytes_free(struct bytes *bytes);

/* Make room for at least `wanted` elements in an array of *capacity elements; updates *capacity and returns the array,
 * which may have moved. NULL: out of memory; the array is unchanged. */
void *array_grow(void *array, size_t *capacity, size_t wanted, size_t element_size);

#endif
