// Activations of layers, elementwise but for softmax, which is over a row. Source: keras/src/activations/activations.py

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

static inline void softmax(global float *y, int N) {
    float largest = y[0], sum = 0.0f;
    for (int j = 1; j < N; j++)
        largest = fmax(largest, y[j]);
    for (int j = 0; j < N; j++)
        sum += y[j] = exp_negative_one(y[j] - largest);
    for (int j = 0; j < N; j++)
        y[j] /= sum;
}

// y = activation(x), elementwise; softmax: a copy, for softmax_forward. Global: count rounded up.
kernel void activation_forward(global const float *x, global float *y, int activation, int count) {
    int i = get_global_id(0);
    if (i < count)
        y[i] = activate_one(x[i], activation);
}

// y [n,N] in place, one row per item. Global: n rounded up.
kernel void softmax_forward(global float *y, int n, int N) {
    int row = get_global_id(0);
    if (row < n)
        softmax(y + (size_t)row * N, N);
}

// dz = gradient before activation, from y and its gradient. Global: n*N rounded up.
kernel void activation_backward(global const float *y, global const float *dy, global float *dz, int activation,
                                      int count) {
    int i = get_global_id(0);
    if (i >= count)
        return;
    float d = dy[i], out = y[i];
    dz[i] = activation == RELU ? (out > 0.0f ? d : 0.0f) : activation == SIGMOID ? d * out * (1.0f - out)
          : activation == TANH ? d * (1.0f - out * out) : d;
}

// The same for softmax: dz_j = y_j (dy_j - sum_k dy_k y_k). Global: n rounded up.
kernel void softmax_backward(global const float *y, global const float *dy, global float *dz, int n, int N) {
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
