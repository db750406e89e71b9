// Layers that merge: the outputs of 2 to 8 layers become one.
// Source: keras/src/layers/merging/*.py

// A maximum or minimum is NaN if one of the two is.
static inline float merge_two(float y, float x, int op) {
    return op == MERGE_MULTIPLY ? y * x
         : op == MERGE_MAXIMUM ? (y < x || x != x ? x : y)
         : op == MERGE_MINIMUM ? (y > x || x != x ? x : y)
         : op == MERGE_SUBTRACT ? y - x : y + x;
}

// y [n] = op of `count` inputs [n], in order. Global: n rounded up.
kernel void merge_forward(global const float *x0, global const float *x1, global const float *x2, global const float *x3,
                          global const float *x4, global const float *x5, global const float *x6, global const float *x7,
                          int count, global float *y, int n, int op) {
    global const float *x[8] = {x0, x1, x2, x3, x4, x5, x6, x7};
    int i = get_global_id(0);
    if (i >= n)
        return;
    float value = x[0][i];
    for (int k = 1; k < count; k++)
        value = merge_two(value, x[k][i], op);
    y[i] = op == MERGE_AVERAGE ? value / count : value;
}

// The gradient of x[input] [n] from dy [n]. A maximum or minimum is computed pairwise, from the first input to the
// last; if both values of a pair are equal, each gets half of the gradient, as in JAX. Global: n rounded up.
kernel void merge_backward(global const float *x0, global const float *x1, global const float *x2,
                           global const float *x3, global const float *x4, global const float *x5,
                           global const float *x6, global const float *x7, int count, global const float *dy,
                           global float *dx, int n, int op, int input) {
    global const float *x[8] = {x0, x1, x2, x3, x4, x5, x6, x7};
    int i = get_global_id(0);
    if (i >= n)
        return;
    float d = op == MERGE_AVERAGE ? dy[i] / count : op == MERGE_SUBTRACT && input ? -dy[i] : dy[i];
    if (op == MERGE_MULTIPLY)
        for (int k = 0; k < count; k++)
            d = k == input ? d : d * x[k][i];
    if (op == MERGE_MAXIMUM || op == MERGE_MINIMUM) {
        float value = x[0][i]; // of the inputs before k
        for (int k = 1; k < count; k++) {
            float next = x[k][i], best = merge_two(value, next, op);
            float share = value == next ? 0.5f : (k == input ? next : value) == best ? 1.0f : 0.0f;
            d = k >= input ? d * share : d;
            value = best;
        }
    }
    dx[i] = d;
}

// Columns first … first+D-1 of y [n,all] = x [n,D]; with back: x = these columns of y. Global: n*D rounded up.
kernel void merge_columns(global float *x, global float *y, int n, int D, int first, int all, int back) {
    int i = get_global_id(0), row = i / D, d = i % D;
    if (row >= n)
        return;
    size_t place = (size_t)row * all + first + d;
    if (back)
        x[i] = y[place];
    else
        y[place] = x[i];
}
