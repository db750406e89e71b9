/* What the LSTM's classes share; see lstm.c. */
#ifndef LAYERS_LSTM_H
#define LAYERS_LSTM_H

#include "device/gemm.h"
#include "layers/recurrent.h"

extern const struct layer_type lstm_type;

/* Buffers of a context. Sequences keep every step in training, where they are handed on, and of a lead; else two
 * steps of h (written in turn) and one of c are enough. Rows are packed. */
enum {
    LSTM_H,      /* [rows,H], or two steps [2,B,H] */
    LSTM_C,      /* [rows,H], or [B,H] */
    LSTM_BEFORE, /* training: each step's h before it, [rows,H] */
    LSTM_GATES, /* training: [rows,4H], in the tile class [rows,blocks,4,W]; gemm class at inference: x·W of some steps */
    LSTM_STATE,   /* gemm class: h [B,H] as it stands */
    LSTM_CELL,    /* gemm class: c [B,H] as it stands; backward: the gradient of c, in the end of the first */
    LSTM_DH,      /* training: the gradient of h [B,H], in the end of the first */
    LSTM_LAST,    /* training without return_sequences: the last h [B,H] */
    LSTM_ZEROS,   /* [H]: the state before the first step */
    LSTM_LEAD_DH, /* a lead in training: what reaches its states [T,H] from the rows, and from above */
    LSTM_LEAD_DC,
    LSTM_DROPPED,  /* training with dropout: x [T,B,E] after it */
    LSTM_REVERSED, /* go_backwards: x with its steps in reverse order [T,B,E] */
};

/* Derived from the weights. */
enum {
    LSTM_PACKED,      /* tile class: kernel and recurrent kernel in reading order; group class: recurrent kernel */
    LSTM_PACKED_BIAS, /* tile class */
    LSTM_RECURRENT_T, /* training: the recurrent kernel transposed [4H,H]; tile class: packed, and the kernel behind it */
    LSTM_KERNEL_T,    /* training, gemm class: the kernel transposed [4H,E] */
    LSTM_TABLE        /* tile class, folded: what each word adds to the gates */
};

/* Where a variable stands in the layer's list. */
enum { LSTM_KERNEL, LSTM_RECURRENT, LSTM_BIAS };

/* One run of the recurrence; the kernels' arguments. */
struct lstm_run {
    const struct layer *layer;
    struct queue *queue;
    struct work *work;
    const struct sequence *in;
    const struct packing *packing; /* in's */
    size_t B, T, E, H;
    bool keep_h, keep_c;                  /* every step's */
    const struct buffer *lead_h, *lead_c; /* [T,H]: where rows go on from; NULL: from zero */
};

/* After forward LSTM_H holds h (and LSTM_C, LSTM_BEFORE, LSTM_GATES what backward needs); without keep_h the last
 * step's h stands in its first B*H floats. */
mood_status lstm_tile_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_tile_forward(const struct lstm_run *run, mood_error *err);
mood_status lstm_gemm_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_gemm_forward(const struct lstm_run *run, mood_error *err);

/* Before anything of the gemm class: finds how large groups can be, and sets group_units of a device that is neither tuned
 * nor forced: as was measured before, or as is measured now, at inference; training goes by it, too. And the measuring:
 * layers of 32 units and twice as many each time, up to `most`; B rows of T steps. */
mood_status lstm_tune_groups(struct queue *queue, mood_error *err);
mood_status lstm_tune_groups_measure(struct queue *queue, size_t B, size_t T, size_t most, size_t *units,
                                     mood_error *err);

/* Before the first training of the tile class: measures what tiles of each height take on a device where that is neither
 * kept nor its class forced. Where that fails it stays as it is. Makes no difference to a bit. */
void lstm_tune_tiles(struct queue *queue);

/* See layer_type.fold. */
mood_status lstm_tile_fold(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                           mood_error *err);

/* How many numbers a row of the tile class's gates has: 4H, and what makes whole vectors of each gate. */
size_t lstm_tile_gates(const mood_device *device, size_t H);

/* How many rows of x·W the gemm class holds at once at inference. */
size_t lstm_gemm_rows(const mood_device *device, size_t B, size_t T, size_t H);

/* What reaches the states from outside: d_h [rows,H], or [B,H] of the last step alone; d_c [rows,H]; NULL: nothing.
 * And where the gradient of x goes [rows,E]; NULL: it isn't wanted. */
struct lstm_gradients {
    const struct buffer *d_h, *d_c, *d_in;
    bool last_only;
    bool variables; /* the gradients of the weights are wanted */
};

/* Adds to the gradients of the weights. LSTM_GATES: activated gates in, their gradients before activation out. LSTM_DH
 * and LSTM_CELL: the gradients of the rows' first states. */
mood_status lstm_tile_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err);
mood_status lstm_gemm_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err);

/* What the gemm class does between its large products, in one launch: whether layers of H units do it so on the device;
 * steps first … end-1 forward, whose x·W begins LSTM_GATES; all steps backward, LSTM_GATES, LSTM_DH and LSTM_CELL as
 * lstm_gemm_backward leaves them. */
bool lstm_group_fits(const mood_device *device, size_t H);
mood_status lstm_group_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_group_forward(const struct lstm_run *run, size_t first, size_t end, mood_error *err);
mood_status lstm_group_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err);

/* The bias, or absent without. */
const struct buffer *lstm_bias(const struct layer *layer);

#endif
