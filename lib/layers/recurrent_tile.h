/* Recurrent layers in the tile class: kernels/recurrent_tile_forward.cl. Used by LSTM, and by GRU at inference. */
#ifndef LAYERS_RECURRENT_TILE_H
#define LAYERS_RECURRENT_TILE_H

#include "device/tiles.h"
#include "layers/layer.h"

/* Derived from the weights. */
enum {
    TILE_PACKED,      /* kernel and recurrent kernel in the order of access */
    TILE_PACKED_BIAS, /* [blocks][4][W] */
    TILE_TABLE,       /* folded: contribution of each word to the sums of a unit */
    TILE_DERIVED      /* their number */
};

/* Compute TILE_PACKED and TILE_PACKED_BIAS by the type's kernel. */
mood_status recurrent_tile_pack(struct layer *layer, const char *kernel, struct queue *queue, mood_error *err);

/* See layer_type.fold. Call after recurrent_tile_pack. */
mood_status recurrent_tile_fold(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                                mood_error *err);

/* One run: the arguments of the kernel, which describes the buffers. A buffer that is not needed is NULL. */
struct tile_run {
    const struct layer *layer;
    struct queue *queue;
    const struct sequence *in; /* x or ids */
    enum stage_type type;
    bool reversed; /* x is taken in reverse order of time */
    bool keep_h, keep_c;
    const struct buffer *zeros, *padding_h, *padding_c, *h, *c, *before, *gates, *last;
};
mood_status recurrent_tile_forward(const struct tile_run *run, mood_error *err);

/* The division of B rows into parts, for a layer's weights: large weights are not read once more for a few rows. Returns
 * the number of parts. */
size_t recurrent_tile_parts(const struct layer *layer, const mood_device *device, size_t B,
                            struct tiles parts[MOST_PARTS]);

#endif
