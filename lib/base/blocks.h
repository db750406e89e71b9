/* Counting blocks. */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include <stddef.h>

/* The number of blocks of `size` that cover `count`: the quotient, rounded up. */
static inline size_t blocks_of(size_t count, size_t size) {
    return (count + size - 1) / size;
}

#endif
