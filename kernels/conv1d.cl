// Conv1D over dense sequences: y[t,b,f] = activation(bias[f] + sum over k and c of x[s(t,k),b,c] * w[k,c,f]).
// Source: keras/src/layers/convolutional/base_conv.py
//
// Forward, s(t,k) = t*stride + k*dilation - left; steps outside of x are zero. The gradient of x is a sum of the same form,
// over dz with w transposed (backward): s(t,k) = (t + left - k*dilation) / stride where that is a whole number.
// Rows are (t, b) in this order. A sum runs over k, then c, for each row in the same way.

#define CONV_ROWS 4
#define CONV_COLUMNS 2

// The step of the input for k; -1: there is none.
static inline int conv_step(int t, int k, int stride, int dilation, int left, int T_in, int backward) {
    int s = backward ? t + left - k * dilation : t * stride + k * dilation - left;
    if (s < 0 || (backward && s % stride != 0))
        return -1;
    s = backward ? s / stride : s;
    return s < T_in ? s : -1;
}

// x [T_in,B,C], w [K,C,F], bias [F] or null, y [T_out,B,F]. zeros [C].
// Global: ceil(T_out*B/CONV_ROWS) * ceil(F/(CONV_COLUMNS*W)) rounded up.
kernel void conv1d_products(global const float *x, global const float *w, global const float *bias,
                            global const float *zeros, global float *y, int activation, int T_in, int T_out, int B,
                            int C, int F, int K, int stride, int dilation, int left, int backward) {
    int blocks = (F + CONV_COLUMNS * W - 1) / (CONV_COLUMNS * W), item = get_global_id(0);
    int first = item / blocks * CONV_ROWS, f = item % blocks * CONV_COLUMNS * W, rows = T_out * B;
    if (first >= rows)
        return;
    vec sum[CONV_ROWS][CONV_COLUMNS];
    UNROLL for (int i = 0; i < CONV_COLUMNS; i++) {
        vec start = bias && f + i * W < F ? load_some(bias + f + i * W, F - f - i * W) : (vec)(0.0f);
        UNROLL for (int r = 0; r < CONV_ROWS; r++) sum[r][i] = start;
    }
    for (int k = 0; k < K; k++) {
        global const float *in[CONV_ROWS];
        int any = 0;
        UNROLL for (int r = 0; r < CONV_ROWS; r++) {
            int row = min(first + r, rows - 1), s = conv_step(row / B, k, stride, dilation, left, T_in, backward);
            in[r] = s < 0 ? zeros : x + ((size_t)s * B + row % B) * C;
            any |= s >= 0;
        }
        if (!any)
            continue;
        global const float *weight = w + (size_t)k * C * F + f;
        int whole = f + CONV_COLUMNS * W <= F;
        for (int c = 0; c < C; c++, weight += F) {
            vec part[CONV_COLUMNS];
            UNROLL for (int i = 0; i < CONV_COLUMNS; i++)
                part[i] = whole ? load_vec(weight + i * W)
                                : f + i * W < F ? load_some(weight + i * W, F - f - i * W) : (vec)(0.0f);
            UNROLL for (int r = 0; r < CONV_ROWS; r++) {
                vec value = (vec)(in[r][c]);
                UNROLL for (int i = 0; i < CONV_COLUMNS; i++) sum[r][i] = value * part[i] + sum[r][i];
            }
        }
    }
    vec out[CONV_ROWS][CONV_COLUMNS];
    UNROLL for (int r = 0; r < CONV_ROWS; r++) {
        UNROLL for (int i = 0; i < CONV_COLUMNS; i++) out[r][i] = activate_vec(sum[r][i], activation);
    }
    for (int r = 0; r < min(CONV_ROWS, rows - first); r++)
        for (int i = 0; i < CONV_COLUMNS && f + i * W < F; i++)
            store_some(out[r][i], y + (size_t)(first + r) * F + f + i * W, F - f - i * W);
}

// d_w [K,C,F] += the sums over rows of x[s(t,k),b,c] * dz[t,b,f], rows in order.
// Global: K * ceil(C/CONV_ROWS) * ceil(F/(CONV_COLUMNS*W)) rounded up.
kernel void conv1d_weights(global const float *x, global const float *dz, global float *d_w, int T_in, int T_out, int B,
                           int C, int F, int K, int stride, int dilation, int left) {
    int blocks = (F + CONV_COLUMNS * W - 1) / (CONV_COLUMNS * W), strips = (C + CONV_ROWS - 1) / CONV_ROWS;
    int item = get_global_id(0), k = item / (strips * blocks);
    int c = item / blocks % strips * CONV_ROWS, f = item % blocks * CONV_COLUMNS * W;
    if (k >= K)
        return;
    vec sum[CONV_ROWS][CONV_COLUMNS];
    UNROLL for (int r = 0; r < CONV_ROWS; r++) {
        UNROLL for (int i = 0; i < CONV_COLUMNS; i++) sum[r][i] = (vec)(0.0f);
    }
    for (int t = 0; t < T_out; t++) {
        int s = conv_step(t, k, stride, dilation, left, T_in, 0);
        if (s < 0)
            continue;
        for (int b = 0; b < B; b++) {
            global const float *in = x + ((size_t)s * B + b) * C + c, *d = dz + ((size_t)t * B + b) * F + f;
            vec part[CONV_COLUMNS];
            UNROLL for (int i = 0; i < CONV_COLUMNS; i++)
                part[i] = f + i * W < F ? load_some(d + i * W, F - f - i * W) : (vec)(0.0f);
            UNROLL for (int r = 0; r < CONV_ROWS; r++) {
                vec value = (vec)(in[c + r < C ? r : 0]);
                UNROLL for (int i = 0; i < CONV_COLUMNS; i++) sum[r][i] = value * part[i] + sum[r][i];
            }
        }
    }
    vec out[CONV_ROWS][CONV_COLUMNS];
    UNROLL for (int r = 0; r < CONV_ROWS; r++) {
        UNROLL for (int i = 0; i < CONV_COLUMNS; i++) out[r][i] = sum[r][i];
    }
    for (int r = 0; r < min(CONV_ROWS, C - c); r++)
        for (int i = 0; i < CONV_COLUMNS && f + i * W < F; i++) {
            global float *place = d_w + ((size_t)k * C + c + r) * F + f + i * W;
            store_some(load_some(place, F - f - i * W) + out[r][i], place, F - f - i * W);
        }
}

// out [K,F,C] = w [K,C,F], each matrix transposed. Global: K*C*F rounded up.
kernel void conv1d_transpose(global const float *w, global float *out, int K, int C, int F) {
    int i = get_global_id(0), f = i % F, c = i / F % C, k = i / F / C;
    if (k < K)
        out[((size_t)k * F + f) * C + c] = w[i];
}
