// Masking: the gradient of steps whose vector is zero is zero. Source: keras/src/layers/core/masking.py

// dx [n,D] = dy [n,D], or zero where a row of x [n,D] is zero. Global: n rounded up.
kernel void masking_backward(global const float *x, global const float *dy, global float *dx, int n, int D) {
    int row = get_global_id(0);
    bool masked = true;
    if (row >= n)
        return;
    for (int d = 0; d < D; d++)
        masked = masked && x[(size_t)row * D + d] == 0.0f;
    for (int d = 0; d < D; d++)
        dx[(size_t)row * D + d] = masked ? 0.0f : dy[(size_t)row * D + d];
}
