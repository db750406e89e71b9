// LSTM, tile class: forward, and the table that takes the Embedding in. What a tile is: lstm_tile.cl.

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
        TILED(add_gates)(z, word, packed + (size_t)block * (E + H) * 4 * W, E);
        UNROLL for (int r = 0; r < R; r++) {
            if (first + r < V) {
                UNROLL for (int g = 0; g < 4; g++)
                    store_vec(z[r][g], table + (((size_t)(first + r) * blocks + block) * 4 + g) * W);
            }
        }
    }
}

// Global: work-items as many as wanted, at most ceil(B/R), local 1. x [at[T],E]; or ids [at[T]] and their table.
// h [at[T],H] with keep_h (training, return_sequences), else two steps' [2,B,H], the last one's in front. c [at[T],H]
// with keep_c, else [B,H]. Training: before [at[T],H], each step's h before it, gates [at[T],4H], activated, and last
// [B,H], the last step's h (may be null).
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_forward)(global const float *x, global const int *ids, global const float *table, global const int *at,
                         global const int *start, global const float *packed, global const float *packed_bias,
                         global const float *zeros, global const float *lead_h, global const float *lead_c,
                         global float *h, int keep_h, global float *c, int keep_c, global float *before,
                         global float *gates, global float *last, int B, int T, int E, int H) {
    int item = get_global_id(0), items = get_global_size(0), blocks = (H + W - 1) / W;
    for (int t = start[item * R]; t < T; t++) {
        int begun = at[t + 1] - at[t], slot = (T - 1 - t) & 1;
        for (int block = 0; block < blocks; block++) {
            int j = block * W, n = H - j;
            global const float *w = packed + (size_t)block * (E + H) * 4 * W;
            for (int first = item * R; first < begun; first += items * R) {
                int rows = min(R, begun - first); // the tile's others repeat the last of them
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
                vec z[R][4];
                if (table) {
                    UNROLL for (int r = 0; r < R; r++) {
                        global const float *word = table + ((size_t)ids[now[r]] * blocks + block) * 4 * W;
                        UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(word + g * W);
                    }
                } else {
                    TILED(set_all)(z, packed_bias + block * 4 * W);
                    TILED(add_gates)(z, input, w, E);
                }
                TILED(add_gates)(z, h_before, w + (size_t)E * 4 * W, H);
                vec sums[R][4]; // in memory, so that what follows is compiled once and not R times
                UNROLL for (int r = 0; r < R; r++) {
                    UNROLL for (int g = 0; g < 4; g++) sums[r][g] = z[r][g];
                }
                for (int r = 0; r < rows; r++) {
                    size_t b = first + r, step = at[t] + b;
                    if (before)
                        store_some(load_some(h_before[r] + j, n), before + step * H + j, n);
                    vec h_new = cell_forward(sums[r], c_before[r] + j, c + (keep_c ? step : b) * H + j,
                                             gates ? gates + step * 4 * H + j : 0, H, n);
                    store_some(h_new, h + (keep_h ? step : slot * (size_t)B + b) * H + j, n);
                    if (last && t == T - 1)
                        store_some(h_new, last + b * H + j, n);
                }
            }
        }
    }
}
