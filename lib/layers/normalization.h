/* What LayerNormalization and BatchNormalization share. The arithmetic is in kernels/normalization.cl. */
#ifndef LAYERS_NORMALIZATION_H
#define LAYERS_NORMALIZATION_H

#include "base/blocks.h"
#include "layers/layer.h"

/* Rows per chunk: one work-item computes the sums of a chunk. */
#define NORMALIZATION_CHUNK 64

static inline size_t normalization_chunks(size_t rows) {
    return blocks_of(rows, NORMALIZATION_CHUNK);
}

/* Check the input of a layer and its axis, and set layer->out. */
mood_status normalization_build(struct layer *layer, int axis, const struct shape *in, mood_error *err);

/* The value of the layer's variable of that name; NULL if it has none. */
const struct buffer *normalization_value(const struct layer *layer, const char *name);

/* The sums over all rows of dy * z and of dy. */
struct normalization_sums {
    const struct buffer *x, *d_y;           /* [n,D] */
    const struct buffer *means, *variances; /* [n] if by_row, else [D]; means NULL: 0 */
    bool by_row;
    size_t n, D;
    float epsilon;
    const struct buffer *partials; /* [chunks,2,D], for the run */
    const struct buffer *sums;     /* [2,D]; NULL: not needed */
    bool variables;                /* add them to the gradients of gamma and beta */
};

mood_status normalization_sums_run(const struct layer *layer, struct queue *queue, const struct normalization_sums *run,
                                   mood_error *err);

#endif
