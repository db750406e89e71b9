// LSTM, tile class, for CPUs: a work-item carries R rows through all time steps, without barriers.
//
//   i, f, o = sigmoid(x·W + h·U + b)   g = tanh(x·W + h·U + b)   c' = f*c + i*g   h' = o*tanh(c')
//
// Fast because a block of W hidden units keeps its 4 gates of R rows in registers over all of k = 0 … E+H,
// and the weights are packed in the order in which they are read.
// Source: Hochreiter & Schmidhuber 1997, Gers et al. 2000; keras/src/layers/rnn/lstm.py
//
// A row b begins at step start[b] (0 without `start`) from the state h0, c0 at b*state_row +
// start*state_step; steps before it are not computed.

// Where a row's state before its first step stands.
static inline size_t state_at(int b, int start, int state_row, int state_step) {
    return (size_t)b * state_row + (size_t)start * state_step;
}

static inline int start_of(global const int *start, int b) {
    return start ? start[b] : 0;
}

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

// The cell, for W units of a row of which n are there: gate sums in, h and c out, and the gates themselves
// when `kept` is given. All zero for a row that has not begun.
static inline void cell_forward(const vec *z, bool begun, global const float *c_before, global float *c,
                                global float *h, global float *kept, int H, int n) {
    vec i = sigmoid_vec(z[0]), f = sigmoid_vec(z[1]), g = tanh_vec(z[2]), o = sigmoid_vec(z[3]);
    vec c_new = f * load_some(c_before, n) + i * g;
    vec h_new = o * tanh_vec(c_new);
    if (!begun)
        i = f = g = o = c_new = h_new = (vec)(0.0f);
    store_some(c_new, c, n);
    store_some(h_new, h, n);
    if (kept) {
        store_some(i, kept, n);
        store_some(f, kept + H, n);
        store_some(g, kept + 2 * H, n);
        store_some(o, kept + 3 * H, n);
    }
}

// Global: ceil(B/R), local 1. x [T,B,E]. Step t's h stands at ((t + h_shift) & h_mask)*B*H, its c at
// (t & c_mask)*B*H: masks of -1 keep every step (training, return_sequences), 1 two steps, 0 one.
// gates [T,B,4H], given in training: the activated gates; zero before a row's start, like h and c there.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
lstm_tile_forward(global const float *x, global const int *start, global const float *packed,
                  global const float *packed_bias, global const float *h0, global const float *c0, int state_row,
                  int state_step, global float *h, int h_mask, int h_shift, global float *c, int c_mask,
                  global float *gates, int B, int T, int E, int H) {
    int first = get_global_id(0) * R, rows = min(R, B - first), K = E + H;
    size_t step = (size_t)B * H;
    int row[R], begin[R];
    int earliest = T;
    UNROLL for (int r = 0; r < R; r++) {
        row[r] = min(first + r, B - 1);
        begin[r] = start_of(start, row[r]);
        earliest = min(earliest, begin[r]);
    }

    for (int t = gates ? 0 : earliest; t < T; t++) {
        global const float *input[R], *h_before[R], *c_before[R];
        global float *h_now = h + ((t + h_shift) & h_mask) * step, *c_now = c + (t & c_mask) * step;
        UNROLL for (int r = 0; r < R; r++) {
            size_t at = state_at(row[r], begin[r], state_row, state_step);
            input[r] = x + ((size_t)t * B + row[r]) * E;
            // A row that has not begun computes along from its first state; nothing of it is kept.
            h_before[r] = t <= begin[r] ? h0 + at : h + ((t - 1 + h_shift) & h_mask) * step + (size_t)row[r] * H;
            c_before[r] = t <= begin[r] ? c0 + at : c + ((t - 1) & c_mask) * step + (size_t)row[r] * H;
        }
        for (int j = 0; j < H; j += W) {
            global const float *w = packed + (size_t)j * K * 4;
            global const float *b = packed_bias + j * 4;
            vec z[R][4];
            UNROLL for (int r = 0; r < R; r++) {
                UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(b + g * W);
            }
            for (int k = 0; k < E; k++, w += 4 * W) {
                vec w0 = load_vec(w), w1 = load_vec(w + W), w2 = load_vec(w + 2 * W), w3 = load_vec(w + 3 * W);
                UNROLL for (int r = 0; r < R; r++) {
                    vec a = (vec)(input[r][k]);
                    z[r][0] = a * w0 + z[r][0];
                    z[r][1] = a * w1 + z[r][1];
                    z[r][2] = a * w2 + z[r][2];
                    z[r][3] = a * w3 + z[r][3];
                }
            }
            for (int k = 0; k < H; k++, w += 4 * W) {
                vec w0 = load_vec(w), w1 = load_vec(w + W), w2 = load_vec(w + 2 * W), w3 = load_vec(w + 3 * W);
                UNROLL for (int r = 0; r < R; r++) {
                    vec a = (vec)(h_before[r][k]);
                    z[r][0] = a * w0 + z[r][0];
                    z[r][1] = a * w1 + z[r][1];
                    z[r][2] = a * w2 + z[r][2];
                    z[r][3] = a * w3 + z[r][3];
                }
            }
            vec sums[R][4]; // in memory, so that what follows is compiled once and not R times
            UNROLL for (int r = 0; r < R; r++) {
                UNROLL for (int g = 0; g < 4; g++) sums[r][g] = z[r][g];
            }
            for (int r = 0; r < rows; r++) {
                bool begun = t >= begin[r];
                if (!begun && !gates)
                    continue;
                size_t at = (size_t)row[r] * H + j;
                global float *kept = gates ? gates + ((size_t)t * B + row[r]) * 4 * H + j : 0;
                cell_forward(sums[r], begun, c_before[r] + j, c_now + at, h_now + at, kept, H, H - j);
            }
        }
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

// One row, one step backward through the cell: gates in, their gradients before activation out; dc is
// carried back.
static inline void cell_backward(global float *gates, global const float *c_before, global const float *c_now,
                                 global const float *dh, global const float *d_out, global float *dc, int H) {
    for (int j = 0; j < H; j += W) {
        int n = H - j;
        vec i = load_some(gates + j, n), f = load_some(gates + H + j, n);
        vec g = load_some(gates + 2 * H + j, n), o = load_some(gates + 3 * H + j, n);
        vec tanh_c = tanh_vec(load_some(c_now + j, n));
        vec d_h = load_some(dh + j, n);
        if (d_out)
            d_h += load_some(d_out + j, n);
        vec d_c = d_h * o * (1.0f - tanh_c * tanh_c) + load_some(dc + j, n);
        store_some(d_c * g * i * (1.0f - i), gates + j, n);
        store_some(d_c * load_some(c_before + j, n) * f * (1.0f - f), gates + H + j, n);
        store_some(d_c * i * (1.0f - g * g), gates + 2 * H + j, n);
        store_some(d_h * tanh_c * o * (1.0f - o), gates + 3 * H + j, n);
        store_some(d_c * f, dc + j, n);
    }
}

// Backward through time. Global: ceil(B/R), local 1. d_out [T,B,H], or [B,H] of the last step alone when
// last_only. gates [T,B,4H]: in, the activated gates; out, the gradients before activation, from which
// come those of weights, bias and x. c [T,B,H] from forward. dh, dc [B,H] out: gradients of h0, c0.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
lstm_tile_backward(global const float *d_out, int last_only, global const int *start,
                   global const float *packed_transposed, global const float *c0, int state_row, int state_step,
                   global const float *c, global float *gates, global float *dh, global float *dc, int B, int T,
                   int H) {
    int first = get_global_id(0) * R, rows = min(R, B - first);
    size_t step = (size_t)B * H;
    int begin[R], row[R];
    int earliest = T;
    UNROLL for (int r = 0; r < R; r++) {
        row[r] = min(first + r, B - 1);
        begin[r] = start_of(start, row[r]);
        earliest = min(earliest, begin[r]);
    }
    for (int i = 0; i < rows * H; i++)
        dh[(size_t)first * H + i] = dc[(size_t)first * H + i] = 0.0f;

    for (int t = T - 1; t >= earliest; t--) {
        for (int r = 0; r < rows; r++) {
            if (t < begin[r])
                continue;
            size_t at = (size_t)row[r] * H;
            global const float *from_above = last_only ? (t == T - 1 ? d_out + at : 0) : d_out + t * step + at;
            global const float *c_before =
                t == begin[r] ? c0 + state_at(row[r], begin[r], state_row, state_step) : c + (t - 1) * step + at;
            cell_backward(gates + ((size_t)t * B + row[r]) * 4 * H, c_before, c + t * step + at, dh + at, from_above,
                          dc + at, H);
        }
        global const float *dz[R];
        UNROLL for (int r = 0; r < R; r++) dz[r] = gates + ((size_t)t * B + row[r]) * 4 * H;
        for (int j = 0; j < H; j += 2 * W) {
            global const float *w = packed_transposed + (size_t)j * 4 * H;
            vec sum[R][2];
            UNROLL for (int r = 0; r < R; r++) sum[r][0] = sum[r][1] = (vec)(0.0f);
            for (int k = 0; k < 4 * H; k++, w += 2 * W) {
                vec w0 = load_vec(w), w1 = load_vec(w + W);
                UNROLL for (int r = 0; r < R; r++) {
                    vec a = (vec)(dz[r][k]);
                    sum[r][0] = a * w0 + sum[r][0];
                    sum[r][1] = a * w1 + sum[r][1];
                }
            }
            vec sums[R][2];
            UNROLL for (int r = 0; r < R; r++) {
                sums[r][0] = sum[r][0];
                sums[r][1] = sum[r][1];
            }
            for (int r = 0; r < rows; r++) {
                if (t < begin[r])
                    continue;
                global float *out = dh + (size_t)row[r] * H + j;
                store_some(sums[r][0], out, H - j);
                if (j + W < H)
                    store_some(sums[r][1], out + W, H - j - W);
            }
        }
    }
}
