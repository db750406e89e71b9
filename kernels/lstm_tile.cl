// LSTM, tile class, for CPUs: a work-item carries tiles of R rows through all time steps, without barriers.
//
// Fast because a block of W hidden units keeps its 4 gates of R rows in registers over all of k = 0 … E+H, the weights
// are packed in the order in which they are read, and what was read of them serves all tiles of the work-item before
// the next part is. Here is what forward and backward share: products.
//
// Rows are packed: sorted by their first step start[b], so that step t has the rows 0 … at[t+1]-at[t]-1 and no
// others; (t, b) stands at at[t] + b. Where a row begins, its state is the lead's after the step before (lead_h,
// lead_c [T,H], the padding's that all rows begin with); without a lead, or at step 0, zero (zeros [H]). Work-item i
// has the tiles i, i + items, i + 2*items …, so that all have as much to do.

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

// R rows' 2W columns: sum[r] = a[r][k] * w[k] over all k.
static inline void TILED(columns)(vec sum[R][2], global const float *const a[R], global const float *w, int K) {
    UNROLL for (int r = 0; r < R; r++) sum[r][0] = sum[r][1] = (vec)(0.0f);
    for (int k = 0; k < K; k++, w += 2 * W) {
        vec w0 = load_vec(w), w1 = load_vec(w + W);
        UNROLL for (int r = 0; r < R; r++) {
            vec value = (vec)(a[r][k]);
            sum[r][0] = value * w0 + sum[r][0];
            sum[r][1] = value * w1 + sum[r][1];
        }
    }
}

// out [width,N], its rows first … first+R-1, columns … column+4W-1: += a[k][row] * b[k][column] over k in order.
// a [K,width], b [K,N].
static inline void TILED(add_transposed)(global const float *a, int width, int first, global const float *b, int N,
                                         int column, global float *out, int K) {
    vec sums[R][4]; // in memory at first and at last, so that what is done to them is compiled once and not R times
    int rows = min(R, width - first), n = N - column, at[R];
    for (int r = 0; r < R; r++)
        for (int i = 0; i < 4; i++)
            sums[r][i] = load_some(out + (size_t)(first + r) * N + column + i * W, r < rows ? n - i * W : 0);
    vec sum[R][4];
    UNROLL for (int r = 0; r < R; r++) {
        at[r] = first + min(r, rows - 1);
        UNROLL for (int i = 0; i < 4; i++) sum[r][i] = sums[r][i];
    }
    b += column;
    if (n >= 4 * W) {
        for (int k = 0; k < K; k++, a += width, b += N) {
            vec b0 = load_vec(b), b1 = load_vec(b + W), b2 = load_vec(b + 2 * W), b3 = load_vec(b + 3 * W);
            UNROLL for (int r = 0; r < R; r++) {
                vec value = (vec)(a[at[r]]);
                sum[r][0] = value * b0 + sum[r][0];
                sum[r][1] = value * b1 + sum[r][1];
                sum[r][2] = value * b2 + sum[r][2];
                sum[r][3] = value * b3 + sum[r][3];
            }
        }
    } else {
        for (int k = 0; k < K; k++, a += width, b += N) {
            for (int i = 0; i < 4; i++) {
                vec part = load_some(b + i * W, n - i * W);
                UNROLL for (int r = 0; r < R; r++) sum[r][i] = (vec)(a[at[r]]) * part + sum[r][i];
            }
        }
    }
    UNROLL for (int r = 0; r < R; r++) {
        UNROLL for (int i = 0; i < 4; i++) sums[r][i] = sum[r][i];
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 4 && i * W < n; i++)
            store_some(sums[r][i], out + (size_t)(first + r) * N + column + i * W, n - i * W);
}
