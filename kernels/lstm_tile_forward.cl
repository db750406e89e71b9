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

// Step t of an LSTM, for the tiles item, item + items …
static inline void TILED(lstm_step)(const struct stage *s, const struct rows *rows, global const float *x, int by, int t,
                                    int item, int items) {
    int B = rows->B, E = s->K, H = s->N, blocks = (H + W - 1) / W, at = rows->at[t], begun = rows->at[t + 1] - at;
    int slot = (rows->T - 1 - t) & 1;
    for (int block = 0; block < blocks; block++) {
        int j = block * W, n = H - j;
        global const float *w = s->weight + (size_t)block * (E + H) * 4 * W;
        for (int first = item * R; first < begun; first += items * R) {
            int count = min(R, begun - first); // the tile's others repeat the last of them
            global const float *input[R], *h_before[R], *c_before[R];
            UNROLL for (int r = 0; r < R; r++) {
                int b = first + min(r, count - 1);
                input[r] = s->folded ? s->words + ((size_t)rows->ids[at + b] * blocks + block) * 4 * W
                                     : x + row_of(rows, by, t, b) * E;
                if (t == rows->start[b]) {
                    h_before[r] = s->lead_h && t ? s->lead_h + (size_t)(t - 1) * H : s->zeros;
                    c_before[r] = s->lead_c && t ? s->lead_c + (size_t)(t - 1) * H : s->zeros;
                } else {
                    h_before[r] = s->out + (size_t)(s->keep_h ? rows->at[t - 1] + b : (1 - slot) * B + b) * H;
                    c_before[r] = s->kept + (size_t)(s->keep_c ? rows->at[t - 1] + b : b) * H;
                }
            }
            vec z[R][4];
            if (s->folded) {
                UNROLL for (int r = 0; r < R; r++) {
                    UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(input[r] + g * W);
                }
                // What the tile takes next comes from far away.
                UNROLL for (int r = 0; r < R; r++) {
                    int b = first + min(r, count - 1);
                    global const float *next = block + 1 < blocks ? input[r] + 4 * W
                        : t + 1 < rows->T ? s->words + (size_t)rows->ids[rows->at[t + 1] + b] * blocks * 4 * W : input[r];
                    UNROLL for (int g = 0; g < 4 * W; g += 16) PREFETCH(next + g);
                }
            } else {
                TILED(set_all)(z, s->bias + block * 4 * W);
                TILED(add_gates)(z, input, w, E);
            }
            TILED(add_gates)(z, h_before, w + (size_t)E * 4 * W, H);
            vec sums[R][4]; // in memory, so that what follows is compiled once and not R times
            UNROLL for (int r = 0; r < R; r++) {
                UNROLL for (int g = 0; g < 4; g++) sums[r][g] = z[r][g];
            }
            // Two short loops, whose rows the processor can have under way at once, where one would be too long.
            for (int r = 0; r < count; r++) {
                size_t b = first + r, step = at + b;
                sums[r][0] = cell_c(sums[r], c_before[r] + j, s->kept + (s->keep_c ? step : b) * H + j,
                                    s->gates ? s->gates + step * 4 * H + j : 0, H, n, &sums[r][1]);
            }
            for (int r = 0; r < count; r++) {
                size_t b = first + r, step = at + b;
                if (s->before)
                    store_some(load_some(h_before[r] + j, n), s->before + step * H + j, n);
                vec h_new = cell_h(sums[r][0], sums[r][1]);
                store_some(h_new, s->out + (s->keep_h ? step : slot * (size_t)B + b) * H + j, n);
                if (s->last && t == rows->T - 1)
                    store_some(h_new, s->last + b * H + j, n);
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
    struct stage s = {packed, packed_bias, table,      zeros, lead_h,     lead_c, h,      c, before,
                      gates,  last,        LSTM_STAGE, 0,     table != 0, keep_h, keep_c, E, H};
    struct rows rows = {ids, at, start, B, T};
    int item = get_global_id(0), items = get_global_size(0);
    for (int t = start[item * R]; t < T; t++)
        TILED(lstm_step)(&s, &rows, x, BY_STEP, t, item, items);
}
