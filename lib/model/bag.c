/* Bags of words. The numbers are computed as Keras does, in 64-bit floats, and rounded once.
 * Source: keras/src/legacy/preprocessing/text.py, sequences_to_matrix; keras/src/layers/preprocessing/index_lookup.py */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/bag.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making bags of words");
}

/* ---- the input ---------------------------------------------------------------------------------- */

bool bag_weighs(mood_matrix_mode mode) {
    return mode == MOOD_MATRIX_TFIDF || mode == MOOD_MATRIX_TF_IDF;
}

mood_status bag_set(struct bag *bag, mood_matrix_mode mode, const double *idf, mood_error *err) {
    double *copy = NULL;
    if (bag_weighs(mode) && idf) {
        copy = malloc(bag->V * sizeof *copy);
        if (!copy)
            return no_memory(err);
        memcpy(copy, idf, bag->V * sizeof *copy);
    }
    free(bag->idf);
    bag->idf = copy;
    bag->mode = mode;
    return MOOD_OK;
}

void bag_clear(struct bag *bag) {
    free(bag->idf);
    *bag = (struct bag){0};
}

/* ---- rows --------------------------------------------------------------------------------------- */

enum { BITS = 64 };

mood_status bag_rows_create(const struct bag *bag, size_t rows, struct bag_rows *bags, mood_error *err) {
    size_t groups = (bag->V + BITS - 1) / BITS, blocks = (groups + BITS - 1) / BITS;
    *bags = (struct bag_rows){
        .starts = calloc(rows + 1, sizeof *bags->starts),
        .room = rows,
        .counts = calloc(bag->V, sizeof *bags->counts),
        .seen = calloc(groups, sizeof *bags->seen),
        .blocks = calloc(blocks, sizeof *bags->blocks),
    };
    if (bags->starts && bags->counts && bags->seen && bags->blocks)
        return MOOD_OK;
    bag_rows_destroy(bags);
    return no_memory(err);
}

void bag_rows_destroy(struct bag_rows *bags) {
    free(bags->starts);
    free(bags->ids);
    free(bags->values);
    free(bags->counts);
    free(bags->seen);
    free(bags->blocks);
    *bags = (struct bag_rows){0};
}

void bag_rows_clear(struct bag_rows *bags) {
    bags->count = bags->used = 0;
}

/* Room for so many further words. */
static mood_status reserve(struct bag_rows *bags, size_t words, mood_error *err) {
    size_t wanted = bags->used + words, room = bags->words_room ? bags->words_room : 1024;
    if (wanted <= bags->words_room)
        return MOOD_OK;
    if (wanted > INT_MAX)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the texts of a batch have more than 2^31 different words; use a smaller batch");
    while (room < wanted)
        room *= 2;
    int32_t *ids = realloc(bags->ids, room * sizeof *ids);
    if (ids)
        bags->ids = ids;
    float *values = realloc(bags->values, room * sizeof *values);
    if (values)
        bags->values = values;
    if (!ids || !values)
        return no_memory(err);
    bags->words_room = room;
    return MOOD_OK;
}

/* Returns the number of ids that are no padding. */
static size_t count_words(struct bag_rows *bags, int32_t first, const int32_t *ids, size_t count) {
    size_t words = 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == 0)
            continue;
        size_t column = (size_t)(ids[i] - first), group = column / BITS;
        words++;
        bags->counts[column]++;
        bags->seen[group] |= UINT64_C(1) << column % BITS;
        bags->blocks[group / BITS] |= UINT64_C(1) << group % BITS;
    }
    return words;
}

static float word_value(const struct bag *bag, size_t id, uint32_t count, size_t words) {
    switch (bag->mode) {
    case MOOD_MATRIX_COUNT: return (float)count;
    case MOOD_MATRIX_FREQ: return (float)((double)count / (double)words);
    case MOOD_MATRIX_TF_IDF: return (float)((double)count * bag->idf[id]);
    case MOOD_MATRIX_TFIDF: return (float)((count == 1 ? 1.0 : 1.0 + log(count)) * bag->idf[id]);
    case MOOD_MATRIX_BINARY:
    case MOOD_MATRIX_MULTI_HOT:
    case MOOD_MATRIX_NONE: break;
    }
    return 1;
}

/* The lowest bit that is set; it is cleared. */
static size_t take_bit(uint64_t *bits) {
    size_t bit = (size_t)__builtin_ctzll(*bits);
    *bits &= *bits - 1;
    return bit;
}

/* As UnitNormalization: lengths below 1e-12 count as 1e-12. */
static void normalize(float *values, size_t count) {
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (double)values[i] * (double)values[i];
    double length = fmax(sqrt(squares), 1e-12);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((double)values[i] / length);
}

mood_status bag_rows_add(struct bag_rows *bags, const struct bag *bag, const int32_t *ids, size_t count,
                         mood_error *err) {
    mood_status status = reserve(bags, count < bag->V ? count : bag->V, err);
    if (status != MOOD_OK)
        return status;
    size_t words = count_words(bags, bag->first, ids, count), groups = (bag->V + BITS - 1) / BITS, begin = bags->used;
    for (size_t block = 0; block * BITS < groups; block++)
        while (bags->blocks[block]) {
            size_t group = block * BITS + take_bit(&bags->blocks[block]);
            while (bags->seen[group]) {
                size_t id = group * BITS + take_bit(&bags->seen[group]);
                bags->ids[bags->used] = (int32_t)id;
                bags->values[bags->used++] = word_value(bag, id, bags->counts[id], words);
                bags->counts[id] = 0;
            }
        }
    if (bag->unit)
        normalize(bags->values + begin, bags->used - begin);
    bags->starts[++bags->count] = (int32_t)bags->used;
    return MOOD_OK;
}
