/* Memory that grows: the capacity doubles, so the cost of an appended byte does not depend on the size. */
#include "base/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64

void *array_grow(void *array, size_t *capacity, size_t wanted, size_t element_size) {
    if (array && wanted <= *capacity)
        return array;
    size_t grown = *capacity <= SIZE_MAX / 2 ? *capacity * 2 : SIZE_MAX;
    if (grown < wanted)
        grown = wanted;
    if (grown < SMALLEST / element_size + 1)
        grown = SMALLEST / element_size + 1;
    size_t size;
    if (__builtin_mul_overflow(grown, element_size, &size))
        return NULL;
    void *moved = realloc(array, size);
    if (moved)
        *capacity = grown;
    return moved;
}

bool bytes_reserve(struct bytes *bytes, size_t more) {
    size_t wanted;
    if (__builtin_add_overflow(bytes->size, more, &wanted))
        return false;
    char *data = array_grow(bytes->data, &bytes->capacity, wanted, 1);
    if (!data)
        return false;
    bytes->data = data;
    return true;
}

bool bytes_append(struct bytes *bytes, const void *data, size_t size) {
    if (!bytes_reserve(bytes, size))
        return false;
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return true;
}

bool bytes_append_byte(struct bytes *bytes, char byte) {
    return bytes_append(bytes, &byte, 1);
}

void bytes_free(struct bytes *bytes) {
    free(bytes->data);
    *bytes = (struct bytes){0};
}
