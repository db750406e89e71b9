/* Batches on their way to the device: rows picked in shuffled order, sorted by their padding and packed, ids sorted for
 * the Embedding's gradient, all in one upload. In training two of them take turns, so that one is filled while the other
 * is used. */
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include "model/model.h"

/* Rows x [n,T], and unless they are only predicted y [n,O], in the order of `order` [n] (NULL: as it is). weights [n]: the
 * factor of a row's loss (NULL: 1). */
struct rows {
    const int32_t *x;
    const float *y, *weights;
    const size_t *order;
    size_t n, T, O;
};

struct batch {
    size_t capacity, V, T, O;
    bool training, whole; /* whole: padding is left in */
    bool masked, expands; /* masked steps are left out; and packing.source is set */
    bool direct;          /* no uploads: host is the device's memory. Not in training, where one is filled meanwhile */
    int32_t *host;        /* the parts one after the other, each aligned */
    size_t bytes;
    struct buffer device; /* the same on the device */
    cl_event uploaded;
    struct buffer x, y, weights, order, bounds, ids; /* parts, as those of packing; weights [capacity], if there is y */
    size_t start_at, places_at, y_at, weights_at, source_at, x_at, order_at, bounds_at, ids_at; /* their places in host */
    size_t *counts; /* for the sorts: how many of each kind */
    int32_t *room;  /* [capacity*T], in training: for sorting ids */
    size_t *picked; /* [capacity]: which of the rows, counted from the batch's first, stands where */
    struct packing packing;
    struct sequence input; /* ready after batch_load */
};

/* O 0: no labels. */
mood_status batch_create(const struct mood_model *model, size_t capacity, size_t O, bool training, struct batch *batch,
                         mood_error *err);
void batch_destroy(struct batch *batch); /* waits for its upload */

/* Take rows first … first+count-1 and start the upload. */
mood_status batch_load(struct batch *batch, struct queue *queue, const struct rows *rows, size_t first, size_t count,
                       mood_error *err);

#endif
