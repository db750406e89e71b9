/* Batches of rows on the device: rows are selected in shuffled order, sorted by their padding and packed, or stored
 * as bags of words; ids are sorted for the gradient of the Embedding or of the Dense on bags; everything is
 * uploaded at once. Training alternates between two batches, so that one is filled while the other is used. */
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include "model/bag.h"
#include "model/model.h"
#include "model/ngrams.h"

/* Rows x [n,T] and labels y [n,O] (not for predictions), in the order of `order` [n] (NULL: 0, 1 …). weights [n]:
 * factors of the rows' losses (NULL: 1). For bags of words starts [n+1] gives the start of each row (NULL: T ids
 * each). */
struct rows {
    const int32_t *x;
    const size_t *starts;
    const float *y, *weights;
    const size_t *order;
    size_t n, T, O;
};

/* Ids on the device, and, in training, their indices sorted by id. */
struct id_list {
    size_t capacity, limit; /* number of ids; ids are below limit */
    struct buffer x, order, bounds, ids;
    size_t x_at, order_at, bounds_at, ids_at; /* their offsets in host */
};

struct batch {
    mood_device *opened;
    const struct bag *bag; /* the bags' columns: of words, in place of rows of ids, or of n-grams; NULL: none */
    const struct ngram_input *ngrams; /* of a model that takes rows of ids and bags of their n-grams; NULL: none */
    bool takes_ids;                   /* the model takes rows of ids */
    struct bag_rows bags;             /* of this batch, in host memory */
    int32_t *found;                   /* [NGRAM_LONGEST * T]: the n-grams of a row */
    size_t capacity, T, O;
    struct id_list steps, words;       /* the ids of all rows' steps; the columns of all bags (its capacity grows) */
    bool training, whole;              /* whole: padding is part of the rows */
    const unsigned char *masked_words; /* [V]: 1: the word is masked; NULL: only id 0 is masked */
    bool masked, expands;              /* masked: masked steps are skipped; expands: packing.source is set */
    bool direct;   /* no uploads: host is the device's memory. Not in training, which fills one batch while the device
                      reads another */
    int32_t *host; /* the consecutive parts, each aligned */
    size_t bytes;
    struct buffer device; /* the same on the device */
    cl_event uploaded;
    struct buffer y, weights;             /* parts, like those of packing; weights [capacity] only with y */
    struct buffer starts, values, owners; /* parts, of bags */
    size_t start_at, places_at, y_at, weights_at, source_at; /* their offsets in host */
    size_t starts_at, values_at, owners_at;
    size_t *counts; /* for sorting: the number of each kind */
    int32_t *room;  /* in training: for sorting ids */
    size_t *picked; /* [capacity]: the row, counted from the batch's first, at each index */
    struct packing packing;
    struct sequence input;        /* ready after batch_load: ids, or bags of words */
    struct sequence ngrams_input; /* bags of n-grams; input.bags points to it */
};

/* O = 0: no labels. */
mood_status batch_create(const struct mood_model *model, size_t capacity, size_t O, bool training, struct batch *batch,
                         mood_error *err);
void batch_destroy(struct batch *batch); /* waits for the upload */

/* Ids are sorted by radix sort. */
enum { BATCH_DIGIT_BITS = 11, BATCH_DIGITS = 1 << BATCH_DIGIT_BITS };

/* For batch_load.c: wait for the upload; replace all buffers by buffers with this capacity. On failure there are no
 * buffers: host is NULL. */
void batch_wait(struct batch *batch);
mood_status batch_resize(struct batch *batch, size_t words, mood_error *err);

/* batch_load.c: take rows first … first+count-1 and start the upload. */
mood_status batch_load(struct batch *batch, struct queue *queue, const struct rows *rows, size_t first, size_t count,
                       mood_error *err);

#endif
