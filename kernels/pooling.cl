// Pooling over time. x [T,B,D] dense, y [out_T,B,D].
// Source: keras/src/layers/pooling/*.py

// Window `window` covers x's steps window*stride - left … + size - 1, without those outside of x. An average divides by
// the number of covered steps; a maximum is the first of equal ones, whose step is stored in `arg` [out_T,B,D] (may be
// null). n = B*D.
// Global: out_T * ceil(n/(POOL_COLUMNS*W)) rounded up. A work-item computes POOL_COLUMNS*W columns, because steps are n
// floats apart in memory and short reads are slow.
kernel void pool_forward(global const float *x, global float *y, global int *arg, int T, int n, int out_T, int size,
                         int stride, int left, int average) {
    int blocks = (n + POOL_COLUMNS * W - 1) / (POOL_COLUMNS * W), item = get_global_id(0);
    int window = item / blocks, column = item % blocks * POOL_COLUMNS * W;
    if (window >= out_T)
        return;
    int first = max(window * stride - left, 0), end = min(window * stride - left + size, T);
    vec value[POOL_COLUMNS];
    ivec best[POOL_COLUMNS];
    UNROLL for (int i = 0; i < POOL_COLUMNS; i++) {
        value[i] = (vec)(0.0f);
        best[i] = (ivec)(first);
    }
    for (int t = first; t < end; t++) {
        global const float *step = x + (size_t)t * n + column;
        UNROLL for (int i = 0; i < POOL_COLUMNS; i++) {
            vec next = column + i * W < n ? load_some(step + i * W, n - column - i * W) : (vec)(0.0f);
            ivec greater = next > value[i];
            if (t == first || average)
                value[i] = t == first ? next : value[i] + next;
            else
                value[i] = select(value[i], next, greater);
            best[i] = t == first ? best[i] : select(best[i], (ivec)(t), greater);
        }
    }
    for (int i = 0; i < POOL_COLUMNS && column + i * W < n; i++) {
        size_t at = (size_t)window * n + column + i * W;
        store_some(average ? value[i] / (float)(end - first) : value[i], y + at, n - column - i * W);
        if (arg)
            store_some_int(best[i], arg + at, n - column - i * W);
    }
}

// dx [T,n] from dy [out_T,n]: a step's gradient is the sum over the windows that it is in. arg: of a maximum, else null.
// Global: T*n rounded up.
kernel void pool_backward(global const float *dy, global const int *arg, global float *dx, int T, int n, int out_T,
                          int size, int stride, int left) {
    int i = get_global_id(0), t = i / n, column = i % n;
    if (t >= T)
        return;
    int begin = max((t + left - size) / stride, 0), end = min((t + left) / stride + 1, out_T);
    float sum = 0.0f;
    for (int window = begin; window < end; window++) {
        int first = max(window * stride - left, 0), last = min(window * stride - left + size, T);
        size_t at = (size_t)window * n + column;
        if (t < first || t >= last)
            continue;
        sum += !arg ? dy[at] / (last - first) : arg[at] == t ? dy[at] : 0.0f;
    }
    dx[i] = sum;
}
