// Recurrent layers, tile class: forward, and the table for a folded Embedding. Tiles: recurrent_tile.cl.
//
// The four sums of a unit. LSTM: the gates i, f, c, o. GRU: z, r, the candidate's sum over x, and its sum over h, which
// is separate because r multiplies it. A GRU's packed weights are zero where x or h does not contribute to a sum.

static inline void TILED(set_all)(vec z[R][4], global const float *bias) {
    UNROLL for (int r = 0; r < R; r++) {
        UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(bias + g * W);
    }
}

// table [V][blocks][4][W] = embeddings [V,E]·W + b: the contribution of a word to the sums, added in the order of the
// sums below, so that results are bitwise identical. Global: ceil(V/R), local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(recurrent_tile_table)(global const float *embeddings, global const float *packed, global const float *packed_bias,
                            global float *table, int V, int E, int H) {
    int first = get_global_id(0) * R, blocks = (H + W - 1) / W;
    global const float *word[R];
    UNROLL for (int r = 0; r < R; r++) word[r] = embeddings + (size_t)min(first + r, V - 1) * E;
    for (int block = 0; block < blocks; block++) {
        vec z[R][4];
        TILED(set_all)(z, packed_bias + block * 4 * W);
        TILED(add_sums)(z, word, packed + (size_t)block * (E + H) * 4 * W, E);
        UNROLL for (int r = 0; r < R; r++) {
            if (first + r < V) {
                UNROLL for (int g = 0; g < 4; g++)
                    store_vec(z[r][g], table + (((size_t)(first + r) * blocks + block) * 4 + g) * W);
            }
        }
    }
}

// A row's state before time step t: the shared padding's if the row begins at t, else the stored state of the previous
// step.
INLINE global const float *TILED(state_before)(const struct stage *s, const struct rows *rows, int t, int b,
                                               global const float *padding, global const float *kept, size_t at) {
    return t > rows->start[b] ? kept + at * s->N : padding && t ? padding + (size_t)(t - 1) * s->N : s->zeros;
}

// The sums of W units, from block*W, of the tile's rows at time step t, over k … end-1 of the E inputs and H states.
// Initial values are the bias, or the table's entries, which contain bias and inputs.
INLINE void TILED(unit_sums)(vec sums[R][4], const struct stage *s, const struct rows *rows, global const float *x, int by,
                             int t, int first, int count, int block, int k, int end) {
    int E = s->K, H = s->N, blocks = (H + W - 1) / W, B = rows->B;
    int older = s->keep_h && t ? rows->at[t - 1] : (rows->T - t & 1) * B; // row offset of h of the previous time step
    global const float *w = s->weight + (size_t)block * (E + H) * 4 * W, *input[R], *h[R];
    UNROLL for (int r = 0; r < R; r++) {
        int b = first + min(r, count - 1); // missing rows repeat the last one
        int now = time_step_of(s, rows, t, b);
        input[r] = s->folded ? s->words + ((size_t)rows->ids[rows->at[now] + b] * blocks + block) * 4 * W
                             : x + row_of(rows, by, now, b) * E + k;
        h[r] = TILED(state_before)(s, rows, t, b, s->padding_h, s->out, older + b) + max(k - E, 0);
    }
    vec z[R][4];
    if (k > (s->folded ? E : 0)) {
        UNROLL for (int r = 0; r < R; r++) {
            UNROLL for (int g = 0; g < 4; g++) z[r][g] = sums[r][g];
        }
    } else if (s->folded) {
        UNROLL for (int r = 0; r < R; r++) {
            UNROLL for (int g = 0; g < 4; g++) z[r][g] = load_vec(input[r] + g * W);
        }
        // Prefetch the tile's next inputs, which are at unrelated addresses.
        UNROLL for (int r = 0; r < R; r++) {
            int b = first + min(r, count - 1);
            global const float *next = block + 1 < blocks ? input[r] + 4 * W
                : t + 1 < rows->T ? s->words + (size_t)rows->ids[rows->at[time_step_of(s, rows, t + 1, b)] + b] * blocks * 4 * W
                                  : input[r];
            UNROLL for (int g = 0; g < 4 * W; g += 16) PREFETCH(next + g);
        }
    } else {
        TILED(set_all)(z, s->bias + block * 4 * W);
    }
    if (k < E)
        TILED(add_sums)(z, input, w + (size_t)k * 4 * W, min(E, end) - k);
    if (end > E)
        TILED(add_sums)(z, h, w + (size_t)max(k, E) * 4 * W, end - max(k, E));
    UNROLL for (int r = 0; r < R; r++) {
        UNROLL for (int g = 0; g < 4; g++) sums[r][g] = z[r][g];
    }
}

// Prefetch the memory to which training stores a block of these rows, while their products are summed.
static inline void TILED(prefetch_kept)(const struct stage *s, size_t row, int count, int block) {
    int blocks = (s->N + W - 1) / W;
    for (int r = 0; r < count; r++, row++) {
        global float *gates = s->gates + (row * blocks + block) * 4 * W;
        UNROLL for (int i = 0; i < 4 * W; i += 16) PREFETCH_TO_WRITE(gates + i);
        if (block * W % 16 == 0) {
            size_t unit = row * s->N + block * W;
            PREFETCH_TO_WRITE(s->out + unit);
            PREFETCH_TO_WRITE(s->kept + unit);
            PREFETCH_TO_WRITE(s->before + unit);
        }
    }
}

// Time step t of a recurrent layer, for the rows of a work-item. Working on the cells of many rows at once lets the
// processor overlap them; for the same reason there are two short loops instead of a long one.
static inline void TILED(recurrent_step)(const struct stage *s, const struct rows *rows, global const float *x, int by,
                                         int t) {
    int E = s->K, H = s->N, blocks = (H + W - 1) / W, at = rows->at[t], begun = min(rows->at[t + 1] - at, rows->end);
    int c_now = s->keep_c ? at : 0, c_older = s->keep_c && t ? rows->at[t - 1] : 0;
    int h_now = s->keep_h ? at : (rows->T - 1 - t & 1) * rows->B;
    int h_older = s->keep_h && t ? rows->at[t - 1] : (rows->T - t & 1) * rows->B;
    vec sums[TOGETHER][R][4];
    for (int block = 0; block < blocks; block++) {
        int j = block * W, n = H - j;
        for (int some = rows->first, next; some < begun; some = next) {
            next = min(some + TOGETHER * rows->step, begun);
            for (int first = some; s->gates && first < next; first += rows->step)
                TILED(prefetch_kept)(s, at + first, min(R, begun - first), block);
            for (int k = s->folded ? E : 0, end; k < E + H; k = end) {
                end = TILED(part_end)(k, E + H);
                for (int tile = 0, first = some; first < next; tile++, first += rows->step)
                    TILED(unit_sums)(sums[tile], s, rows, x, by, t, first, min(R, begun - first), block, k, end);
            }
            for (int tile = 0, first = some; s->type == STAGE_GRU && first < next; tile++, first += rows->step)
                for (int r = 0; r < min(R, begun - first); r++) {
                    int b = first + r;
                    global const float *older = TILED(state_before)(s, rows, t, b, s->padding_h, s->out, h_older + b);
                    store_some(gru_h(sums[tile][r], load_some(older + j, n)), s->out + (size_t)(h_now + b) * H + j, n);
                }
            for (int tile = 0, first = some; s->type == STAGE_LSTM && first < next; tile++, first += rows->step)
                for (int r = 0; r < min(R, begun - first); r++) {
                    vec *z = sums[tile][r];
                    int b = first + r;
                    z[0] = cell_c(z, TILED(state_before)(s, rows, t, b, s->padding_c, s->kept, c_older + b) + j,
                                  s->kept + (size_t)(c_now + b) * H + j,
                                  s->gates ? s->gates + ((size_t)(at + b) * blocks + block) * 4 * W : 0, n, &z[1]);
                }
            for (int tile = 0, first = some; s->type == STAGE_LSTM && first < next; tile++, first += rows->step)
                for (int r = 0; r < min(R, begun - first); r++) {
                    int b = first + r;
                    vec h = cell_h(sums[tile][r][0], sums[tile][r][1]);
                    store_some(h, s->out + (size_t)(h_now + b) * H + j, n);
                    if (s->before)
                        store_some(load_some(TILED(state_before)(s, rows, t, b, s->padding_h, s->out, h_older + b) + j, n),
                                   s->before + (size_t)(at + b) * H + j, n);
                    if (s->last && t == rows->T - 1)
                        store_some(h, s->last + (size_t)b * H + j, n);
                }
        }
    }
}

// Rows from … to-1 of B. Global: any number of work-items, at most ceil(rows/R), local 1. x [at[T],E]; or ids [at[T]]
// and their table. reversed: the time steps of x are read in reverse order.
//
// h [at[T],H] with keep_h (training, return_sequences), else two time steps [2,B,H], the last one first. c (of an LSTM)
// [at[T],H] with keep_c, else [B,H]. LSTM in training: before [at[T],H]: h before each time step, gates
// [at[T],blocks,4,W]: activated, and last [B,H]: h of the last time step (may be null).
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(recurrent_tile_forward)(global const float *x, global const int *ids, global const float *table,
                              global const int *at, global const int *start, global const float *packed,
                              global const float *packed_bias, global const float *zeros,
                              global const float *padding_h, global const float *padding_c, global float *h, int keep_h,
                              global float *c, int keep_c, global float *before, global float *gates, global float *last,
                              int type, int reversed, int from, int to, int B, int T, int E, int H) {
    struct stage s = {packed, packed_bias, table, zeros, padding_h, padding_c, h,        c, before,
                      gates,  last,        type,  0,     table != 0, keep_h,   keep_c, reversed, E, H};
    int item = get_global_id(0), items = get_global_size(0);
    struct rows rows = {ids, at, start, B, T, from + item * R, items * R, to};
    for (int t = start[rows.first]; t < T; t++)
        TILED(recurrent_step)(&s, &rows, x, BY_STEP, t);
}
