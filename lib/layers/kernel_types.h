/* Constants and structs that the host and the kernels share. Both compile this file, and activation_list.h. */
#ifndef LAYERS_KERNEL_TYPES_H
#define LAYERS_KERNEL_TYPES_H

#ifdef __OPENCL_VERSION__
#define GLOBAL global
#else
#include <stddef.h>
#define GLOBAL /* an address of memory that host and device share */
#endif

/* kernels/products.cl: rows, and vectors of columns, that a work-item computes. */
#define PRODUCT_ROWS 4
#define PRODUCT_COLUMNS 2

/* kernels/conv1d.cl: rows per work-item, and vectors of W columns computed at a time. */
#define CONV1D_ROWS 8
#define CONV1D_COLUMNS 4

/* kernels/steps.cl and bidirectional.cl: vectors of columns that a work-item computes. */
#define STEP_COLUMNS 4

/* kernels/pooling.cl: vectors of columns that a work-item computes. */
#define POOL_COLUMNS 4

/* Vectors of columns in a tile of a product of the tile class, for a vector width: chosen so that the sums fit the
 * registers. */
#define TILE_COLUMNS(width) ((width) == 16 ? 2 : 4)

/* kernels/merge.cl */
enum merge_op { MERGE_ADD, MERGE_AVERAGE, MERGE_MULTIPLY, MERGE_MAXIMUM, MERGE_MINIMUM, MERGE_SUBTRACT };

/* kernels/bidirectional.cl */
enum merge_mode { MODE_CONCAT, MODE_SUM, MODE_AVE, MODE_MUL };

/* kernels/noise.cl */
enum noise_kind {
    NOISE_DROPOUT,          /* x / (1 - amount), or 0 with probability amount */
    NOISE_GAUSSIAN_DROPOUT, /* x * N(1, amount^2) */
    NOISE_GAUSSIAN          /* x + N(0, amount^2) */
};

/* kernels/reshape.cl */
enum move_kind {
    MOVE_RESHAPE, /* the numbers of a row, step by step, in the same order */
    MOVE_PERMUTE, /* steps and numbers of a step exchanged */
    MOVE_STEPS    /* step t is step (t - shift) / repeat of x, or 0 if x has no such step */
};

/* kernels/rectifier.cl */
enum rectifier_kind {
    RECTIFIER_RELU, /* min(x, most) if x > threshold, else slope * (x - threshold) */
    RECTIFIER_ELU   /* x if x > 0, else slope * (e^x - 1) */
};

/* kernels/constraint.cl */
enum constraint_kind {
    CONSTRAINT_NONE,
    CONSTRAINT_MAX_NORM,    /* w * min(norm, most) / (1e-7 + norm) */
    CONSTRAINT_NON_NEG,     /* max(w, 0) */
    CONSTRAINT_UNIT_NORM,   /* w / (1e-7 + norm) */
    CONSTRAINT_MIN_MAX_NORM /* w * (rate * clip(norm, least, most) + (1 - rate) * norm) / (1e-7 + norm) */
};

/* kernels/attention.cl */
enum score_mode {
    SCORE_DOT,     /* factor * scale * sum of q * k */
    SCORE_CONCAT,  /* weight * sum of tanh(scale * (q + k)) */
    SCORE_ADDITIVE /* sum of scale[d] * tanh(q + k) */
};

/* kernels/predict_tile.cl and the tile class's other forward kernels: a layer that can be fused with others. The
 * pointers come first, STAGE_POINTERS of them. */
enum stage_type { STAGE_LSTM, STAGE_GRU, STAGE_DENSE };

#define STAGE_POINTERS 11

struct stage {
    GLOBAL const float *weight; /* LSTM, GRU: packed weights (lstm_pack.cl, gru.cl); Dense: kernel [K,N] */
    GLOBAL const float *bias;   /* LSTM, GRU: packed; Dense: [N] or null */
    GLOBAL const float *words;  /* first layer: embeddings [V,K], or the folded table; null: the input is rows */
    GLOBAL const float *zeros;  /* LSTM, GRU: [N] */
    GLOBAL const float *padding_h, *padding_c; /* LSTM, GRU: states after the shared padding [T,N]; null: zeros */
    GLOBAL float *out;                         /* LSTM, GRU: h; Dense: y [B,N] */
    GLOBAL float *kept;                        /* LSTM: c; Dense: values before the activation [B,N] */
    GLOBAL float *before, *gates, *last;       /* LSTM in training */
    int type, activation;                      /* enum stage_type, enum activation */
    int folded;                                /* words are the folded table */
    int keep_h, keep_c;                        /* LSTM, GRU: store h, c of all time steps */
    int reversed;                              /* LSTM, GRU: read the time steps of x in reverse order */
    int K, N;                                  /* widths of input and output */
};

#ifndef __OPENCL_VERSION__
_Static_assert(offsetof(struct stage, type) == STAGE_POINTERS * sizeof(void *), "the pointers of a stage come first");
#endif

#endif
