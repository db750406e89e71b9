/* The columns of n-grams, and the look-up of a row's n-grams. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "model/ngrams.h"
#include "text/table.h"

enum { ID_BITS = 21 };

uint64_t ngram_pack(const int32_t *ids, size_t n) {
    uint64_t gram = 0;
    for (size_t i = n; i-- > 0;)
        gram = gram << ID_BITS | (uint64_t)ids[i];
    return gram;
}

size_t ngram_unpack(uint64_t gram, int32_t ids[NGRAM_LONGEST]) {
    size_t n = 0;
    for (; gram && n < NGRAM_LONGEST; gram >>= ID_BITS)
        ids[n++] = (int32_t)(gram & NGRAM_LARGEST_ID);
    return n;
}

/* ---- columns ------------------------------------------------------------------------------------------ */

/* The slot of an n-gram, or the free slot where it belongs. */
static uint32_t *slot_of(const struct ngram_input *ngrams, uint64_t gram) {
    size_t slot = table_hash(&gram, sizeof gram);
    for (;; slot++) {
        uint32_t *at = &ngrams->slots[slot & (ngrams->slot_count - 1)];
        if (*at == 0 || ngrams->grams[*at - 1] == gram)
            return at;
    }
}

static mood_status fill_slots(struct ngram_input *ngrams, mood_error *err) {
    for (size_t column = 0; column < ngrams->bag.V; column++) {
        int32_t ids[NGRAM_LONGEST];
        size_t length = ngram_unpack(ngrams->grams[column], ids);
        uint32_t *slot = slot_of(ngrams, ngrams->grams[column]);
        if (*slot)
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "n-grams %u and %zu are equal", *slot,
                                  column + 1);
        *slot = (uint32_t)column + 1;
        if (length > ngrams->longest)
            ngrams->longest = (unsigned)length;
    }
    return MOOD_OK;
}

/* As TextVectorization's adapt() computes it. */
static mood_status set_mode(struct ngram_input *ngrams, mood_matrix_mode mode, mood_error *err) {
    if (!bag_weighs(mode))
        return bag_set(&ngrams->bag, mode, NULL, err);
    double *idf = malloc(ngrams->bag.V * sizeof *idf);
    if (!idf)
        return error_no_memory(err);
    for (size_t column = 0; column < ngrams->bag.V; column++)
        idf[column] = log(1 + (double)ngrams->row_count / (1 + (double)ngrams->rows[column]));
    mood_status status = bag_set(&ngrams->bag, mode, idf, err);
    free(idf);
    return status;
}

static mood_status fill(struct ngram_input *ngrams, const uint64_t *grams, const uint32_t *rows, mood_matrix_mode mode,
                        mood_error *err) {
    size_t count = ngrams->bag.V;
    for (ngrams->slot_count = 2; ngrams->slot_count < 2 * count;)
        ngrams->slot_count *= 2;
    ngrams->grams = malloc(count * sizeof *grams);
    ngrams->rows = malloc(count * sizeof *rows);
    ngrams->slots = calloc(ngrams->slot_count, sizeof *ngrams->slots);
    if (!ngrams->grams || !ngrams->rows || !ngrams->slots)
        return error_no_memory(err);
    memcpy(ngrams->grams, grams, count * sizeof *grams);
    memcpy(ngrams->rows, rows, count * sizeof *rows);
    mood_status status = fill_slots(ngrams, err);
    return status == MOOD_OK ? set_mode(ngrams, mode, err) : status;
}

mood_status ngrams_create(const uint64_t *grams, const uint32_t *rows, size_t count, uint32_t row_count,
                          mood_matrix_mode mode, struct ngram_input **created, mood_error *err) {
    *created = NULL;
    struct ngram_input *ngrams = calloc(1, sizeof *ngrams);
    if (!ngrams)
        return error_no_memory(err);
    ngrams->bag = (struct bag){.V = count, .first = 1};
    ngrams->row_count = row_count;
    mood_status status = fill(ngrams, grams, rows, mode, err);
    if (status != MOOD_OK) {
        ngrams_destroy(ngrams);
        return status;
    }
    *created = ngrams;
    return MOOD_OK;
}

bool ngrams_has_mode(mood_matrix_mode mode) {
    return mode == MOOD_MATRIX_MULTI_HOT || mode == MOOD_MATRIX_COUNT || mode == MOOD_MATRIX_TF_IDF;
}

void ngrams_destroy(struct ngram_input *ngrams) {
    if (!ngrams)
        return;
    bag_clear(&ngrams->bag);
    free(ngrams->grams);
    free(ngrams->rows);
    free(ngrams->slots);
    free(ngrams);
}

/* ---- look-up ------------------------------------------------------------------------------------------ */

/* The n-grams that end with word number `end` of a row without padding. */
static size_t find_ending(const struct ngram_input *ngrams, const int32_t *last, size_t end, int32_t *found) {
    uint64_t gram = 0;
    size_t count = 0;
    for (unsigned length = 1; length <= ngrams->longest && length <= end; length++) {
        gram = gram << ID_BITS | (uint64_t)last[NGRAM_LONGEST - length];
        uint32_t column = *slot_of(ngrams, gram);
        if (column)
            found[count++] = (int32_t)column;
    }
    return count;
}

size_t ngrams_find(const struct ngram_input *ngrams, const int32_t *ids, size_t T, int32_t *found) {
    return ngrams_find_places(ngrams, ids, T, found, NULL);
}

size_t ngrams_find_places(const struct ngram_input *ngrams, const int32_t *ids, size_t T, int32_t *found,
                          int32_t *ends) {
    int32_t last[NGRAM_LONGEST] = {0}; /* the last words of the row so far */
    size_t count = 0, words = 0;
    for (size_t t = 0; t < T; t++) {
        if (ids[t] == 0)
            continue;
        memmove(last, last + 1, (NGRAM_LONGEST - 1) * sizeof *last);
        last[NGRAM_LONGEST - 1] = ids[t];
        size_t more = find_ending(ngrams, last, ++words, found + count);
        for (size_t i = 0; ends && i < more; i++)
            ends[count + i] = (int32_t)t;
        count += more;
    }
    return count;
}
