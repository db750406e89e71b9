// Activations of layers (lib/layers/activation_list.h), elementwise but for softmax and log_softmax, which are of a row.
// Source: keras/src/activations/activations.py

// The activations that products compute themselves. For all others the result is z, and activation_forward or
// row_forward applies the activation afterwards.
#define DEFINE_ACTIVATE(suffix, real)                                                                           \
    static inline real activate##suffix(real z, int activation) {                                              \
        return activation == ACTIVATION_RELU ? (z < (real)(0.0f) ? (real)(0.0f) : z)                             \
             : activation == ACTIVATION_SIGMOID ? sigmoid##suffix(z)                                           \
             : activation == ACTIVATION_TANH ? tanh##suffix(z) : z;                                            \
    }

DEFINE_ACTIVATE(_vec, vec)
DEFINE_ACTIVATE(_one, float)

#define SELU_ALPHA 1.67326324f
#define SELU_SCALE 1.05070099f
#define SHRINK 0.5f
#define LEAKY_SLOPE 0.2f

static inline float clip_one(float z, float least, float most) {
    return at_most_one(at_least_one(z, least), most);
}

// e^z - 1 for z <= 0.
static inline float elu_one(float z) {
    return z > 0.0f ? z : exp_negative_one(at_most_one(z, 0.0f)) - 1.0f;
}

static inline float sparse_plus_one(float z) {
    return z <= -1.0f ? 0.0f : z >= 1.0f ? z : 0.25f * (z + 1.0f) * (z + 1.0f);
}

static inline float squareplus_one(float z) {
    float root = sqrt(z * z + 4.0f);
    return z < 0.0f ? 2.0f / (root - z) : 0.5f * (z + root);
}

// All that are elementwise.
static inline float activate(float z, int activation) {
    switch (activation) {
    case ACTIVATION_RELU6: return clip_one(z, 0.0f, 6.0f);
    case ACTIVATION_LEAKY_RELU: return z < 0.0f ? LEAKY_SLOPE * z : z;
    case ACTIVATION_CELU:
    case ACTIVATION_ELU: return elu_one(z);
    case ACTIVATION_SELU: return z > 0.0f ? SELU_SCALE * z : SELU_SCALE * SELU_ALPHA * elu_one(z);
    case ACTIVATION_GELU: return 0.5f * z * (1.0f + erf_one(0.707106781f * z));
    case ACTIVATION_SILU: return z * sigmoid_one(z);
    case ACTIVATION_MISH: return z * tanh_one(softplus_one(z));
    case ACTIVATION_SOFTPLUS: return softplus_one(z);
    case ACTIVATION_SOFTSIGN: return z / (1.0f + fabs(z));
    case ACTIVATION_SQUAREPLUS: return squareplus_one(z);
    case ACTIVATION_EXPONENTIAL: return exp_one(z);
    case ACTIVATION_LOG_SIGMOID: return -softplus_one(-z);
    case ACTIVATION_HARD_SIGMOID: return clip_one(z + 3.0f, 0.0f, 6.0f) / 6.0f;
    case ACTIVATION_HARD_SIGMOID_2: return clip_one(0.2f * z + 0.5f, 0.0f, 1.0f);
    case ACTIVATION_HARD_SILU: return z * (clip_one(z + 3.0f, 0.0f, 6.0f) / 6.0f);
    case ACTIVATION_HARD_TANH: return clip_one(z, -1.0f, 1.0f);
    case ACTIVATION_SOFT_SHRINK: return z - clip_one(z, -SHRINK, SHRINK);
    case ACTIVATION_HARD_SHRINK: return fabs(z) <= SHRINK ? 0.0f : z;
    case ACTIVATION_TANH_SHRINK: return z - tanh_one(z);
    case ACTIVATION_SPARSE_PLUS: return sparse_plus_one(z);
    case ACTIVATION_SPARSE_SIGMOID: return clip_one(0.5f * (z + 1.0f), 0.0f, 1.0f);
    default: return activate_one(z, activation);
    }
}

static inline float gelu_slope(float z) {
    return 0.5f * (1.0f + erf_one(0.707106781f * z)) + z * 0.398942280f * exp_negative_one(-0.5f * z * z);
}

static inline float mish_slope(float z) {
    float t = tanh_one(softplus_one(z));
    return t + z * (1.0f - t * t) * sigmoid_one(z);
}

// The derivative at z, where the activation is y. Up to SOFTMAX only y is read.
static inline float slope(float z, float y, int activation) {
    float s, a = fabs(z);
    switch (activation) {
    case ACTIVATION_RELU: return y > 0.0f ? 1.0f : 0.0f;
    case ACTIVATION_SIGMOID: return y * (1.0f - y);
    case ACTIVATION_TANH: return 1.0f - y * y;
    case ACTIVATION_RELU6: return z > 0.0f && z < 6.0f ? 1.0f : 0.0f;
    case ACTIVATION_LEAKY_RELU: return z < 0.0f ? LEAKY_SLOPE : 1.0f;
    case ACTIVATION_CELU:
    case ACTIVATION_ELU: return z > 0.0f ? 1.0f : y + 1.0f;
    case ACTIVATION_SELU: return z > 0.0f ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA;
    case ACTIVATION_GELU: return gelu_slope(z);
    case ACTIVATION_SILU: s = sigmoid_one(z); return s + y * (1.0f - s);
    case ACTIVATION_MISH: return mish_slope(z);
    case ACTIVATION_SOFTPLUS: return sigmoid_one(z);
    case ACTIVATION_SOFTSIGN: return 1.0f / ((1.0f + a) * (1.0f + a));
    case ACTIVATION_SQUAREPLUS: return 0.5f * (1.0f + z / sqrt(z * z + 4.0f));
    case ACTIVATION_EXPONENTIAL: return y;
    case ACTIVATION_LOG_SIGMOID: return sigmoid_one(-z);
    case ACTIVATION_HARD_SIGMOID: return a < 3.0f ? 1.0f / 6.0f : 0.0f;
    case ACTIVATION_HARD_SIGMOID_2: return a < 2.5f ? 0.2f : 0.0f;
    case ACTIVATION_HARD_SILU: return z <= -3.0f ? 0.0f : z >= 3.0f ? 1.0f : z / 3.0f + 0.5f;
    case ACTIVATION_HARD_TANH: return a < 1.0f ? 1.0f : 0.0f;
    case ACTIVATION_SOFT_SHRINK:
    case ACTIVATION_HARD_SHRINK: return a > SHRINK ? 1.0f : 0.0f;
    case ACTIVATION_TANH_SHRINK: s = tanh_one(z); return s * s;
    case ACTIVATION_SPARSE_PLUS: return z <= -1.0f ? 0.0f : z >= 1.0f ? 1.0f : 0.5f * (z + 1.0f);
    case ACTIVATION_SPARSE_SIGMOID: return a < 1.0f ? 0.5f : 0.0f;
    default: return 1.0f;
    }
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

static inline void log_softmax(global float *y, int N) {
    float largest = y[0], sum = 0.0f;
    for (int j = 1; j < N; j++)
        largest = fmax(largest, y[j]);
    for (int j = 0; j < N; j++)
        sum += exp_negative_one(y[j] - largest);
    sum = log_one(sum);
    for (int j = 0; j < N; j++)
        y[j] = y[j] - largest - sum;
}

// y = activation(x), elementwise; x may be y. Of a row: a copy, for row_forward. Global: count rounded up.
kernel void activation_forward(global const float *x, global float *y, int activation, int count) {
    int i = get_global_id(0);
    if (i < count)
        y[i] = activate(x[i], activation);
}

// y [n,N] in place, one row per item: softmax or log_softmax. Global: n rounded up.
kernel void row_forward(global float *y, int activation, int n, int N) {
    int row = get_global_id(0);
    if (row >= n)
        return;
    if (activation == ACTIVATION_SOFTMAX)
        softmax(y + (size_t)row * N, N);
    else
        log_softmax(y + (size_t)row * N, N);
}

// dz = gradient before activation, from x (null up to SOFTMAX), y and its gradient. Global: n*N rounded up.
kernel void activation_backward(global const float *x, global const float *y, global const float *dy, global float *dz,
                                int activation, int count) {
    int i = get_global_id(0);
    if (i < count)
        dz[i] = dy[i] * slope(x ? x[i] : 0.0f, y[i], activation);
}

// The same for a row: softmax dz_j = y_j (dy_j - sum_k dy_k y_k), log_softmax dz_j = dy_j - e^y_j sum_k dy_k.
// Global: n rounded up.
kernel void row_backward(global const float *y, global const float *dy, global float *dz, int activation, int n, int N) {
    int row = get_global_id(0), is_log = activation == ACTIVATION_LOG_SOFTMAX;
    if (row >= n)
        return;
    size_t at = (size_t)row * N;
    float sum = 0.0f;
    for (int j = 0; j < N; j++)
        sum += is_log ? dy[at + j] : dy[at + j] * y[at + j];
    for (int j = 0; j < N; j++)
        dz[at + j] = is_log ? dy[at + j] - exp_negative_one(y[at + j]) * sum : y[at + j] * (dy[at + j] - sum);
}
