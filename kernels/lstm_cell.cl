// LSTM, tile class: the cell, forward and backward.
//
//   i, f, o = sigmoid(x·W + h·U + b)   g = tanh(x·W + h·U + b)   c' = f*c + i*g   h' = o*tanh(c')
//
// Source: Hochreiter & Schmidhuber 1997, Gers et al. 2000; keras/src/layers/rnn/lstm.py

// The sums of the gates are scaled (lstm_pack.cl), so that 1/sigmoid = 1 + 2^z, and |tanh| = (1 - e)/(1 + e), e =
// 2^-|z|. z of a sigmoid is clamped to ±40, which changes the result by less than 1e-12, so that the product of three
// such sums and a tanh denominator, at most 2, stays finite and its inverse normal: one division serves c, or all
// gates, and another serves h.
#define SIGMOID_SCALE (-LOG2_E)
#define TANH_SCALE (2.0f * LOG2_E)

static inline vec sigmoid_sum(vec z) {
    return 1.0f + power_vec(at_most_vec(at_least_vec(z, -40.0f), 40.0f), 5);
}

static inline vec tanh_power(vec z) {
    return power_vec(at_least_vec(-fabs(z), -126.0f), 6);
}

// The first half of the cell, for W units of a row, of which n exist: sums of the gates in, c out. If `kept` [4][W] is
// given, it receives the gates, within 5e-7 of their exact values; then c is computed from them, and its last bits
// differ from those without `kept`. *o is for the second half.
static inline vec cell_c(const vec *z, global const float *c_before, global float *c, global float *kept, int n,
                         vec *o) {
    vec i = sigmoid_sum(z[0]), f = sigmoid_sum(z[1]), e = tanh_power(z[2]), g = copysign(1.0f - e, z[2]), g_sum = 1.0f + e;
    *o = sigmoid_sum(z[3]);
    vec before = load_some(c_before, n), c_new;
    if (kept) {
        vec i_f = i * f, g_o = g_sum * *o, all = 1.0f / (i_f * g_o);
        vec of_i = at_most_vec(all * f * g_o, 1.0f), of_f = at_most_vec(all * i * g_o, 1.0f);
        vec of_g = at_least_vec(at_most_vec(g * (all * i_f * *o), 1.0f), -1.0f);
        c_new = of_f * before + of_i * of_g;
        store_vec(of_i, kept);
        store_vec(of_f, kept + W);
        store_vec(of_g, kept + 2 * W);
        store_vec(at_most_vec(all * i_f * g_sum, 1.0f), kept + 3 * W);
    } else {
        vec ig_sum = i * g_sum;
        c_new = (before * ig_sum + g * f) / (f * ig_sum);
    }
    store_some(c_new, c, n);
    return c_new;
}

// The second half: h.
static inline vec cell_h(vec c, vec o) {
    vec e = tanh_power(c * TANH_SCALE);
    return copysign(1.0f - e, c) / (o * (1.0f + e));
}

// One time step of one row backward through the cell: gates in, their gradients before activation out; dc is carried to
// the previous time step. gates [blocks][4][W]. d_h and d_c, the incoming gradients, may be null.
static inline void cell_backward(global float *gates, global const float *c_before, global const float *c_now,
                                 global const float *d_h, global const float *d_c, global const float *dh,
                                 global float *dc, int H) {
    for (int j = 0; j < H; j += W, gates += 4 * W) {
        int n = H - j;
        vec i = load_vec(gates), f = load_vec(gates + W), g = load_vec(gates + 2 * W), o = load_vec(gates + 3 * W);
        vec tanh_c = tanh_vec(load_some(c_now + j, n));
        vec of_h = load_some(dh + j, n), of_c = load_some(dc + j, n);
        if (d_h)
            of_h += load_some(d_h + j, n);
        if (d_c)
            of_c += load_some(d_c + j, n);
        of_c += of_h * o * (1.0f - tanh_c * tanh_c);
        store_vec(first_of(of_c * g * i * (1.0f - i), n), gates);
        store_vec(first_of(of_c * load_some(c_before + j, n) * f * (1.0f - f), n), gates + W);
        store_vec(first_of(of_c * i * (1.0f - g * g), n), gates + 2 * W);
        store_vec(first_of(of_h * tanh_c * o * (1.0f - o), n), gates + 3 * W);
        store_some(of_c * f, dc + j, n);
    }
}
