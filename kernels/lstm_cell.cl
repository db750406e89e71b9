// LSTM, tile class: the weights in the order in which lstm_tile.cl reads them, and the cell, forward and backward.
//
//   i, f, o = sigmoid(x·W + h·U + b)   g = tanh(x·W + h·U + b)   c' = f*c + i*g   h' = o*tanh(c')
//
// Source: Hochreiter & Schmidhuber 1997, Gers et al. 2000; keras/src/layers/rnn/lstm.py

// packed [blocks][E+H][4][W] from W [E,4H] and U [H,4H], zero behind H; and bias [blocks][4][W].
// Global: blocks*(E+H+1)*4*W rounded up.
kernel void lstm_tile_pack(global const float *weight, global const float *recurrent, global const float *bias,
                           global float *packed, global float *packed_bias, int E, int H) {
    int blocks = (H + W - 1) / W, K = E + H;
    int i = get_global_id(0);
    if (i >= blocks * (K + 1) * 4 * W)
        return;
    int lane = i % W, gate = i / W % 4, k = i / (4 * W) % (K + 1), block = i / (4 * W) / (K + 1);
    int unit = block * W + lane, column = gate * H + unit;
    if (k == K)
        packed_bias[(block * 4 + gate) * W + lane] = unit < H && bias ? bias[column] : 0.0f;
    else {
        float value = unit >= H ? 0.0f : k < E ? weight[(size_t)k * 4 * H + column]
                                               : recurrent[(size_t)(k - E) * 4 * H + column];
        packed[(((size_t)block * K + k) * 4 + gate) * W + lane] = value;
    }
}

// packed [ceil(H/2W)][4H][2W] from U [H,4H]: U transposed, for the gradient of h.
// Global: ceil(H/2W)*4H*2W rounded up.
kernel void lstm_tile_pack_transposed(global const float *recurrent, global float *packed, int H) {
    int blocks = (H + 2 * W - 1) / (2 * W);
    int i = get_global_id(0);
    if (i >= blocks * 4 * H * 2 * W)
        return;
    int lane = i % (2 * W), k = i / (2 * W) % (4 * H), block = i / (2 * W) / (4 * H);
    int unit = block * 2 * W + lane;
    packed[i] = unit < H ? recurrent[(size_t)unit * 4 * H + k] : 0.0f;
}

// The cell, for W units of a row of which n are there: gate sums in, h and c out, and the gates themselves when
// `kept` is given. Divides once for c and once for h, within 4 units in the last place of |f*c| + |i*g| and of h.
static inline void cell_forward(const vec *z, global const float *c_before, global float *c, global float *h,
                                global float *kept, int H, int n) {
    vec i, i_d, f, f_d, g, g_d, o, o_d, tanh_c, tanh_d;
    sigmoid_parts_vec(z[0], &i, &i_d);
    sigmoid_parts_vec(z[1], &f, &f_d);
    tanh_parts_vec(z[2], &g, &g_d);
    sigmoid_parts_vec(z[3], &o, &o_d);
    vec ig_d = i_d * g_d;
    vec c_new = (f * load_some(c_before, n) * ig_d + i * g * f_d) / (f_d * ig_d);
    tanh_parts_vec(c_new, &tanh_c, &tanh_d);
    store_some(c_new, c, n);
    store_some(o * tanh_c / (o_d * tanh_d), h, n);
    if (kept) {
        store_some(i / i_d, kept, n);
        store_some(f / f_d, kept + H, n);
        store_some(g / g_d, kept + 2 * H, n);
        store_some(o / o_d, kept + 3 * H, n);
    }
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
