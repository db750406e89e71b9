// Dense: y = activation(x·K + b), x [n,K], kernel [K,N]. An item an output; its sum runs in order.
// Source: keras/src/layers/core/dense.py

#define LINEAR 0
#define RELU 1
#define SIGMOID 2
#define TANH 3
#define SOFTMAX 4 // comes after the sums of a row

#define DEFINE_ACTIVATE(suffix, real)                                                                           \
    static inline real activate##suffix(real z, int activation) {                                              \
        return activation == RELU ? (z < (real)(0.0f) ? (real)(0.0f) : z)                                        \
             : activation == SIGMOID ? sigmoid##suffix(z)                                                      \
             : activation == TANH ? tanh##suffix(z) : z;                                                       \
    }

DEFINE_ACTIVATE(_vec, vec)
DEFINE_ACTIVATE(_one, float)

// Not fused: Intel's compiler fuses in one of the codes that it makes of a kernel and not in the other, and the number of
// rows decides which of them has a row.
static inline float dense_sum(global const float *x, global const float *weight, global const float *bias, int K, int N,
                              int column) {
#pragma OPENCL FP_CONTRACT OFF
    float z = bias ? bias[column] : 0.0f;
    for (int k = 0; k < K; k++)
        z = x[k] * weight[(size_t)k * N + column] + z;
    return z;
}

static inline void softmax(global float *y, int N) {
    float largest = y[0], sum = 0.0f;
    for (int j = 1; j < N; j++)
        largest = fmax(largest, y[j]);
    for (int j = 0; j < N; j++)
        sum += y[j] = exp_negative_one(y[j] - largest);
    for (int j = 0; j < N; j++)
        y[j] /= sum;
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

// y [n,N] in place, a row an item. Global: n rounded up.
kernel void dense_softmax(global float *y, int n, int N) {
    int row = get_global_id(0);
    if (row < n)
        softmax(y + (size_t)row * N, N);
}

// dz = gradient before activation, from y and its gradient. Global: n*N rounded up.
kernel void dense_activation_backward(global const float *y, global const float *dy, global float *dz, int activation,
                                      int count) {
    int i = get_global_id(0);
    if (i >= count)
        return;
    float d = dy[i], out = y[i];
    dz[i] = activation == RELU ? (out > 0.0f ? d : 0.0f) : activation == SIGMOID ? d * out * (1.0f - out)
          : activation == TANH ? d * (1.0f - out * out) : d;
}

// The same for softmax: dz_j = y_j (dy_j - sum_k dy_k y_k). Global: n rounded up.
kernel void dense_softmax_backward(global const float *y, global const float *dy, global float *dz, int n, int N) {
    int row = get_global_id(0);
    if (row >= n)
        return;
    size_t at = (size_t)row * N;
    float sum = 0.0f;
    for (int j = 0; j < N; j++)
        sum += dy[at + j] * y[at + j];
    for (int j = 0; j < N; j++)
        dz[at + j] = y[at + j] * (dy[at + j] - sum);
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

// d_weight [K,N] += x'·dz, d_bias [N] (may be null) += dz's columns' sums. Global: (K+1)*N rounded up.
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
