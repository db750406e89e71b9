// LSTM, tile class: backward through time, and the weights' gradients. What a tile is: lstm_tile.cl.

// Global: work-items as many as wanted, at most ceil(B/R), local 1. d_h [at[T],H], or [B,H] of the last step alone when
// last_only; d_c [at[T],H]; both may be null. gates [at[T],4H]: in, the activated gates; out, the gradients before
// activation. c [at[T],H] from forward. dh, dc [B,H] out: the gradients of the rows' first states. dx [at[T],E] out: the
// gradient of x; may be null.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_backward)(global const float *d_h, int last_only, global const float *d_c, global const int *at,
                          global const int *start, global const float *packed_transposed, global const float *zeros,
                          global const float *lead_c, global const float *c, global float *gates, global float *dh,
                          global float *dc, global float *dx, int B, int T, int E, int H) {
    int item = get_global_id(0), items = get_global_size(0);
    int blocks_h = (H + 2 * W - 1) / (2 * W), blocks_x = dx ? (E + 2 * W - 1) / (2 * W) : 0;
    for (int first = item * R; first < B; first += items * R)
        for (int i = 0; i < min(R, B - first) * H; i++)
            dh[(size_t)first * H + i] = dc[(size_t)first * H + i] = 0.0f;

    for (int t = T - 1; t >= start[item * R]; t--) {
        int begun = at[t + 1] - at[t];
        for (int first = item * R; first < begun; first += items * R) {
            for (int r = 0; r < min(R, begun - first); r++) {
                size_t b = first + r, now = at[t] + b;
                global const float *c_before = t > start[b] ? c + (at[t - 1] + b) * H
                                             : lead_c && t  ? lead_c + (size_t)(t - 1) * H
                                                            : zeros;
                global const float *from_above = !d_h ? 0 : !last_only ? d_h + now * H : t == T - 1 ? d_h + b * H : 0;
                cell_backward(gates + now * 4 * H, c_before, c + now * H, from_above, d_c ? d_c + now * H : 0,
                              dh + b * H, dc + b * H, H);
            }
        }
        for (int block = 0; block < blocks_h + blocks_x; block++) {
            bool of_x = block >= blocks_h;
            int j = (of_x ? block - blocks_h : block) * 2 * W, width = of_x ? E : H;
            for (int first = item * R; first < begun; first += items * R) {
                int rows = min(R, begun - first);
                global const float *dz[R];
                UNROLL for (int r = 0; r < R; r++) dz[r] = gates + (size_t)(at[t] + first + min(r, rows - 1)) * 4 * H;
                vec sum[R][2], sums[R][2]; // then in memory, so that what follows is compiled once and not R times
                TILED(columns)(sum, dz, packed_transposed + (size_t)block * 2 * W * 4 * H, 4 * H);
                UNROLL for (int r = 0; r < R; r++) {
                    sums[r][0] = sum[r][0];
                    sums[r][1] = sum[r][1];
                }
                for (int r = 0; r < rows; r++) {
                    size_t b = first + r;
                    global float *out = (of_x ? dx + (at[t] + b) * E : dh + b * H) + j;
                    store_some(sums[r][0], out, width - j);
                    if (j + W < width)
                        store_some(sums[r][1], out + W, width - j - W);
                }
            }
        }
    }
}

// So many rows' dz are read at once by all tiles of a work-item: they fit the first cache.
#define ROWS 128

// What dz [n,4H] adds to the weights' gradients, over its rows in order: x'·dz [E,4H] to the kernel's, before'·dz [H,4H]
// to the recurrent kernel's, its columns' sums [4H] to the bias's (may be null). An item has every so many-th tile of R
// rows of 4W columns. Global: items x ceil(4H/4W), local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_weights)(global const float *x, global const float *before, global const float *dz,
                         global float *d_kernel, global float *d_recurrent, global float *d_bias, int n, int E, int H) {
    int item = get_global_id(0), items = get_global_size(0), column = get_global_id(1) * 4 * W, N = 4 * H;
    int tiles_x = (E + R - 1) / R, tiles_h = (H + R - 1) / R;
    for (int k = 0; k < n; k += ROWS, x += (size_t)ROWS * E, before += (size_t)ROWS * H, dz += (size_t)ROWS * N) {
        int count = min(ROWS, n - k);
        for (int tile = item; tile < tiles_x; tile += items)
            TILED(add_transposed)(x, E, tile * R, dz, N, column, d_kernel, count);
        for (int tile = item; tile < tiles_h; tile += items)
            TILED(add_transposed)(before, H, tile * R, dz, N, column, d_recurrent, count);
        for (int j = column + item * W; d_bias && j < min(column + 4 * W, N); j += items * W) {
            vec sum = load_some(d_bias + j, N - j);
            for (int i = 0; i < count; i++)
                sum += load_some(dz + (size_t)i * N + j, N - j);
            store_some(sum, d_bias + j, N - j);
        }
    }
}
