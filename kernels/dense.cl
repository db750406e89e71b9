// Dense: y = activation(x·K + b), x [n,K], kernel [K,N]. One work-item per output; its sum is in order.
// Source: keras/src/layers/core/dense.py

// Not fused: Intel's compiler makes two versions of a kernel and fuses only in one of them, and the number of rows
// decides which version computes a row.
static inline float dense_sum(global const float *x, global const float *weight, global const float *bias, int K, int N,
                              int column) {
#pragma OPENCL FP_CONTRACT OFF
    float z = bias ? bias[column] : 0.0f;
    for (int k = 0; k < K; k++)
        z = x[k] * weight[(size_t)k * N + column] + z;
    return z;
}

// Global: n*N rounded up. logits (may be null) keeps the values before activation.
kernel void dense_forward(global const float *x, global const float *weight, global const float *bias,
                          global float *logits, global float *y, int activation, int n, int K, int N) {
    int i = get_global_id(0);
    if (i >= n * N)
        return;
    float z = dense_sum(x + (size_t)(i / N) * K, weight, bias, K, N, i % N);
    if (logits)
        logits[i] = z;
    y[i] = activate_one(z, activation);
}

// dx [n,K] = dz·kernel'. Global: n*K rounded up.
kernel void dense_backward(global const float *dz, global const float *weight, global float *dx, int n, int K, int N) {
    int i = get_global_id(0);
    if (i >= n * K)
        return;
    global const float *d = dz + (size_t)(i / K) * N, *w = weight + (size_t)(i % K) * N;
    float sum = 0.0f;
    for (int j = 0; j < N; j++)
        sum = d[j] * w[j] + sum;
    dx[i] = sum;
}

// d_weight [K,N] += x'·dz, d_bias [N] (may be null) += column sums of dz. Global: (K+1)*N rounded up.
kernel void dense_weights(global const float *x, global const float *dz, global float *d_weight, global float *d_bias,
                          int n, int K, int N) {
    int i = get_global_id(0), k = i / N, j = i % N;
    if (k > K || (k == K && !d_bias))
        return;
    float sum = k < K ? d_weight[i] : d_bias[j];
    for (int row = 0; row < n; row++)
        sum = (k < K ? x[(size_t)row * K + k] : 1.0f) * dz[(size_t)row * N + j] + sum;
    if (k < K)
        d_weight[i] = sum;
    else
        d_bias[j] = sum;
}
