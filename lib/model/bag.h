/* Bags of words: the input of a model whose first layer takes vectors [V] as Keras's texts_to_matrix makes them of texts,
 * one number for each word of the vocabulary. A row of ids becomes its bag on the way to the device; only the words that
 * occur are stored, so that a bag takes as much memory as its text, whatever V is. */
#ifndef MODEL_BAG_H
#define MODEL_BAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mood/text.h"

/* A model's input. */
struct bag {
    size_t V; /* columns; 0: the model takes ids */
    mood_matrix_mode mode;
    double *idf;   /* [V], for tfidf and tf_idf (mood_tokenizer_get_idf); NULL: not known */
    int32_t first; /* id of column 0: 0, or 1 if the words are a TextVectorization's */
    bool unit;     /* each bag is divided by its length (L2 norm): it goes to a UnitNormalization */
};

/* Whether a mode multiplies by idf. */
bool bag_weighs(mood_matrix_mode mode);

/* The mode, and if it weighs a copy of idf [V] (NULL: not known). */
mood_status bag_set(struct bag *bag, mood_matrix_mode mode, const double *idf, mood_error *err);
void bag_clear(struct bag *bag);

/* Rows as bags: row b has the columns ids[starts[b]] … ids[starts[b + 1] - 1], in ascending order, with the values
 * values[starts[b]] … values[starts[b + 1] - 1]. */
struct bag_rows {
    size_t count, used; /* rows; their words */
    int32_t *starts;    /* [room + 1] */
    int32_t *ids;       /* [words_room] */
    float *values;      /* [words_room] */
    size_t room, words_room;
    uint32_t *counts;        /* [V]: occurrences of each word in the current row; all 0 between rows */
    uint64_t *seen, *blocks; /* seen: a bit per word that occurs; blocks: a bit per element of seen that is not 0 */
};

/* For up to so many rows. */
mood_status bag_rows_create(const struct bag *bag, size_t rows, struct bag_rows *bags, mood_error *err);
void bag_rows_destroy(struct bag_rows *bags);
void bag_rows_clear(struct bag_rows *bags);

/* Append the bag of a row of ids [count], each of 0 … first + V-1. Id 0 is padding and is not counted. */
mood_status bag_rows_add(struct bag_rows *bags, const struct bag *bag, const int32_t *ids, size_t count,
                         mood_error *err);

#endif
