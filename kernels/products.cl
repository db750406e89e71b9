// Products of dense sequences with matrices, one or several steps at a time:
// y[t,b,f] = activation(bias[f] + sum over k and c of x[s(t,k),b,c] * w[k,c,f]).
// A convolution has K matrices; a plain product has one. Source: keras/src/layers/convolutional/base_conv.py
//
// Forward, s(t,k) = t*stride + k*dilation - left; steps outside of x are zero. The gradient of x is a sum of the same form,
// over dz with w transposed (backward): s(t,k) = (t + left - k*dilation) / stride where that is a whole number.
// Rows are (t, b) in this order. For each row and each k in order, the sum over c is computed first and then added to a
// running sum, which starts with the bias. conv1d.cl adds in the same order.


// The step of the input for k; -1: there is none.
static inline int input_step(int t, int k, int stride, int dilation, int left, int T_in, int backward) {
    int s = backward ? t + left - k * dilation : t * stride + k * dilation - left;
    if (s < 0 || (backward && s % stride != 0))
        return -1;
    s = backward ? s / stride : s;
    return s < T_in ? s : -1;
}

// x [T_in,B,C], w [K,C,F], bias [F] or null, y [T_out,B,F]. zeros [C].
// Global: ceil(T_out*B/PRODUCT_ROWS) * ceil(F/(PRODUCT_COLUMNS*W)) rounded up.
// x, w, bias and y begin that many numbers into their buffers. Strides: from one row of x and y to the next, and of w, which
// may be a part of the columns of a larger matrix.
kernel void products(global const float *x, int x_offset, int x_stride, global const float *w, int w_offset, int w_stride,
                     global const float *bias, int bias_offset, global const float *zeros, global float *y, int y_offset,
                     int y_stride, int activation, int T_in, int T_out, int B, int C, int F, int K, int stride,
                     int dilation, int left, int backward) {
    x += x_offset;
    w += w_offset;
    if (bias)
        bias += bias_offset;
    y += y_offset;
    int blocks = (F + PRODUCT_COLUMNS * W - 1) / (PRODUCT_COLUMNS * W), item = get_global_id(0);
    int first = item / blocks * PRODUCT_ROWS, f = item % blocks * PRODUCT_COLUMNS * W, rows = T_out * B;
    if (first >= rows)
        return;
    vec sum[PRODUCT_ROWS][PRODUCT_COLUMNS];
    UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) {
        vec start = bias && f + i * W < F ? load_some(bias + f + i * W, F - f - i * W) : (vec)(0.0f);
        UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) sum[r][i] = start;
    }
    for (int k = 0; k < K; k++) {
        global const float *in[PRODUCT_ROWS];
        int any = 0;
        UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
            int row = min(first + r, rows - 1), s = input_step(row / B, k, stride, dilation, left, T_in, backward);
            in[r] = s < 0 ? zeros : x + ((size_t)s * B + row % B) * x_stride;
            any |= s >= 0;
        }
        if (!any)
            continue;
        global const float *weight = w + (size_t)k * C * w_stride + f;
        int whole = f + PRODUCT_COLUMNS * W <= F;
        vec sum_k[PRODUCT_ROWS][PRODUCT_COLUMNS];
        UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
            UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) sum_k[r][i] = (vec)(0.0f);
        }
        for (int c = 0; c < C; c++, weight += w_stride) {
            vec part[PRODUCT_COLUMNS];
            UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++)
                part[i] = whole ? load_vec(weight + i * W)
                                : f + i * W < F ? load_some(weight + i * W, F - f - i * W) : (vec)(0.0f);
            UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
                vec value = (vec)(in[r][c]);
                UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) sum_k[r][i] = value * part[i] + sum_k[r][i];
            }
        }
        UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
            UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) sum[r][i] += sum_k[r][i];
        }
    }
    vec out[PRODUCT_ROWS][PRODUCT_COLUMNS];
    UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
        UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) out[r][i] = activate_vec(sum[r][i], activation);
    }
    for (int r = 0; r < min(PRODUCT_ROWS, rows - first); r++)
        for (int i = 0; i < PRODUCT_COLUMNS && f + i * W < F; i++)
            store_some(out[r][i], y + (size_t)(first + r) * y_stride + f + i * W, F - f - i * W);
}

// d_w [K,C,F] += the sums over rows of x[s(t,k),b,c] * dz[t,b,f], rows in order. dz and d_w may be parts of the columns of
// larger matrices, `width` wide, which begin `offset` numbers into their rows.
// Global: K * ceil(C/PRODUCT_ROWS) * ceil(F/(PRODUCT_COLUMNS*W)) rounded up.
kernel void products_weights(global const float *x, global const float *dz, global float *d_w, int T_in, int T_out, int B,
                           int C, int F, int offset, int width, int K, int stride, int dilation, int left) {
    int blocks = (F + PRODUCT_COLUMNS * W - 1) / (PRODUCT_COLUMNS * W), strips = (C + PRODUCT_ROWS - 1) / PRODUCT_ROWS;
    int item = get_global_id(0), k = item / (strips * blocks);
    int c = item / blocks % strips * PRODUCT_ROWS, f = item % blocks * PRODUCT_COLUMNS * W;
    if (k >= K)
        return;
    vec sum[PRODUCT_ROWS][PRODUCT_COLUMNS];
    UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
        UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) sum[r][i] = (vec)(0.0f);
    }
    for (int t = 0; t < T_out; t++) {
        int s = input_step(t, k, stride, dilation, left, T_in, 0);
        if (s < 0)
            continue;
        for (int b = 0; b < B; b++) {
            global const float *in = x + ((size_t)s * B + b) * C + c, *d = dz + offset + ((size_t)t * B + b) * width + f;
            vec part[PRODUCT_COLUMNS];
            UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++)
                part[i] = f + i * W < F ? load_some(d + i * W, F - f - i * W) : (vec)(0.0f);
            UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
                vec value = (vec)(in[c + r < C ? r : 0]);
                UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) sum[r][i] = value * part[i] + sum[r][i];
            }
        }
    }
    vec out[PRODUCT_ROWS][PRODUCT_COLUMNS];
    UNROLL for (int r = 0; r < PRODUCT_ROWS; r++) {
        UNROLL for (int i = 0; i < PRODUCT_COLUMNS; i++) out[r][i] = sum[r][i];
    }
    for (int r = 0; r < min(PRODUCT_ROWS, C - c); r++)
        for (int i = 0; i < PRODUCT_COLUMNS && f + i * W < F; i++) {
            global float *place = d_w + offset + ((size_t)k * C + c + r) * width + f + i * W;
            store_some(load_some(place, F - f - i * W) + out[r][i], place, F - f - i * W);
        }
}

// out [K,F,C] = w [K,C,F], each matrix transposed. Global: K*C*F rounded up.
kernel void products_transpose(global const float *w, global float *out, int K, int C, int F) {
    int i = get_global_id(0), f = i % F, c = i / F % C, k = i / F / C;
    if (k < K)
        out[((size_t)k * F + f) * C + c] = w[i];
}
