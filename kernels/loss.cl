// Cross-entropies on logits, their gradients, and accuracy. A row's loss is the mean over its outputs, times its
// weight. Accuracy (row_correct [B], may be null) does not depend on weights. Losses on outputs: loss_outputs.cl.
// Source: keras/src/losses/losses.py, keras/src/backend/*/nn.py, keras/src/metrics/accuracy_metrics.py

static inline int argmax(global const float *values, int n) {
    int best = 0;
    for (int j = 1; j < n; j++)
        if (values[j] > values[best])
            best = j;
    return best;
}

// A label with Keras's label_smoothing: smooth_binary moves it towards 0.5, smooth_label towards 1/O. smoothing 0:
// unchanged.
static inline float smooth_binary(float y, float smoothing) {
    return y * (1.0f - smoothing) + 0.5f * smoothing;
}

// labels [B,O]; with `sparse` class numbers [B].
static inline float smooth_label(global const float *labels, size_t b, int j, int O, int sparse, float smoothing) {
    if (sparse)
        return j == (int)labels[b] ? 1.0f : 0.0f;
    return labels[b * O + j] * (1.0f - smoothing) + smoothing / O;
}

// Binary: max(z,0) - z*y + log(1 + e^-|z|). logits, y, d_logits [B,O]; d_logits (may be null) is the gradient of the
// mean over `batch` rows, of which B are processed here.
// Accuracy: the share of the outputs with (sigmoid > 0.5, strictly) == label. Global: B rounded up.
kernel void loss_binary(global const float *logits, global const float *y, global const float *weights,
                        global float *d_logits, global float *row_loss, global float *row_correct, int B, int O,
                        int batch, float smoothing) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    global const float *z = logits + (size_t)b * O, *label = y + (size_t)b * O;
    float loss = 0.0f, correct = 0.0f;
    for (int j = 0; j < O; j++) {
        float p = sigmoid_one(z[j]);
        float target = smooth_binary(label[j], smoothing);
        correct += (p > 0.5f ? 1.0f : 0.0f) == label[j] ? 1.0f : 0.0f;
        loss += fmax(z[j], 0.0f) - z[j] * target + log1p(exp(-fabs(z[j])));
        if (d_logits)
            d_logits[(size_t)b * O + j] = weights[b] * ((p - target) / ((float)batch * O));
    }
    row_loss[b] = weights[b] * (loss / O);
    if (row_correct)
        row_correct[b] = correct / O;
}

// Categorical: log(sum e^z) - z_y. y is [B,O] (one-hot, or any distribution), or with `sparse` class numbers [B].
// Global: B rounded up.
kernel void loss_categorical(global const float *logits, global const float *y, global const float *weights,
                             global float *d_logits, global float *row_loss, global float *row_correct, int B, int O,
                             int batch, int sparse, float smoothing) {
    int b = get_global_id(0);
    if (b >= B)
        return;
    global const float *z = logits + (size_t)b * O;
    int best = argmax(z, O), expected = sparse ? (int)y[b] : argmax(y + (size_t)b * O, O);
    float sum = 0.0f, loss = 0.0f, weight = 0.0f;
    for (int j = 0; j < O; j++)
        sum += exp(z[j] - z[best]);
    float log_sum = log(sum);
    for (int j = 0; j < O; j++) {
        float label = smooth_label(y, b, j, O, sparse, smoothing);
        weight += label;
        if (label != 0.0f)
            loss += label * (log_sum - (z[j] - z[best]));
    }
    for (int j = 0; d_logits && j < O; j++) {
        float label = smooth_label(y, b, j, O, sparse, smoothing);
        d_logits[(size_t)b * O + j] = weights[b] * ((weight * exp(z[j] - z[best]) / sum - label) / batch);
    }
    row_loss[b] = weights[b] * loss;
    if (row_correct)
        row_correct[b] = best == expected;
}

// totals[2*slot] = sum of losses, totals[2*slot + 1] = correct rows, added in order. Global: 1.
kernel void loss_sum(global const float *row_loss, global const float *row_correct, int B, global float *totals,
                     int slot) {
    float loss = 0.0f, correct = 0.0f;
    for (int b = 0; b < B; b++) {
        loss += row_loss[b];
        correct += row_correct[b];
    }
    totals[2 * slot] = loss;
    totals[2 * slot + 1] = correct;
}
