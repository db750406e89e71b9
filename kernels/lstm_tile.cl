// LSTM, tile class, for CPUs: a work-item carries R rows through all time steps, without barriers.
//
// Fast because a block of W hidden units keeps its 4 gates of R rows in registers over all of k = 0 … E+H,
// and the weights are packed in the order in which they are read. The cell itself: lstm_cell.cl.
//
// Rows are packed: sorted by their first step start[b], so that step t has the rows 0 … at[t+1]-at[t]-1 and no
// others; (t, b) stands at at[t] + b. Where a row begins, its state is the lead's after the step before (lead_h,
// lead_c [T,H], the padding's that all rows begin with); without a lead, or at step 0, zero (zeros [H]).

// R rows' gates of W units: z[r] += a[r][k] * w[k] over all k.
static inline void TILED(add_product)(vec z[R][4], global const float *const a[R], global const float *w, int K) {
    for (int k = 0; k < K; k++, w += 4 * W) {
        vec w0 = load_vec(w), w1 = load_vec(w + W), w2 = load_vec(w + 2 * W), w3 = load_vec(w + 3 * W);
        UNROLL for (int r = 0; r < R; r++) {
            vec value = (vec)(a[r][k]);
            z[r][0] = value * w0 + z[r][0];
            z[r][1] = value * w1 + z[r][1];
            z[r][2] = value * w2 + z[r][2];
            z[r][3] = value * w3 + z[r][3];
        }
    }
}

static inline void TILED(set_all)(vec z[R][4], global const float *bias) {
    UNROLL for (int r = 0; r < R; r++) {
        UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(bias + g * W);
    }
}

// table [V][blocks][4][W] = embeddings [V,E]·W + b: what a word adds to the gates, in the order of the sums below, so
// that it makes no difference to a bit. Global: ceil(V/R), local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_table)(global const float *embeddings, global const float *packed, global const float *packed_bias,
                global float *table, int V, int E, int H) {
    int first = get_global_id(0) * R, blocks = (H + W - 1) / W;
    global const float *word[R];
    UNROLL for (int r = 0; r < R; r++) word[r] = embeddings + (size_t)min(first + r, V - 1) * E;
    for (int block = 0; block < blocks; block++) {
        vec z[R][4];
        TILED(set_all)(z, packed_bias + block * 4 * W);
        TILED(add_product)(z, word, packed + (size_t)block * (E + H) * 4 * W, E);
        UNROLL for (int r = 0; r < R; r++) {
            if (first + r < V) {
                UNROLL for (int g = 0; g < 4; g++)
                    store_vec(z[r][g], table + (((size_t)(first + r) * blocks + block) * 4 + g) * W);
            }
        }
    }
}

// Global: ceil(B/R), local 1. x [at[T],E]; or ids [at[T]] and their table. h [at[T],H] with keep_h (training,
// return_sequences), else two steps' [2,B,H], the last one's in front. c [at[T],H] with keep_c, else [B,H]. Training:
// before [at[T],H], each step's h before it, and gates [at[T],4H], activated.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_forward)(global const float *x, global const int *ids, global const float *table, global const int *at,
                  global const int *start, global const float *packed, global const float *packed_bias,
                  global const float *zeros, global const float *lead_h, global const float *lead_c, global float *h,
                  int keep_h, global float *c, int keep_c, global float *before, global float *gates, int B, int T,
                  int E, int H) {
    int first = get_global_id(0) * R, blocks = (H + W - 1) / W;
    for (int t = start[first]; t < T; t++) {
        int rows = min(R, at[t + 1] - at[t] - first); // that have begun; the tile's others repeat the last of them
        int slot = (T - 1 - t) & 1;
        int now[R];
        global const float *input[R], *h_before[R], *c_before[R];
        UNROLL for (int r = 0; r < R; r++) {
            int b = first + min(r, rows - 1);
            now[r] = at[t] + b;
            input[r] = x + (size_t)now[r] * E;
            if (t == start[b]) {
                h_before[r] = lead_h && t ? lead_h + (size_t)(t - 1) * H : zeros;
                c_before[r] = lead_c && t ? lead_c + (size_t)(t - 1) * H : zeros;
            } else {
                h_before[r] = h + (size_t)(keep_h ? at[t - 1] + b : (1 - slot) * B + b) * H;
                c_before[r] = c + (size_t)(keep_c ? at[t - 1] + b : b) * H;
            }
        }
        for (int block = 0; block < blocks; block++) {
            int j = block * W, n = H - j;
            global const float *w = packed + (size_t)block * (E + H) * 4 * W;
            vec z[R][4];
            if (table) {
                UNROLL for (int r = 0; r < R; r++) {
                    global const float *word = table + ((size_t)ids[now[r]] * blocks + block) * 4 * W;
                    UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(word + g * W);
                }
            } else {
                TILED(set_all)(z, packed_bias + block * 4 * W);
                TILED(add_product)(z, input, w, E);
            }
            TILED(add_product)(z, h_before, w + (size_t)E * 4 * W, H);
            vec sums[R][4]; // in memory, so that what follows is compiled once and not R times
            UNROLL for (int r = 0; r < R; r++) {
                UNROLL for (int g = 0; g < 4; g++) sums[r][g] = z[r][g];
            }
            for (int r = 0; r < rows; r++) {
                size_t b = first + r, step = at[t] + b;
                if (before)
                    store_some(load_some(h_before[r] + j, n), before + step * H + j, n);
                cell_forward(sums[r], c_before[r] + j, c + (keep_c ? step : b) * H + j,
                             h + (keep_h ? step : slot * (size_t)B + b) * H + j,
                             gates ? gates + step * 4 * H + j : 0, H, n);
            }
        }
    }
}

// Backward through time. Global: ceil(B/R), local 1. d_h [at[T],H], or [B,H] of the last step alone when
// last_only; d_c [at[T],H]; both may be null. gates [at[T],4H]: in, the activated gates; out, the gradients before
// activation, from which come those of weights, bias and x. c [at[T],H] from forward. dh, dc [B,H] out: the
// gradients of the rows' first states.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_backward)(global const float *d_h, int last_only, global const float *d_c, global const int *at,
                   global const int *start, global const float *packed_transposed, global const float *zeros,
                   global const float *lead_c, global const float *c, global float *gates, global float *dh,
                   global float *dc, int B, int T, int H) {
    int first = get_global_id(0) * R;
    for (int i = 0; i < min(R, B - first) * H; i++)
        dh[(size_t)first * H + i] = dc[(size_t)first * H + i] = 0.0f;

    for (int t = T - 1; t >= start[first]; t--) {
        int rows = min(R, at[t + 1] - at[t] - first);
        for (int r = 0; r < rows; r++) {
            size_t b = first + r, now = at[t] + b;
            global const float *c_before = t > start[b] ? c + (at[t - 1] + b) * H
                                         : lead_c && t  ? lead_c + (size_t)(t - 1) * H
                                                        : zeros;
            global const float *from_above = !d_h ? 0 : !last_only ? d_h + now * H : t == T - 1 ? d_h + b * H : 0;
            cell_backward(gates + now * 4 * H, c_before, c + now * H, from_above, d_c ? d_c + now * H : 0, dh + b * H,
                          dc + b * H, H);
        }
        global const float *dz[R];
        UNROLL for (int r = 0; r < R; r++) dz[r] = gates + (size_t)(at[t] + first + min(r, rows - 1)) * 4 * H;
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
                global float *out = dh + (size_t)(first + r) * H + j;
                store_some(sums[r][0], out, H - j);
                if (j + W < H)
                    store_some(sums[r][1], out + W, H - j - W);
            }
        }
    }
}
