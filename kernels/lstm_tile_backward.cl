// LSTM, tile class: backward through time, and the gradients of the weights. Tiles: recurrent_tile.cl.
//
// Rows from … to-1. Global: any number of work-items, at most ceil(rows/R), local 1. d_h [at[T],H], or with last_only
// [B,H], of the last time step; d_c [at[T],H]; both may be null. gates [at[T],blocks,4,W]: in: the activated gates;
// out: the gradients before activation, zero after H. c [at[T],H] from forward. dh, dc [B,H] out: the gradients of the
// rows' initial states. dx [at[T],E] out: the gradient of x; may be null.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_backward)(global const float *d_h, int last_only, global const float *d_c, global const int *at,
                          global const int *start, global const float *packed_transposed, global const float *zeros,
                          global const float *padding_c, global const float *c, global float *gates, global float *dh,
                          global float *dc, global float *dx, int from, int to, int T, int E, int H) {
    int begin = from + get_global_id(0) * R, step = get_global_size(0) * R, G = (H + W - 1) / W * 4 * W;
    int blocks_h = (H + COLUMNS * W - 1) / (COLUMNS * W), blocks_x = dx ? (E + COLUMNS * W - 1) / (COLUMNS * W) : 0;
    for (int first = begin; first < to; first += step) {
        int count = min(R, to - first) * H;
        for (int i = 0; i < count; i += W) {
            store_some((vec)(0.0f), dh + (size_t)first * H + i, count - i);
            store_some((vec)(0.0f), dc + (size_t)first * H + i, count - i);
        }
    }

    for (int t = T - 1; t >= start[begin]; t--) {
        int begun = min(at[t + 1] - at[t], to);
        for (int first = begin; first < begun; first += step) {
            for (int r = 0; r < min(R, begun - first); r++) {
                size_t b = first + r, now = at[t] + b;
                global const float *c_before = t > start[b] ? c + (at[t - 1] + b) * H
                                             : padding_c && t  ? padding_c + (size_t)(t - 1) * H
                                                            : zeros;
                global const float *from_above = !d_h ? 0 : !last_only ? d_h + now * H : t == T - 1 ? d_h + b * H : 0;
                // Prefetch the previous time step, which is next: it is no longer in the caches.
                for (int i = 0; t > start[b] && i < G; i += 16) PREFETCH(gates + (at[t - 1] + b) * G + i);
                cell_backward(gates + now * G, c_before, c + now * H, from_above, d_c ? d_c + now * H : 0,
                              dh + b * H, dc + b * H, H);
            }
        }
        for (int block = 0; block < blocks_h + blocks_x; block++) {
            bool of_x = block >= blocks_h;
            int j = (of_x ? block - blocks_h : block) * COLUMNS * W, width = of_x ? E : H;
            for (int some = begin, next; some < begun; some = next) {
                next = min(some + TOGETHER * step, begun);
                vec sums[TOGETHER][R][COLUMNS];
                for (int k = 0, end; k < G; k = end) {
                    end = TILED(part_end)(k, G);
                    for (int tile = 0, first = some; first < next; tile++, first += step) {
                        global const float *dz[R];
                        vec sum[R][COLUMNS];
                        UNROLL for (int r = 0; r < R; r++) {
                            dz[r] = gates + (size_t)(at[t] + first + min(r, begun - first - 1)) * G + k;
                            UNROLL for (int i = 0; i < COLUMNS; i++) sum[r][i] = k ? sums[tile][r][i] : (vec)(0.0f);
                        }
                        TILED(add_products)(sum, dz, packed_transposed + ((size_t)block * G + k) * COLUMNS * W, end - k);
                        UNROLL for (int r = 0; r < R; r++) {
                            UNROLL for (int i = 0; i < COLUMNS; i++) sums[tile][r][i] = sum[r][i];
                        }
                    }
                }
                for (int tile = 0, first = some; first < next; tile++, first += step)
                    for (int r = 0; r < min(R, begun - first); r++) {
                        size_t b = first + r;
                        global float *out = (of_x ? dx + (at[t] + b) * E : dh + b * H) + j;
                        for (int i = 0; i < COLUMNS && j + i * W < width; i++)
                            store_some(sums[tile][r][i], out + i * W, width - j - i * W);
                    }
            }
        }
    }
}

// The gradients of the weights are products over all rows, DEPTH rows at a time, which are first copied: several strips
// of columns of x or h for the second-level cache, and a panel of dz for the first-level cache. Without the copies
// their rows could be so far apart that they evict each other from a cache.
#define STRIP (8 * R < W ? W : 8 * R) // whole vectors
#define STRIPS 8

// to [width] = count columns at from, zeros after them. The following rows are a stride apart.
static inline void TILED(copy_columns)(float *to, int width, global const float *from, int columns, int stride) {
    for (int j = 0; j < width; j += 16) PREFETCH(from + 8 * (size_t)stride + j);
    for (int j = 0; j < width; j += W)
        store_vec(load_some(from + j, columns - j), to + j);
}

// out [there,4H], n columns of each gate: += a'·b. a: R of [count][STRIP]; b [count][4][W].
static inline void TILED(add_outer)(const float *a, const float *b, int count, global float *out, int there, int H, int n) {
    vec sum[R][4], sums[R][4]; // in memory, so that the loop's body is compiled once and not R times
    UNROLL for (int r = 0; r < R; r++) {
        UNROLL for (int i = 0; i < 4; i++) sum[r][i] = (vec)(0.0f);
        UNROLL for (int g = 0; g < 4; g++) PREFETCH(out + (size_t)min(r, there - 1) * 4 * H + g * H);
    }
    for (int k = 0; k < count; k++, a += STRIP, b += 4 * W) {
        vec value[R];
        UNROLL for (int r = 0; r < R; r++) value[r] = (vec)(a[r]);
        UNROLL for (int i = 0; i < 4; i++) {
            vec part = load_vec(b + i * W);
            UNROLL for (int r = 0; r < R; r++) sum[r][i] = value[r] * part + sum[r][i];
        }
    }
    UNROLL for (int r = 0; r < R; r++) {
        UNROLL for (int i = 0; i < 4; i++) sums[r][i] = sum[r][i];
    }
    for (int r = 0; r < there; r++)
        for (int g = 0; g < 4; g++, out += H)
            store_some(load_some(out, n) + sums[r][g], out, n);
}

// d_bias [4H], n columns of each gate: += column sums of b [count][4][W].
static inline void TILED(add_columns)(const float *b, int count, global float *d_bias, int H, int n) {
    for (int g = 0; g < 4; g++, d_bias += H) {
        vec sum = load_some(d_bias, n);
        for (int k = 0; k < count; k++)
            sum += load_vec(b + (k * 4 + g) * W);
        store_some(sum, d_bias, n);
    }
}

// Gradients of the weights from dz [n,blocks,4,W], over its rows in order: x'·dz [E,4H] for the kernel, before'·dz
// [H,4H] for the recurrent kernel, column sums [4H] for the bias (may be null). Strips of rows and panels (a block's
// columns of all gates) are distributed over the work-items. Global: items for strips x items for panels, local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(lstm_tile_weights)(global const float *x, global const float *before, global const float *dz,
                         global float *d_kernel, global float *d_recurrent, global float *d_bias, int n, int E, int H) {
    int item = get_global_id(0), items = get_global_size(0), blocks = (H + W - 1) / W;
    int strips_x = (E + STRIP - 1) / STRIP, strips = strips_x + (H + STRIP - 1) / STRIP;
    float left[STRIPS * DEPTH * STRIP], right[DEPTH * 4 * W];
    for (int k = 0; k < n; k += DEPTH) {
        int count = min(DEPTH, n - k);
        for (int first = item; first < strips; first += items * STRIPS) {
            int end = min(first + items * STRIPS, strips);
            for (int i = 0; i < count; i++) {
                float *part = left + i * STRIP;
                for (int s = first; s < end; s += items, part += DEPTH * STRIP) {
                    bool of_x = s < strips_x;
                    int width = of_x ? E : H, at = (of_x ? s : s - strips_x) * STRIP;
                    TILED(copy_columns)(part, STRIP, (of_x ? x : before) + (size_t)(k + i) * width + at, width - at, width);
                }
            }
            for (int block = get_global_id(1); block < blocks; block += get_global_size(1)) {
                int columns = min(W, H - block * W);
                for (int i = 0; i < count; i++)
                    TILED(copy_columns)(right + i * 4 * W, 4 * W, dz + ((size_t)(k + i) * blocks + block) * 4 * W, 4 * W,
                                        blocks * 4 * W);
                float *part = left;
                for (int s = first; s < end; s += items, part += DEPTH * STRIP) {
                    bool of_x = s < strips_x;
                    int at = (of_x ? s : s - strips_x) * STRIP, there = min(STRIP, (of_x ? E : H) - at);
                    global float *out = (of_x ? d_kernel : d_recurrent) + (size_t)at * 4 * H + block * W;
                    for (int r = 0; r < there; r += R)
                        TILED(add_outer)(part + r, right, count, out + (size_t)r * 4 * H, min(R, there - r), H, columns);
                }
                if (d_bias && first == 0)
                    TILED(add_columns)(right, count, d_bias + block * W, H, columns);
            }
        }
    }
}
