/* Recurrent layers in the tile class: kernels/recurrent_tile_forward.cl. Used by LSTM, and by GRU at inference. */
#ifndef LAYERS_RECURRENT_TILE_H
#define LAYERS_RECURRENT_TILE_H

#include "device/tiles.h"
#include "layers/layer.h"

/* Derived from the weights. */
enum {
    TILE_PACKED,       /* kernel and recurrent kernel in the order of access */
    TILE_PACKED_BIAS,  /* [blocks][4][W] */
    TILE_TABLE,        /* folded: contribution of each word to the sums of a unit */
    TILE_DERIVED_COUNT /* number of the above */
};

/* Compute TILE_PACKED and TILE_PACKED_BIAS with this kernel: "lstm_tile_pack" or "gru_tile_pack". */
mood_status recurrent_tile_pack(struct layer *layer, const char *kernel, struct queue *queue, mood_error *err);

/* See layer_type.table_bytes and fold. Call fold after recurrent_tile_pack. */
size_t recurrent_tile_table_bytes(const struct layer *layer, const struct layer *embedding, const mood_device *device);
mood_status recurrent_tile_fold(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                                mood_error *err);

/* Arguments of kernels/recurrent_tile_forward.cl, which documents the shapes of the buffers. NULL: not used. */
struct tile_run {
    const struct layer *layer;
    struct queue *queue;
    const struct sequence *in; /* x or ids */
    enum stage_type type;
    bool reversed; /* the time steps of x are read in reverse order */
    bool keep_h, keep_c;
    const struct buffer *zeros, *padding_h, *padding_c, *h, *c, *before, *gates, *last;
};
mood_status recurrent_tile_forward(const struct tile_run *run, mood_error *err);

/* Divide B rows into parts; returns their number. If the layer's weights are larger than LARGE_WEIGHTS there is one part,
 * so that they are not read again for a few remaining rows. */
size_t recurrent_tile_parts(const struct layer *layer, const mood_device *device, size_t B,
                            struct tiles parts[MOST_PARTS]);

#endif
