// GRU with reset_after, tile class, inference: packing of the weights, and the cell. All other GRUs, and training:
// recurrent.cl.
//
//   z, r = sigmoid(x·W + h·U + b)   g = tanh(x·W + b_x + r*(h·U + b_h))   h' = z*h + (1 - z)*g
//
// Source: Cho et al. 2014, in the form of cuDNN; keras/src/layers/rnn/gru.py

// packed [blocks][E+H][4][W] from W [E,3H] and U [H,3H], zero after H; and bias [blocks][4][W] from [2,3H] (may be
// null); scaled as those of an LSTM (lstm_cell.cl). The four sums: z, r, g over x (recurrent weights zero), g over h
// (kernel weights zero).
// Global: blocks*(E+H+1) rounded up.
kernel void gru_tile_pack(global const float *weight, global const float *recurrent, global const float *bias,
                          global float *packed, global float *packed_bias, int E, int H) {
    int K = E + H, k = get_global_id(0) % (K + 1), block = get_global_id(0) / (K + 1), unit = block * W, n = H - unit;
    if (n <= 0)
        return;
    global const float *x_row = k < E ? weight + (size_t)k * 3 * H : k < K ? 0 : bias;
    global const float *h_row = k < E ? 0 : k < K ? recurrent + (size_t)(k - E) * 3 * H : bias ? bias + 3 * H : 0;
    global float *to = k < K ? packed + ((size_t)block * K + k) * 4 * W : packed_bias + block * 4 * W;
    for (int i = 0; i < 4; i++) {
        int column = min(i, 2) * H + unit;
        vec x = x_row && i < 3 ? load_some(x_row + column, n) : (vec)(0.0f);
        vec h = h_row && i != 2 ? load_some(h_row + column, n) : (vec)(0.0f);
        store_vec((x + h) * (i < 2 ? SIGMOID_SCALE : TANH_SCALE), to + i * W);
    }
}

// The new h of W units of a row, from their sums and the previous h; over a common denominator, to save divisions.
static inline vec gru_h(const vec *sums, vec before) {
    vec z_sum = sigmoid_sum(sums[0]), r_sum = sigmoid_sum(sums[1]), g = sums[2] + sums[3] / r_sum;
    vec e = tanh_power(g), g_sum = 1.0f + e;
    return (before * g_sum + (z_sum - 1.0f) * copysign(1.0f - e, g)) / (z_sum * g_sum);
}
