// Pooling over time. x [T,B,D] dense, y [out_T,B,D].
// Source: keras/src/layers/pooling/*.py

// Window `window` covers x's steps window*stride - left … + size - 1, without those outside of x. An average divides by
// the number of covered steps; a maximum is the first of equal ones, whose step is stored in `arg` [out_T,B,D] (may be
// null).
// Global: out_T*B*D rounded up.
kernel void pool_forward(global const float *x, global float *y, global int *arg, int T, int n, int out_T, int size,
                         int stride, int left, int average) {
    int i = get_global_id(0), window = i / n, column = i % n;
    if (window >= out_T)
        return;
    int first = max(window * stride - left, 0), end = min(window * stride - left + size, T), best = first;
    float value = x[(size_t)first * n + column];
    for (int t = first + 1; t < end; t++) {
        float next = x[(size_t)t * n + column];
        if (average) {
            value += next;
        } else if (next > value) {
            value = next;
            best = t;
        }
    }
    y[i] = average ? value / (end - first) : value;
    if (arg)
        arg[i] = best;
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
