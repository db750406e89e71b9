// Regularizers: l1 * sum |w| + l2 * sum w^2 is added to the loss, and l1 * sign(w) + 2 * l2 * w to the gradients.
// Source: keras/src/regularizers/regularizers.py

// w [count]; gradient [count], may be null. An item takes `chunk` numbers and writes their penalty to partial[first + item].
// Global: ceil(count/chunk) rounded up.
kernel void penalty(global const float *w, global float *gradient, int count, int chunk, float l1, float l2,
                    global float *partial, int first) {
    int item = get_global_id(0), from = item * chunk, end = min(from + chunk, count);
    float absolute = 0.0f, squares = 0.0f;
    if (from >= count)
        return;
    for (int i = from; i < end; i++) {
        float x = w[i];
        absolute += fabs(x);
        squares += x * x;
        if (gradient)
            gradient[i] += (x > 0.0f ? l1 : x < 0.0f ? -l1 : 0.0f) + 2.0f * l2 * x;
    }
    partial[first + item] = l1 * absolute + l2 * squares;
}

// totals[2*slot] += rows * the sum of partial [n], added in order. Global: 1.
kernel void penalty_sum(global const float *partial, int n, int rows, global float *totals, int slot) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += partial[i];
    totals[2 * slot] += rows * sum;
}
