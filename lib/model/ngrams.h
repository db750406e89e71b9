/* N-grams: the second input of a model that takes rows of ids. The words of a row, and the pairs and triples of
 * neighbouring words, have a column each if they were frequent in training; a row becomes a bag of these columns on the
 * way to the device (bag.h). Id 0 is padding and is skipped. */
#ifndef MODEL_NGRAMS_H
#define MODEL_NGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "model/bag.h"
#include "mood/model.h"

/* The longest n-gram [words], and the largest id in one. */
enum { NGRAM_LONGEST = 3, NGRAM_LARGEST_ID = (1 << 21) - 1 };
#define NGRAM_MOST_COLUMNS ((size_t)1 << 20)

/* Its name; no layer can have it. */
#define NGRAMS_INPUT "ngrams"

struct ngram_input {
    struct bag bag;     /* its ids are columns + 1 */
    unsigned longest;   /* of all columns */
    uint64_t *grams;    /* [bag.V]: the n-gram of each column (ngram_pack) */
    uint32_t *rows;     /* [bag.V]: number of training rows with it */
    uint32_t row_count; /* of training */
    uint32_t *slots;    /* [slot_count], a power of two: column + 1, or 0 */
    size_t slot_count;
};

/* ids [n], 1 to NGRAM_LONGEST of 1 … NGRAM_LARGEST_ID, as one number; different n-grams have different numbers. */
uint64_t ngram_pack(const int32_t *ids, size_t n);
/* The reverse; returns n. */
size_t ngram_unpack(uint64_t gram, int32_t ids[NGRAM_LONGEST]);

/* The n-grams with these columns: grams and rows [count], copied. *ngrams is new. mode: MULTI_HOT, COUNT or TF_IDF.
 * Errors: MOOD_ERR_FORMAT if an n-gram is there twice. */
mood_status ngrams_create(const uint64_t *grams, const uint32_t *rows, size_t count, uint32_t row_count,
                          mood_matrix_mode mode, struct ngram_input **ngrams, mood_error *err);

/* Choose columns from rows x [n,T]; see mood_model_set_ngrams. */
mood_status ngrams_choose(const int32_t *x, size_t n, size_t T, const mood_ngrams_options *options,
                          struct ngram_input **ngrams, mood_error *err);

/* Whether bags of n-grams can have that mode. */
bool ngrams_has_mode(mood_matrix_mode mode);

/* NULL is allowed. */
void ngrams_destroy(struct ngram_input *ngrams);

/* The n-grams of a row of ids [T] that have a column, as column + 1, each as often as it occurs. found has room for
 * NGRAM_LONGEST * T. Returns their number. */
size_t ngrams_find(const struct ngram_input *ngrams, const int32_t *ids, size_t T, int32_t *found);

/* The same with places: ends, like found, has the index in ids of each n-gram's last word. ends may be NULL. */
size_t ngrams_find_places(const struct ngram_input *ngrams, const int32_t *ids, size_t T, int32_t *found,
                          int32_t *ends);

#endif
