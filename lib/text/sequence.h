/* Rows of ids, for those who fill them. */
#ifndef TEXT_SEQUENCE_H
#define TEXT_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mood/text.h"

/* Room for n more rows, so that ending one can't fail; false when there is no memory. */
bool sequences_reserve(mood_sequences *sequences, size_t n);

/* Put an id at a place behind the last row's end; the row counts once starts and n say so. */
bool sequences_put(mood_sequences *sequences, size_t at, int32_t id);

/* Whether x [n,T] can be written with those sides. */
mood_status check_padded_shape(size_t n, size_t T, mood_padding padding, mood_padding truncating, const int32_t *x,
                               mood_error *err);

#endif
