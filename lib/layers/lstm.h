/* What the LSTM's two classes share; see lstm.c. */
#ifndef LAYERS_LSTM_H
#define LAYERS_LSTM_H

#include "device/gemm.h"
#include "layers/layer.h"

/* Buffers of a context. Sequences keep every step in training and where they are handed on; else two
 * steps of h (written in turn) and one of c are enough. */
enum {
    LSTM_H,      /* [T,B,H], or two steps */
    LSTM_C,      /* [T,B,H], or one */
    LSTM_GATES,  /* training: [T,B,4H]; gemm class at inference: x·W of some steps */
    LSTM_STATE,  /* gemm class: h [B,H] as it stands */
    LSTM_CELL,   /* gemm class: c [B,H] as it stands; backward: the gradient of c */
    LSTM_DH,     /* training: the gradient of h [B,H] */
    LSTM_LAST,   /* training without return_sequences: the last h [B,H] */
    LSTM_ZEROS,  /* [H]: the state before the first step */
};

/* Derived from the weights. */
enum {
    LSTM_PACKED,      /* tile class: kernel and recurrent kernel in reading order */
    LSTM_PACKED_BIAS, /* tile class */
    LSTM_RECURRENT_T, /* training: the recurrent kernel transposed; packed in the tile class */
    LSTM_KERNEL_T     /* training: the kernel transposed, [4H,E] */
};

/* Where a parameter stands in the layer's list. */
enum { LSTM_KERNEL, LSTM_RECURRENT, LSTM_BIAS };

/* One run of the recurrence; the kernels' arguments. Row b begins at step start[b] from h0, c0 at
 * b*state_row + start[b]*state_step floats: state_row 0 is one state for all. */
struct lstm_run {
    const struct layer *layer;
    struct queue *queue;
    struct work *work;
    const struct sequence *in;
    size_t B, T, E, H;
    const struct buffer *h0, *c0;
    size_t state_row, state_step;
    bool keep_h; /* every step's h, not two alone */
};

/* After forward LSTM_H holds h (and LSTM_C, LSTM_GATES what backward needs); without keep_h the last
 * step's h stands in its first B*H floats. */
mood_status lstm_tile_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_tile_forward(const struct lstm_run *run, mood_error *err);
mood_status lstm_gemm_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_gemm_forward(const struct lstm_run *run, mood_error *err);

/* How many steps of x·W the gemm class holds at once at inference. */
size_t lstm_gemm_steps(size_t B, size_t T, size_t H);

/* LSTM_GATES: activated gates in, their gradients before activation out. d_out is [T,B,H], or [B,H] of the
 * last step when the layer does not return sequences. LSTM_DH and LSTM_CELL: the gradients of h0, c0. */
mood_status lstm_tile_backward(const struct lstm_run *run, const struct buffer *d_out, mood_error *err);
mood_status lstm_gemm_backward(const struct lstm_run *run, const struct buffer *d_out, mood_error *err);

/* The bias, or absent without. */
const struct buffer *lstm_bias(const struct layer *layer);

#endif
