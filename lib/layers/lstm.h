/* Declarations that the kernel classes of the LSTM share; see lstm.c. */
#ifndef LAYERS_LSTM_H
#define LAYERS_LSTM_H

#include "device/gemm.h"
#include "layers/recurrent.h"
#include "layers/recurrent_tile.h"

extern const struct layer_type lstm_type;

/* Buffers of a context. All time steps are stored in training, with return_sequences, and for the shared padding;
 * otherwise two steps of h (alternating) and one of c. Rows are packed. */
enum {
    LSTM_H,      /* [rows,H], or two time steps [2,B,H] */
    LSTM_C,      /* [rows,H], or [B,H] */
    LSTM_BEFORE, /* training: h before each time step, [rows,H] */
    LSTM_GATES,  /* training: [rows,4H], in the tile class [rows,blocks,4,W]; gemm class at inference: x·W of some time
                    steps */
    LSTM_STATE,  /* gemm class: current h [B,H] */
    LSTM_CELL,   /* gemm class: current c [B,H]; backward: gradient of c, finally that of the initial state */
    LSTM_DH,     /* training: gradient of h [B,H], finally that of the initial state */
    LSTM_LAST,   /* training without return_sequences: the last h [B,H] */
    LSTM_ZEROS,  /* [H]: initial state */
    LSTM_SHARED_PADDING_DH, /* shared padding in training: gradients of its states [T,H] from the rows and from the
                               layer above */
    LSTM_SHARED_PADDING_DC,
    LSTM_DROPPED,  /* training with dropout: x [T,B,E] after dropout */
    LSTM_REVERSED, /* go_backwards: x [T,B,E] in reverse order of time */
};

/* Derived from the weights, after those of recurrent_tile.h. */
enum {
    LSTM_RECURRENT_T =
        TILE_DERIVED_COUNT,   /* training: recurrent kernel transposed [4H,H]; tile class: packed, followed by
                                        the kernel */
    LSTM_KERNEL_T,            /* training, gemm class: kernel transposed [4H,E] */
    LSTM_PACKED = TILE_PACKED /* group class: recurrent kernel */
};

/* Indices into the layer's list of variables. */
enum { LSTM_KERNEL, LSTM_RECURRENT, LSTM_BIAS };

/* Arguments of the kernels for one run of the recurrence. */
struct lstm_run {
    const struct layer *layer;
    struct queue *queue;
    struct work *work;
    const struct sequence *in;
    const struct packing *packing; /* packing of in */
    size_t B, T, E, H;
    bool keep_h, keep_c;                        /* store all time steps */
    bool reversed;                              /* tile class: read the time steps of x in reverse order */
    const struct buffer *padding_h, *padding_c; /* [T,H]: states of the shared padding; NULL: rows begin with zero */
};

/* After forward LSTM_H contains h, and LSTM_C, LSTM_BEFORE and LSTM_GATES contain the data for backward. Without
 * keep_h the last step's h is in the first B*H floats. */
mood_status lstm_tile_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_tile_forward(const struct lstm_run *run, mood_error *err);
mood_status lstm_gemm_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_gemm_forward(const struct lstm_run *run, mood_error *err);

/* Call before any other function of the gemm class. Sets the largest size of groups, and group_units if the device
 * is neither tuned nor forced: the stored result, else a new measurement of inference, which is used for training
 * too. The second function measures layers of 32, 64, 128 … units, up to `most`, with B rows of T time steps. */
mood_status lstm_tune_groups(struct queue *queue, mood_error *err);
mood_status lstm_tune_groups_measure(struct queue *queue, size_t B, size_t T, size_t most, size_t *units,
                                     mood_error *err);

/* Call before the first training of the tile class. Measures the time per tile for each height, unless the result
 * is stored or the class is forced. On failure nothing changes. Results are bitwise identical for all heights. */
void lstm_tune_tiles(struct queue *queue);

/* The size of a row of gates in the tile class: 4H, with each gate padded to whole vectors. */
size_t lstm_tile_gates(const mood_device *device, size_t H);

/* The number of rows of x·W that the gemm class stores at once at inference. */
size_t lstm_gemm_rows(const mood_device *device, size_t B, size_t T, size_t H);

/* Incoming gradients of the states: d_h [rows,H], or [B,H] for the last time step alone; d_c [rows,H]; NULL: zero.
 * d_in [rows,E]: gradient of x; NULL: not computed. */
struct lstm_gradients {
    const struct buffer *d_h, *d_c, *d_in;
    bool last_only;
    bool variables; /* compute the gradients of the weights */
};

/* Adds to the gradients of the weights. LSTM_GATES: in: activated gates, out: gradients before activation. LSTM_DH
 * and LSTM_CELL: gradients of the rows' initial states. */
mood_status lstm_tile_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err);
mood_status lstm_gemm_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err);

/* The recurrence of the gemm class in one launch. fits: true if layers of H units use it on this device. forward:
 * time steps first … end-1; LSTM_GATES begins with x·W of `first`. backward: all time steps; LSTM_GATES, LSTM_DH
 * and LSTM_CELL become the same as with lstm_gemm_backward. */
bool lstm_group_fits(const mood_device *device, size_t H);
mood_status lstm_group_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status lstm_group_forward(const struct lstm_run *run, size_t first, size_t end, mood_error *err);
mood_status lstm_group_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err);

/* The bias; absent if the layer has none. */
const struct buffer *lstm_bias(const struct layer *layer);

#endif
