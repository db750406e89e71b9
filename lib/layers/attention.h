/* The arithmetic of attention, which Attention, AdditiveAttention and MultiHeadAttention share: kernels/attention.cl.
 */
#ifndef LAYERS_ATTENTION_H
#define LAYERS_ATTENTION_H

#include "layers/layer.h"

struct attention {
    const struct layer *layer;
    const struct pass *pass;
    const struct packing *q_steps, *v_steps; /* of queries; of keys and values */
    const struct buffer *q, *k, *v;          /* [nq,heads*D], [nv,heads*D], [nv,heads*Dv] */
    size_t heads, D, Dv;
    enum score_mode mode;
    float factor;                        /* of SCORE_DOT */
    const struct buffer *scale, *weight; /* see the kernels; NULL: none */
    float dropout;                       /* of the weights, in training */
    const struct buffer *weights;        /* [nq,heads,Tv], for the run and backward */
    const struct buffer *dropped;        /* the same after dropout; NULL: there is none */
    const struct buffer *d_scores;       /* backward: [nq,heads,Tv], for the run */
};

/* The numbers of weights for a row of the batch; SIZE_MAX if they are too many to count. */
size_t attention_row_numbers(size_t Tq, size_t heads, size_t Tv);

/* out [nq,heads*Dv]. */
mood_status attention_forward(const struct attention *attention, const struct buffer *out, mood_error *err);

/* Where gradients go; each may be NULL. d_k may be d_v: then it is added to. */
struct attention_gradients {
    const struct buffer *d_q, *d_k, *d_v;
    const struct buffer *d_scale, *d_weight; /* of variables: added to */
    const struct buffer *partials; /* [nq] or [nq,D] of SCORE_ADDITIVE: for the run, with d_scale or d_weight */
};
mood_status attention_backward(const struct attention *attention, const struct buffer *d_out,
                               const struct attention_gradients *gradients, mood_error *err);

#endif
