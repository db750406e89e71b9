// Recurrent layers, tile class, for CPUs: a work-item carries tiles of R rows through all time steps, without barriers.
//
// For speed, a block of W hidden units keeps its 4 sums of R rows in registers over all of k = 0 … E+H, the weights
// are packed in the order of access, and each part of the weights is used for all tiles of the work-item before the
// next part is read. This file has the products that forward and backward share.
//
// Rows are packed: sorted by their first time step start[b], so that time step t has the rows 0 … at[t+1]-at[t]-1; (t,
// b) is at index at[t] + b. The initial state of a row is the shared padding's state after the previous time step
// (padding_h, padding_c [T,H]); without shared padding, or at time step 0, it is zero (zeros [H]). Work-item i has the
// tiles i, i + items, i + 2*items …, so that the work is balanced; for inference see predict_tile.cl.
//
// Of a large layer's weights only a limited range of k at a time stays in the first-level cache, for a group of tiles
// whose partial sums are in memory meanwhile. Results are bitwise identical.
#define DEPTH (1024 / W)
#define TOGETHER (24 / R)

// The end of the range of k that begins with k: all of K if K is small.
static inline int TILED(part_end)(int k, int K) {
    return K - k <= 2 * DEPTH ? K : k + DEPTH;
}

// The sums of W units for R rows: z[r] += a[r][k] * w[k] over all k.
INLINE void TILED(add_sums)(vec z[R][4], global const float *const a[R], global const float *w, int K) {
    for (int k = 0; k < K; k++, w += 4 * W) {
        vec value[R]; // of 16 registers the sums leave R and one more
        UNROLL for (int r = 0; r < R; r++) value[r] = (vec)(a[r][k]);
        UNROLL for (int g = 0; g < 4; g++) {
            vec weight = load_vec(w + g * W);
            UNROLL for (int r = 0; r < R; r++) z[r][g] = value[r] * weight + z[r][g];
        }
    }
}

// COLUMNS*W columns of R rows: sum[r] += a[r][k] * w[k] over all k.
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
