// Losses on outputs, as Keras defines them, and their gradients. Global: B rounded up.
//
// outputs, labels, d_outputs [B,O]; d_outputs (may be null) is the gradient of the mean over `batch` rows, of which B
// are processed here. row_loss [B] is a row's loss times its weight [B].
// If an output is NaN, the loss of its row is NaN. So at_least_one and clip_one are used, which keep NaN, instead of
// fmax and fmin.
// Source: keras/src/losses/losses.py, keras/src/backend/jax/nn.py

#define LOSS_EPSILON 1e-7f            // keras.backend.epsilon()
#define LOSS_ALMOST_ONE 0.9999999f    // 1 - epsilon

#define LOSS_ARGUMENTS                                                                                                 \
    global const float *outputs, global const float *labels, global const float *weights, global float *d_outputs,    \
        global float *row_loss, int B, int O, int batch

// row_loss: the sum of `value` over the outputs p and labels y of a row, divided by n. `slope` is its derivative by p.
#define SUM_LOSS(n, value, slope)                                                                                      \
    int b = get_global_id(0);                                                                                          \
    if (b >= B)                                                                                                        \
        return;                                                                                                        \
    float loss = 0.0f;                                                                                                 \
    for (int j = 0; j < O; j++) {                                                                                      \
        float p = outputs[(size_t)b * O + j], y = labels[(size_t)b * O + j];                                           \
        loss += value;                                                                                                 \
        if (d_outputs)                                                                                                 \
            d_outputs[(size_t)b * O + j] = weights[b] * ((slope) / ((float)batch * (n)));                              \
    }                                                                                                                  \
    row_loss[b] = weights[b] * (loss / (n));

static inline float sign_of(float x) {
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
}

// ---- differences --------------------------------------------------------------------------------

kernel void loss_mean_squared_error(LOSS_ARGUMENTS) {
    SUM_LOSS(O, (p - y) * (p - y), 2.0f * (p - y))
}

kernel void loss_mean_absolute_error(LOSS_ARGUMENTS) {
    SUM_LOSS(O, fabs(p - y), sign_of(p - y))
}

kernel void loss_mean_absolute_percentage_error(LOSS_ARGUMENTS) {
    SUM_LOSS(O, 100.0f * fabs((y - p) / fmax(fabs(y), LOSS_EPSILON)),
             100.0f * sign_of(p - y) / fmax(fabs(y), LOSS_EPSILON))
}

// log(1 + x), with x at least epsilon.
static inline float log_of(float x) {
    return log(at_least_one(x, LOSS_EPSILON) + 1.0f);
}

kernel void loss_mean_squared_logarithmic_error(LOSS_ARGUMENTS) {
    SUM_LOSS(O, (log_of(p) - log_of(y)) * (log_of(p) - log_of(y)),
             p > LOSS_EPSILON ? 2.0f * (log_of(p) - log_of(y)) / (p + 1.0f) : 0.0f)
}

kernel void loss_huber(LOSS_ARGUMENTS, float delta) {
    SUM_LOSS(O, fabs(p - y) <= delta ? 0.5f * (p - y) * (p - y) : delta * fabs(p - y) - 0.5f * delta * delta,
             fabs(p - y) <= delta ? p - y : delta * sign_of(p - y))
}

// log(cosh(x)) = |x| + log(1 + e^-2|x|) - log(2)
kernel void loss_log_cosh(LOSS_ARGUMENTS) {
    SUM_LOSS(O, fabs(p - y) + log1p(exp(-2.0f * fabs(p - y))) - 0.6931471806f, tanh(p - y))
}

// ---- hinges: 1 - t·p, where it is positive; t is the label, -1 for 0 -------------------------------

static inline float label_sign(float y) {
    return y == 0.0f ? -1.0f : y;
}

static inline float hinge_of(float p, float y) {
    return at_least_one(1.0f - label_sign(y) * p, 0.0f);
}

kernel void loss_hinge(LOSS_ARGUMENTS) {
    SUM_LOSS(O, hinge_of(p, y), hinge_of(p, y) > 0.0f ? -label_sign(y) : 0.0f)
}

kernel void loss_squared_hinge(LOSS_ARGUMENTS) {
    SUM_LOSS(O, hinge_of(p, y) * hinge_of(p, y), -2.0f * hinge_of(p, y) * label_sign(y))
}

// max(0, max((1 - y)·p) - sum(y·p) + 1). If several outputs are the maximum, they share its gradient.
kernel void loss_categorical_hinge(LOSS_ARGUMENTS) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    global const float *p = outputs + (size_t)b * O, *y = labels + (size_t)b * O;
    float right = 0.0f, most = -INFINITY, count = 0.0f;
    for (int j = 0; j < O; j++) {
        right += y[j] * p[j];
        most = fmax(most, (1.0f - y[j]) * p[j]);
    }
    for (int j = 0; j < O; j++)
        count += (1.0f - y[j]) * p[j] == most ? 1.0f : 0.0f;
    float loss = most - right + 1.0f;
    for (int j = 0; d_outputs && j < O; j++) {
        float slope = ((1.0f - y[j]) * p[j] == most ? (1.0f - y[j]) / count : 0.0f) - y[j];
        d_outputs[(size_t)b * O + j] = loss > 0.0f ? weights[b] * (slope / (float)batch) : 0.0f;
    }
    row_loss[b] = weights[b] * at_least_one(loss, 0.0f);
}

// ---- divergences ---------------------------------------------------------------------------------

static inline float clip_output(float x, float most) {
    return clip_one(x, LOSS_EPSILON, most);
}

static inline bool is_within(float x, float most) {
    return x > LOSS_EPSILON && x < most;
}

kernel void loss_kl_divergence(LOSS_ARGUMENTS) {
    SUM_LOSS(1.0f, clip_output(y, 1.0f) * log(clip_output(y, 1.0f) / clip_output(p, 1.0f)),
             is_within(p, 1.0f) ? -clip_output(y, 1.0f) / p : 0.0f)
}

kernel void loss_poisson(LOSS_ARGUMENTS) {
    SUM_LOSS(O, p - y * log(p + LOSS_EPSILON), 1.0f - y / (p + LOSS_EPSILON))
}

// -sum(p·y), where p and y are normalised to length 1.
kernel void loss_cosine_similarity(LOSS_ARGUMENTS) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    global const float *p = outputs + (size_t)b * O, *y = labels + (size_t)b * O;
    float pp = 0.0f, yy = 0.0f, product = 0.0f;
    for (int j = 0; j < O; j++) {
        pp += p[j] * p[j];
        yy += y[j] * y[j];
    }
    float p_scale = fmin(1.0f / sqrt(pp), 1.0f / LOSS_EPSILON), y_scale = fmin(1.0f / sqrt(yy), 1.0f / LOSS_EPSILON);
    for (int j = 0; j < O; j++)
        product += (p[j] * p_scale) * (y[j] * y_scale);
    float along = p_scale < 1.0f / LOSS_EPSILON ? product : 0.0f;
    for (int j = 0; d_outputs && j < O; j++)
        d_outputs[(size_t)b * O + j] =
            weights[b] * (-p_scale * (y[j] * y_scale - p[j] * p_scale * along) / (float)batch);
    row_loss[b] = -weights[b] * product;
}

// ---- cross-entropies on probabilities, which Keras clips -------------------------------------------

static inline float binary_value(float p, float y) {
    float q = clip_output(p, LOSS_ALMOST_ONE);
    return -(y * log(q) + (1.0f - y) * log(1.0f - q));
}

static inline float binary_slope(float p, float y) {
    return is_within(p, LOSS_ALMOST_ONE) ? (1.0f - y) / (1.0f - p) - y / p : 0.0f;
}

kernel void loss_binary_crossentropy(LOSS_ARGUMENTS, float smoothing) {
    SUM_LOSS(O, binary_value(p, smooth_binary(y, smoothing)), binary_slope(p, smooth_binary(y, smoothing)))
}

// (1 - p_t)^gamma, p_t = y·p + (1 - y)·(1 - p), and its derivative by p.
static inline float focal_factor(float p, float y, float gamma) {
    return pow(1.0f - (y * p + (1.0f - y) * (1.0f - p)), gamma);
}

static inline float focal_factor_slope(float p, float y, float gamma) {
    return gamma == 0.0f
               ? 0.0f
               : -gamma * pow(1.0f - (y * p + (1.0f - y) * (1.0f - p)), gamma - 1.0f) * (2.0f * y - 1.0f);
}

// focal_factor · binary cross-entropy · (with balancing: alpha for y = 1, 1 - alpha for y = 0). With logits
// p = sigmoid(outputs).
kernel void loss_binary_focal_crossentropy(LOSS_ARGUMENTS, float smoothing, float alpha, float gamma, int balancing,
                                           int logits) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    float loss = 0.0f;
    for (int j = 0; j < O; j++) {
        float p = outputs[(size_t)b * O + j], y = smooth_binary(labels[(size_t)b * O + j], smoothing);
        float balance = balancing ? y * alpha + (1.0f - y) * (1.0f - alpha) : 1.0f;
        p = logits ? sigmoid_one(p) : p;
        float factor = focal_factor(p, y, gamma), value = binary_value(p, y);
        loss += balance * factor * value;
        if (d_outputs) {
            float slope = balance * (focal_factor_slope(p, y, gamma) * value + factor * binary_slope(p, y));
            slope = logits ? slope * p * (1.0f - p) : slope;
            d_outputs[(size_t)b * O + j] = weights[b] * (slope / ((float)batch * O));
        }
    }
    row_loss[b] = weights[b] * (loss / O);
}

// -sum(y·log(q)), q = p / sum(p), clipped. labels [B,O], or with `sparse` class numbers [B].
kernel void loss_categorical_crossentropy(LOSS_ARGUMENTS, int sparse, float smoothing) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    global const float *p = outputs + (size_t)b * O;
    float sum = 0.0f, loss = 0.0f, along = 0.0f;
    for (int j = 0; j < O; j++)
        sum += p[j];
    for (int j = 0; j < O; j++) {
        float q = p[j] / sum, y = smooth_label(labels, b, j, O, sparse, smoothing);
        loss -= y * log(clip_output(q, LOSS_ALMOST_ONE));
        along -= is_within(q, LOSS_ALMOST_ONE) ? y : 0.0f;
    }
    for (int j = 0; d_outputs && j < O; j++) {
        float q = p[j] / sum, y = smooth_label(labels, b, j, O, sparse, smoothing);
        float slope = is_within(q, LOSS_ALMOST_ONE) ? -y / q : 0.0f;
        d_outputs[(size_t)b * O + j] = weights[b] * ((slope - along) / sum / (float)batch);
    }
    row_loss[b] = weights[b] * loss;
}

// alpha · (1 - q)^gamma · -y·log(q) for one output, and its derivative by q before clipping.
static inline float categorical_focal_value(float q, float y, float alpha, float gamma) {
    float clipped = clip_output(q, LOSS_ALMOST_ONE);
    return alpha * pow(1.0f - clipped, gamma) * -y * log(clipped);
}

static inline float categorical_focal_slope(float q, float y, float alpha, float gamma) {
    if (!is_within(q, LOSS_ALMOST_ONE))
        return 0.0f;
    float factor = gamma == 0.0f ? 0.0f : gamma * pow(1.0f - q, gamma - 1.0f) * log(q);
    return alpha * y * (factor - pow(1.0f - q, gamma) / q);
}

// With logits p = softmax(outputs). q = p / sum(p).
kernel void loss_categorical_focal_crossentropy(LOSS_ARGUMENTS, float smoothing, float alpha, float gamma, int logits) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    global const float *z = outputs + (size_t)b * O;
    float most = -INFINITY, sum = 0.0f, loss = 0.0f, along = 0.0f;
    for (int j = 0; j < O; j++)
        most = fmax(most, z[j]);
    for (int j = 0; j < O; j++)
        sum += logits ? exp(z[j] - most) : z[j];
    for (int j = 0; j < O; j++) {
        float q = (logits ? exp(z[j] - most) : z[j]) / sum, y = smooth_label(labels, b, j, O, 0, smoothing);
        loss += categorical_focal_value(q, y, alpha, gamma);
        along += q * categorical_focal_slope(q, y, alpha, gamma);
    }
    for (int j = 0; d_outputs && j < O; j++) {
        float q = (logits ? exp(z[j] - most) : z[j]) / sum, y = smooth_label(labels, b, j, O, 0, smoothing);
        float slope = categorical_focal_slope(q, y, alpha, gamma) - along;
        d_outputs[(size_t)b * O + j] = weights[b] * (slope * (logits ? q : 1.0f / sum) / (float)batch);
    }
    row_loss[b] = weights[b] * loss;
}
