// LSTM, tile class: the cell, forward and backward.
//
//   i, f, o = sigmoid(x·W + h·U + b)   g = tanh(x·W + h·U + b)   c' = f*c + i*g   h' = o*tanh(c')
//
// Source: Hochreiter & Schmidhuber 1997, Gers et al. 2000; keras/src/layers/rnn/lstm.py

// The cell, for W units of a row of which n are there: gate sums in, c out, and the gates themselves when `kept`
// is given; returns h. Divides once for c and once for h.
static inline vec cell_forward(const vec *z, global const float *c_before, global float *c, global float *kept, int H,
                               int n) {
    vec i, i_d, f, f_d, g, g_d, o, o_d, tanh_c, tanh_d;
    sigmoid_parts_vec(z[0], &i, &i_d);
    sigmoid_parts_vec(z[1], &f, &f_d);
    tanh_parts_vec(z[2], &g, &g_d);
    sigmoid_parts_vec(z[3], &o, &o_d);
    vec ig_d = i_d * g_d;
    vec c_new = (f * load_some(c_before, n) * ig_d + i * g * f_d) / (f_d * ig_d);
    tanh_parts_vec(c_new, &tanh_c, &tanh_d);
    store_some(c_new, c, n);
    if (kept) {
        store_some(i / i_d, kept, n);
        store_some(f / f_d, kept + H, n);
        store_some(g / g_d, kept + 2 * H, n);
        store_some(o / o_d, kept + 3 * H, n);
    }
    return o * tanh_c / (o_d * tanh_d);
}

// One row, one step backward through the cell: gates in, their gradients before activation out; dc is
// carried back. d_h and d_c, what comes from outside, may be null.
static inline void cell_backward(global float *gates, global const float *c_before, global const float *c_now,
                                 global const float *d_h, global const float *d_c, global const float *dh,
                                 global float *dc, int H) {
    for (int j = 0; j < H; j += W) {
        int n = H - j;
        vec i = load_some(gates + j, n), f = load_some(gates + H + j, n);
        vec g = load_some(gates + 2 * H + j, n), o = load_some(gates + 3 * H + j, n);
        vec tanh_c = tanh_vec(load_some(c_now + j, n));
        vec of_h = load_some(dh + j, n), of_c = load_some(dc + j, n);
        if (d_h)
            of_h += load_some(d_h + j, n);
        if (d_c)
            of_c += load_some(d_c + j, n);
        of_c += of_h * o * (1.0f - tanh_c * tanh_c);
        store_some(of_c * g * i * (1.0f - i), gates + j, n);
        store_some(of_c * load_some(c_before + j, n) * f * (1.0f - f), gates + H + j, n);
        store_some(of_c * i * (1.0f - g * g), gates + 2 * H + j, n);
        store_some(of_h * tanh_c * o * (1.0f - o), gates + 3 * H + j, n);
        store_some(of_c * f, dc + j, n);
    }
}
