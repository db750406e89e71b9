// LSTM, tile class, for CPUs: a work-item carries tiles of R rows through all time steps, without barriers.
//
// Fast because a block of W hidden units keeps its 4 gates of R rows in registers over all of k = 0 … E+H, the weights
// are packed in the order in which they are read, and what was read of them serves all tiles of the work-item before
// the next part is. Here is what forward and backward share: products.
//
// Rows are packed: sorted by their first step start[b], so that step t has the rows 0 … at[t+1]-at[t]-1 and no
// others; (t, b) stands at at[t] + b. Where a row begins, its state is the lead's after the step before (lead_h,
// lead_c [T,H], the padding's that all rows begin with); without a lead, or at step 0, zero (zeros [H]). Work-item i
// has the tiles i, i + items, i + 2*items …, so that all have as much to do; at inference see predict_tile.cl.

// Of a large layer's weights only so many k at a time stay in the first cache, for so many tiles, whose sums wait in memory
// meanwhile. That makes no difference to a bit.
#define DEPTH (1024 / W)
#define TOGETHER (24 / R)

// The k behind the part that begins with k: all of them, where they are few.
static inline int TILED(part_end)(int k, int K) {
    return K - k <= 2 * DEPTH ? K : k + DEPTH;
}

// R rows' gates of W units: z[r] += a[r][k] * w[k] over all k.
static inline void TILED(add_gates)(vec z[R][4], global const float *const a[R], global const float *w, int K) {
    for (int k = 0; k < K; k++, w += 4 * W) {
        vec value[R]; // R and one more register are all that the sums leave of 16
        UNROLL for (int r = 0; r < R; r++) value[r] = (vec)(a[r][k]);
        UNROLL for (int g = 0; g < 4; g++) {
            vec weight = load_vec(w + g * W);
            UNROLL for (int r = 0; r < R; r++) z[r][g] = value[r] * weight + z[r][g];
        }
    }
}

// R rows' COLUMNS*W columns: sum[r] += a[r][k] * w[k] over all k.
static inline void TILED(add_products)(vec sum[R][COLUMNS], global const float *const a[R], global const float *w, int K) {
    for (int k = 0; k < K; k++, w += COLUMNS * W) {
        vec value[R];
        UNROLL for (int r = 0; r < R; r++) value[r] = (vec)(a[r][k]);
        UNROLL for (int i = 0; i < COLUMNS; i++) {
            vec weight = load_vec(w + i * W);
            UNROLL for (int r = 0; r < R; r++) sum[r][i] = value[r] * weight + sum[r][i];
        }
    }
}
