/* Products of dense sequences with matrices, on every kernel class: kernels/products.cl. */
#ifndef LAYERS_PRODUCTS_H
#define LAYERS_PRODUCTS_H

#include "device/queue.h"
#include "layers/activation_list.h"
#include "layers/kernel_types.h"

/* Which step of the input a step of the output is multiplied with: see kernels/products.cl. A plain product of all rows
 * has size, stride and dilation 1, and left 0. */
struct window {
    size_t size, stride, dilation, left;
};
#define PLAIN_PRODUCT                                                                                                  \
    (struct window) {                                                                                                  \
        1, 1, 1, 0                                                                                                     \
    }

/* y [T_out,B,F] from x [T_in,B,C] and w [size,C,F]. */
struct products {
    const struct buffer *x, *w, *bias, *y;
    const struct buffer *zeros;                       /* [C]; NULL for a plain product */
    size_t x_offset, w_offset, y_offset, bias_offset; /* in floats */
    size_t x_stride, w_stride, y_stride;              /* from one row to the next, in floats; 0: C, F, F */
    enum activation activation;                       /* if it is fused; the others are left to activation_finish */
    size_t T_in, T_out, B, C, F;
    struct window window;
    bool backward; /* the gradient of x: w is transposed (products_transpose), T_in and C are the output's */
};
mood_status products_run(struct queue *queue, const struct products *products, mood_error *err);

/* The gradient of w from x [T_in,B,C] and dz [T_out,B,F], added to d_w [size,C,F]. */
struct weight_products {
    const struct buffer *x, *dz, *d_w;
    size_t T_in, T_out, B, C, F;
    size_t offset,
        width; /* dz and d_w: matrices with `width` columns, of which F are used, from column offset on; width 0: F */
    struct window window;
};
mood_status products_weights(struct queue *queue, const struct weight_products *products, mood_error *err);

/* out [K,F,C] = w [K,C,F] with each matrix transposed; out is made if it is absent. */
mood_status products_transpose(struct queue *queue, const struct buffer *w, struct buffer *out, size_t K, size_t C,
                               size_t F, mood_error *err);

#endif
