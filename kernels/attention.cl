// Attention: out = softmax(scores(q, k)) v, for each row of the batch and each head.
// Source: keras/src/layers/attention/attention.py, additive_attention.py, multi_head_attention.py
//
// Shapes: q [nq,heads*D], k [nv,heads*D], v [nv,heads*Dv], out [nq,heads*Dv]; weights and scores [nq,heads,Tv].
// nq and nv are the numbers of steps of packed sequences (steps.cl): at_q and start_q describe the queries, at_v and
// start_v the keys and values. Both have the same rows. Scores of steps before start_v[b] are 0 and are not read.
//
// Sums are written without fused operations, so that a row's result does not depend on the number of rows (see
// dense.cl).

// scale [1]; SCORE_ADDITIVE: [D]; null: 1. weight [1]: SCORE_CONCAT only.
static inline float scale_of(global const float *scale, int d, int mode) {
    return scale ? scale[mode == SCORE_ADDITIVE ? d : 0] : 1.0f;
}

static inline int row_at(global const int *at, int T, int place) {
    return place - at[step_at(at, T, place)];
}

// scores from q and k. Global: nq*heads*Tv rounded up.
kernel void attention_scores(global const float *q, global const float *k, global const float *scale,
                             global const float *weight, global float *scores, global const int *at_q,
                             global const int *at_v, global const int *start_v, int nq, int Tq, int Tv, int heads,
                             int D, int mode, float factor) {
#pragma OPENCL FP_CONTRACT OFF
    int i = get_global_id(0), s = i % Tv, head = i / Tv % heads, place = i / Tv / heads;
    if (place >= nq)
        return;
    int b = row_at(at_q, Tq, place);
    if (s < start_v[b]) {
        scores[i] = 0.0f;
        return;
    }
    q += ((size_t)place * heads + head) * D;
    k += ((size_t)(at_v[s] + b) * heads + head) * D;
    float sum = 0.0f;
    for (int d = 0; d < D; d++) {
        float term = mode == SCORE_DOT      ? q[d] * k[d]
                   : mode == SCORE_CONCAT ? tanh_one(scale_of(scale, d, mode) * (q[d] + k[d]))
                                          : scale_of(scale, d, mode) * tanh_one(q[d] + k[d]);
        sum = sum + term;
    }
    scores[i] = mode == SCORE_DOT      ? sum * (factor * scale_of(scale, 0, mode))
              : mode == SCORE_CONCAT ? weight[0] * sum
                                     : sum;
}

// scores to weights, in place. Global: nq*heads rounded up.
kernel void attention_softmax(global float *scores, global const int *at_q, global const int *start_v, int nq, int Tq,
                              int Tv, int heads) {
    int i = get_global_id(0), place = i / heads;
    if (place >= nq)
        return;
    int first = start_v[row_at(at_q, Tq, place)];
    if (first < Tv)
        softmax(scores + (size_t)i * Tv + first, Tv - first);
}

// out from weights and v. Global: nq*heads*Dv rounded up.
kernel void attention_output(global const float *weights, global const float *v, global float *out,
                             global const int *at_q, global const int *at_v, global const int *start_v, int nq, int Tq,
                             int Tv, int heads, int Dv) {
#pragma OPENCL FP_CONTRACT OFF
    int i = get_global_id(0), d = i % Dv, head = i / Dv % heads, place = i / Dv / heads;
    if (place >= nq)
        return;
    int b = row_at(at_q, Tq, place);
    weights += ((size_t)place * heads + head) * Tv;
    float sum = 0.0f;
    for (int s = start_v[b]; s < Tv; s++)
        sum = sum + weights[s] * v[((size_t)(at_v[s] + b) * heads + head) * Dv + d];
    out[i] = sum;
}

// d_weights from d_out. Global: nq*heads*Tv rounded up.
kernel void attention_d_weights(global const float *d_out, global const float *v, global float *d_weights,
                                global const int *at_q, global const int *at_v, global const int *start_v, int nq,
                                int Tq, int Tv, int heads, int Dv) {
    int i = get_global_id(0), s = i % Tv, head = i / Tv % heads, place = i / Tv / heads;
    if (place >= nq)
        return;
    int b = row_at(at_q, Tq, place);
    float sum = 0.0f;
    if (s >= start_v[b]) {
        d_out += ((size_t)place * heads + head) * Dv;
        v += ((size_t)(at_v[s] + b) * heads + head) * Dv;
        for (int d = 0; d < Dv; d++)
            sum += d_out[d] * v[d];
    }
    d_weights[i] = sum;
}

// d: on entry the gradient of weights, on return that of scores [nq,heads,Tv]. Global: nq*heads rounded up.
kernel void attention_d_scores(global const float *weights, global float *d, int nq, int heads, int Tv) {
    int i = get_global_id(0);
    if (i >= nq * heads)
        return;
    weights += (size_t)i * Tv;
    d += (size_t)i * Tv;
    float sum = 0.0f;
    for (int s = 0; s < Tv; s++)
        sum += weights[s] * d[s];
    for (int s = 0; s < Tv; s++)
        d[s] = weights[s] * (d[s] - sum);
}

// d_v from d_out. Global: nv*heads*Dv rounded up.
kernel void attention_d_value(global const float *weights, global const float *d_out, global float *d_v,
                              global const int *at_q, global const int *start_q, global const int *at_v, int nv, int Tq,
                              int Tv, int heads, int Dv) {
    int i = get_global_id(0), d = i % Dv, head = i / Dv % heads, place = i / Dv / heads;
    if (place >= nv)
        return;
    int s = step_at(at_v, Tv, place), b = place - at_v[s];
    float sum = 0.0f;
    for (int t = start_q[b]; t < Tq; t++) {
        size_t query = (size_t)(at_q[t] + b) * heads + head;
        sum += weights[query * Tv + s] * d_out[query * Dv + d];
    }
    d_v[i] = sum;
}

// The derivative of a score by q[d] (mine = q[d], other = k[d]), or by k[d] (mine = k[d], other = q[d]).
static inline float score_slope(float mine, float other, float scale, float weight, int mode, float factor) {
    float t = mode == SCORE_DOT ? 0.0f : tanh_one(mode == SCORE_CONCAT ? scale * (mine + other) : mine + other);
    return mode == SCORE_DOT ? factor * scale * other
                             : (mode == SCORE_CONCAT ? weight * scale : scale) * (1.0f - t * t);
}

// dx: d_q [nq,heads*D], or with of_key d_k [nv,heads*D], from the gradient of scores. n is nq or nv. add: += instead
// of =. Global: n*heads*D rounded up.
kernel void attention_d_query(global const float *q, global const float *k, global const float *scale,
                              global const float *weight, global const float *d_scores, global float *dx,
                              global const int *at_q, global const int *start_q, global const int *at_v,
                              global const int *start_v, int n, int Tq, int Tv, int heads, int D, int mode,
                              float factor, int of_key, int add) {
    int i = get_global_id(0), d = i % D, head = i / D % heads, place = i / D / heads;
    if (place >= n)
        return;
    int t = step_at(of_key ? at_v : at_q, of_key ? Tv : Tq, place), b = place - (of_key ? at_v : at_q)[t];
    float sum = 0.0f, scale_d = scale_of(scale, d, mode), concat_weight = weight ? weight[0] : 1.0f;
    for (int s = of_key ? start_q[b] : start_v[b]; s < (of_key ? Tq : Tv); s++) {
        size_t other = (size_t)((of_key ? at_q : at_v)[s] + b) * heads + head, mine = (size_t)place * heads + head;
        float d_score = of_key ? d_scores[other * Tv + t] : d_scores[mine * Tv + s];
        float a = of_key ? k[mine * D + d] : q[mine * D + d], z = of_key ? q[other * D + d] : k[other * D + d];
        sum += d_score * score_slope(a, z, scale_d, concat_weight, mode, factor);
    }
    dx[i] = add ? dx[i] + sum : sum;
}

// The contribution of each query step to the gradients of scale and weight, for one head. d_scale [nq];
// SCORE_ADDITIVE: [nq,D]. d_weight [nq]: SCORE_CONCAT only. Either may be null. Global: size of d_scale rounded up.
kernel void attention_d_scale(global const float *q, global const float *k, global const float *scale,
                              global const float *weight, global const float *d_scores, global float *d_scale,
                              global float *d_weight, global const int *at_q, global const int *at_v,
                              global const int *start_v, int nq, int Tq, int Tv, int D, int mode, float factor) {
    int i = get_global_id(0), columns = mode == SCORE_ADDITIVE ? D : 1, place = i / columns, first = i % columns;
    if (place >= nq)
        return;
    int b = row_at(at_q, Tq, place), end = mode == SCORE_ADDITIVE ? first + 1 : D;
    float of_scale = 0.0f, of_weight = 0.0f;
    for (int s = start_v[b]; s < Tv; s++) {
        float in_scale = 0.0f, in_weight = 0.0f;
        for (int d = first; d < end; d++) {
            float x = q[(size_t)place * D + d], y = k[(size_t)(at_v[s] + b) * D + d], z = x + y;
            float t = mode == SCORE_DOT ? 0.0f : tanh_one(mode == SCORE_CONCAT ? scale_of(scale, d, mode) * z : z);
            in_scale += mode == SCORE_DOT ? factor * x * y : mode == SCORE_CONCAT ? weight[0] * (1.0f - t * t) * z : t;
            in_weight += t;
        }
        float d_score = d_scores[(size_t)place * Tv + s];
        of_scale += d_score * in_scale;
        of_weight += d_score * in_weight;
    }
    if (d_scale)
        d_scale[i] = of_scale;
    if (d_weight)
        d_weight[i] = of_weight;
}
