/* Rows of ids of different lengths, and padding to one length. */
#include "text/sequence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"

/* ---- appending rows ---------------------------------------------------------------------------- */

bool sequences_put(mood_sequences *sequences, size_t at, int32_t id) {
    int32_t *ids = array_grow(sequences->ids, &sequences->ids_capacity, at + 1, sizeof *ids);
    if (!ids)
        return false;
    sequences->ids = ids;
    ids[at] = id;
    return true;
}

bool sequences_reserve(mood_sequences *sequences, size_t n) {
    size_t wanted;
    if (__builtin_add_overflow(sequences->n, n, &wanted) || __builtin_add_overflow(wanted, 1, &wanted))
        return false;
    size_t *starts = array_grow(sequences->starts, &sequences->starts_capacity, wanted, sizeof *starts);
    if (!starts)
        return false;
    if (sequences->n == 0)
        starts[0] = 0;
    sequences->starts = starts;
    return true;
}

mood_status mood_sequences_append(mood_sequences *sequences, const int32_t *ids, size_t count, mood_error *err) {
    if (!sequences || (!ids && count > 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_sequences_append: an argument is NULL");
    if (!sequences_reserve(sequences, 1))
        return error_no_memory(err);
    size_t start = sequences->starts[sequences->n], end;
    if (__builtin_add_overflow(start, count, &end))
        return error_no_memory(err);
    int32_t *grown = array_grow(sequences->ids, &sequences->ids_capacity, end, sizeof *grown);
    if (!grown)
        return error_no_memory(err);
    sequences->ids = grown;
    if (count > 0)
        memcpy(grown + start, ids, count * sizeof *ids);
    sequences->starts[++sequences->n] = end;
    return MOOD_OK;
}

void mood_sequences_clear(mood_sequences *sequences) {
    sequences->n = 0;
}

void mood_sequences_free(mood_sequences *sequences) {
    if (!sequences)
        return;
    free(sequences->starts);
    free(sequences->ids);
    *sequences = (mood_sequences)MOOD_SEQUENCES;
}

size_t mood_sequences_get_longest(const mood_sequences *sequences) {
    size_t longest = 0;
    for (size_t i = 0; i < sequences->n; i++) {
        size_t length = sequences->starts[i + 1] - sequences->starts[i];
        if (length > longest)
            longest = length;
    }
    return longest;
}

/* ---- padding of rows --------------------------------------------------------------------------- */

static bool is_side(mood_padding side) {
    return side == MOOD_PAD_PRE || side == MOOD_PAD_POST;
}

mood_status check_padded_shape(size_t n, size_t T, mood_padding padding, mood_padding truncating, const int32_t *x,
                               mood_error *err) {
    size_t cells;
    if (!x && n > 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "x is NULL");
    if (!is_side(padding) || !is_side(truncating))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "padding and truncating are MOOD_PAD_PRE or MOOD_PAD_POST");
    if (T == 0 || __builtin_mul_overflow(n, T, &cells) || cells > PTRDIFF_MAX / sizeof *x)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL, "%zu rows of length %zu are not possible", n, T);
    return MOOD_OK;
}

mood_status mood_pad_sequences(const mood_sequences *sequences, size_t maxlen, mood_padding padding,
                               mood_padding truncating, int32_t value, int32_t *x, mood_error *err) {
    if (!sequences)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_pad_sequences: sequences is NULL");
    mood_status status = check_padded_shape(sequences->n, maxlen, padding, truncating, x, err);
    if (status != MOOD_OK)
        return status;
    for (size_t i = 0; i < sequences->n; i++, x += maxlen) {
        size_t start = sequences->starts[i], count = sequences->starts[i + 1] - start;
        if (count > maxlen) {
            start += truncating == MOOD_PAD_PRE ? count - maxlen : 0;
            count = maxlen;
        }
        size_t gap = maxlen - count, first = padding == MOOD_PAD_PRE ? gap : 0;
        if (count > 0)
            memcpy(x + first, sequences->ids + start, count * sizeof *x);
        for (size_t t = 0; t < gap; t++)
            x[first > 0 ? t : count + t] = value;
    }
    return MOOD_OK;
}
