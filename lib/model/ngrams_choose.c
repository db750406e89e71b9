/* Chooses the n-grams that get a column: those in the most training rows. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "model/ngrams.h"
#include "text/table.h"

/* An n-gram of the training rows. */
struct candidate {
    uint64_t gram; /* 0: the slot is free */
    uint32_t rows; /* number of rows with it */
    uint32_t last; /* the last row that was counted, from 1 */
};

/* A hash table with open addressing. */
struct candidates {
    struct candidate *slots;
    size_t slot_count, used;
};

static struct candidate *slot_of(const struct candidates *candidates, uint64_t gram) {
    size_t slot = table_hash(&gram, sizeof gram);
    for (;; slot++) {
        struct candidate *at = &candidates->slots[slot & (candidates->slot_count - 1)];
        if (at->gram == 0 || at->gram == gram)
            return at;
    }
}

static bool grow(struct candidates *candidates) {
    struct candidates larger = {.slot_count = candidates->slot_count ? 2 * candidates->slot_count : 1 << 12,
                                .used = candidates->used};
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < candidates->slot_count; i++)
        if (candidates->slots[i].gram)
            *slot_of(&larger, candidates->slots[i].gram) = candidates->slots[i];
    free(candidates->slots);
    *candidates = larger;
    return true;
}

static bool count_one(struct candidates *candidates, uint64_t gram, uint32_t row) {
    if (2 * candidates->used >= candidates->slot_count && !grow(candidates))
        return false;
    struct candidate *candidate = slot_of(candidates, gram);
    if (candidate->gram == 0) {
        *candidate = (struct candidate){.gram = gram};
        candidates->used++;
    }
    candidate->rows += candidate->last != row;
    candidate->last = row;
    return true;
}

/* words [T]: room for the row's ids without padding. */
static bool count_row(struct candidates *candidates, const int32_t *ids, size_t T, uint32_t row,
                      const mood_ngrams_options *options, int32_t *words) {
    size_t count = 0;
    for (size_t t = 0; t < T; t++)
        if (ids[t])
            words[count++] = ids[t];
    for (size_t length = options->shortest; length <= options->longest; length++)
        for (size_t i = 0; i + length <= count; i++)
            if (!count_one(candidates, ngram_pack(words + i, length), row))
                return false;
    return true;
}

/* Most rows first; equal ones in the order of their ids, so that the result does not depend on the hash function. */
static int compare(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    if (a->rows != b->rows)
        return a->rows < b->rows ? 1 : -1;
    return (a->gram > b->gram) - (a->gram < b->gram);
}

/* Move the candidates in at least min_rows rows to the beginning of the table, in order. Returns their number. */
static size_t sort(struct candidates *candidates, size_t min_rows) {
    size_t count = 0;
    for (size_t i = 0; i < candidates->slot_count; i++)
        if (candidates->slots[i].gram && candidates->slots[i].rows >= min_rows)
            candidates->slots[count++] = candidates->slots[i];
    if (count)
        qsort(candidates->slots, count, sizeof *candidates->slots, compare);
    return count;
}

static mood_status create(const struct candidate *chosen, size_t count, uint32_t n, mood_matrix_mode mode,
                          struct ngram_input **ngrams, mood_error *err) {
    uint64_t *grams = malloc(count * sizeof *grams);
    uint32_t *rows = malloc(count * sizeof *rows);
    mood_status status = grams && rows ? MOOD_OK : error_no_memory(err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        grams[i] = chosen[i].gram;
        rows[i] = chosen[i].rows;
    }
    if (status == MOOD_OK)
        status = ngrams_create(grams, rows, count, n, mode, ngrams, err);
    free(grams);
    free(rows);
    return status;
}

mood_status ngrams_choose(const int32_t *x, size_t n, size_t T, const mood_ngrams_options *options,
                          struct ngram_input **ngrams, mood_error *err) {
    struct candidates candidates = {0};
    int32_t *words = malloc((T ? T : 1) * sizeof *words);
    mood_status status = words && grow(&candidates) ? MOOD_OK : error_no_memory(err);
    for (size_t row = 0; row < n && status == MOOD_OK; row++)
        if (!count_row(&candidates, x + row * T, T, (uint32_t)row + 1, options, words))
            status = error_no_memory(err);
    free(words);
    size_t count = status == MOOD_OK ? sort(&candidates, options->min_rows) : 0;
    if (status == MOOD_OK && count == 0)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                "no n-gram of the rows occurs in %zu of them; set min_rows to 1", options->min_rows);
    if (status == MOOD_OK)
        status = create(candidates.slots, count < options->max_columns ? count : options->max_columns, (uint32_t)n,
                        options->mode, ngrams, err);
    free(candidates.slots);
    return status;
}
