/* Rows of ids, for code that appends to them. */
#ifndef TEXT_SEQUENCE_H
#define TEXT_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mood/text.h"

/* Reserve memory for n more rows, so that ending a row can't fail; false: out of memory. */
bool sequences_reserve(mood_sequences *sequences, size_t n);

/* Write an id at an index after the last row's end; the row is complete when starts and n are updated. */
bool sequences_put(mood_sequences *sequences, size_t at, int32_t id);

/* Check that x [n,T] can be written with these sides. */
mood_status check_padded_shape(size_t n, size_t T, mood_padding padding, mood_padding truncating, const int32_t *x,
                               mood_error *err);

#endif
