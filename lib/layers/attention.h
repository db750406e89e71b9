/* What Attention, AdditiveAttention and MultiHeadAttention share: checks, and the arithmetic of kernels/attention.cl. */
#ifndef LAYERS_ATTENTION_H
#define LAYERS_ATTENTION_H

#include "layers/layer.h"

/* The inputs, in Keras's order; the key may be absent. */
enum attention_input { QUERY, VALUE, KEY, ATTENTION_INPUTS };

/* The input that is the key: KEY, or VALUE if there is no separate one. */
enum attention_input attention_key(const struct layer *layer);

/* Check that there are 2 or 3 inputs, all sequences, and as many keys as values. Errors: MOOD_ERR_SHAPE. */
mood_status attention_check_inputs(const struct layer *layer, const struct shape *in, mood_error *err);

/* Check that the rate is 0 to below 1. Errors: MOOD_ERR_FORMAT. */
mood_status attention_check_dropout(const struct layer *layer, float rate, mood_error *err);

struct attention {
    const struct layer *layer;
    const struct pass *pass;
    const struct packing *q_steps, *v_steps; /* steps of queries [nq]; of keys and values [nv] */
    const struct buffer *q, *k, *v;          /* [nq,heads*D], [nv,heads*D], [nv,heads*Dv] */
    size_t heads, D, Dv;
    enum score_mode mode;
    float factor;                        /* of SCORE_DOT */
    const struct buffer *scale, *weight; /* see the kernels; NULL: none */
    float dropout;                       /* rate, of the weights; in training */
    const struct buffer *weights;        /* [nq,heads,Tv]: written by forward, read by backward */
    const struct buffer *dropped;        /* [nq,heads,Tv]: weights after dropout; NULL: no dropout */
    const struct buffer *d_scores;       /* [nq,heads,Tv]: scratch of backward */
};

/* The number of weights per row of the batch: Tq*heads*Tv; SIZE_MAX if it overflows. */
size_t attention_row_numbers(size_t Tq, size_t heads, size_t Tv);

/* Compute out [nq,heads*Dv]. */
mood_status attention_forward(const struct attention *attention, const struct buffer *out, mood_error *err);

/* Outputs of the backward pass, with the shapes of q, k, v, scale and weight; each may be NULL. If d_k is d_v, the
 * gradient of k is added to it. */
struct attention_gradients {
    const struct buffer *d_q, *d_k, *d_v;
    const struct buffer *d_scale, *d_weight; /* gradients of variables: added to */
    const struct buffer *partials;           /* scratch for d_scale and d_weight: [nq]; for SCORE_ADDITIVE [nq,D] */
};
/* Compute gradients from d_out [nq,heads*Dv], after attention_forward. */
mood_status attention_backward(const struct attention *attention, const struct buffer *d_out,
                               const struct attention_gradients *gradients, mood_error *err);

#endif
