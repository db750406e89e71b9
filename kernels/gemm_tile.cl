// Matrix products in the tile style, for CPUs: an item keeps R x 2W sums in registers over all of k.

// C [M,N] = A·B + beta*C, beta 0 or 1. A's element (m,k) stands at m*a_row + k*a_step, so that A may be a
// transpose; B [K,N] and C are row-major. Global: ceil(M/R) x ceil(N/2W), local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(gemm_tile)(global const float *A, int a_offset, int a_row, int a_step, global const float *B, int b_offset,
          int b_row, global float *C, int c_offset, int c_row, int M, int N, int K, float beta) {
    int first = get_global_id(0) * R, column = get_global_id(1) * 2 * W;
    int n0 = N - column, n1 = N - column - W;
    global const float *a[R];
    global const float *b = B + b_offset + column;
    vec sum[R][2];
    UNROLL for (int r = 0; r < R; r++) {
        a[r] = A + a_offset + (size_t)min(first + r, M - 1) * a_row;
        sum[r][0] = sum[r][1] = (vec)(0.0f);
    }
    if (n1 >= W) {
        for (int k = 0; k < K; k++, b += b_row) {
            vec b0 = load_vec(b), b1 = load_vec(b + W);
            UNROLL for (int r = 0; r < R; r++) {
                vec value = (vec)(a[r][(size_t)k * a_step]);
                sum[r][0] = value * b0 + sum[r][0];
                sum[r][1] = value * b1 + sum[r][1];
            }
        }
    } else {
        for (int k = 0; k < K; k++, b += b_row) {
            vec b0 = load_some(b, n0), b1 = n1 > 0 ? load_some(b + W, n1) : (vec)(0.0f);
            UNROLL for (int r = 0; r < R; r++) {
                vec value = (vec)(a[r][(size_t)k * a_step]);
                sum[r][0] = value * b0 + sum[r][0];
                sum[r][1] = value * b1 + sum[r][1];
            }
        }
    }
    vec sums[R][2]; // in memory, so that what follows is compiled once and not R times
    UNROLL for (int r = 0; r < R; r++) {
        sums[r][0] = sum[r][0];
        sums[r][1] = sum[r][1];
    }
    for (int r = 0; r < min(R, M - first); r++) {
        global float *c = C + c_offset + (size_t)(first + r) * c_row + column;
        for (int i = 0; i < 2 && column + i * W < N; i++) {
            int n = N - column - i * W;
            vec value = sums[r][i];
            if (beta != 0.0f)
                value += load_some(c + i * W, n);
            store_some(value, c + i * W, n);
        }
    }
}
