// GRU and SimpleRNN: what a step does between the products with the kernels, for rows of one step.
// Source: keras/src/layers/rnn/gru.py, simple_rnn.py; Cho et al. 2014, in the form of cuDNN (reset_after).
//
// n: the rows that have begun (steps.cl). x_gates and h_gates [n,G*H]: x and the state, each multiplied with its kernel,
// biases included. state [B,H]: in, before the step; out, after it. h and before (each may be null): the states after
// and before each step. All but state come with the place, in floats, at which the step begins; h's is before's, too.

// GRU, gates z, r, h: h' = z*h + (1 - z)*tanh(x_h + r*h_h). With `before` x_gates become z, r and tanh(…).
// Global: n*H rounded up.
kernel void gru_forward(global float *x_gates, int x_at, global const float *h_gates, int h_at, global float *state,
                        global float *h, global float *before, int at, int n, int H) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    global float *x = x_gates + x_at + (size_t)b * 3 * H + j;
    global const float *s = h_gates + h_at + (size_t)b * 3 * H + j;
    float z = sigmoid_one(x[0] + s[0]), r = sigmoid_one(x[H] + s[H]), c = tanh_one(x[2 * H] + r * s[2 * H]);
    float older = state[i], newer = z * older + (1.0f - z) * c;
    state[i] = newer;
    if (h)
        h[at + i] = newer;
    if (before) {
        before[at + i] = older;
        x[0] = z;
        x[H] = r;
        x[2 * H] = c;
    }
}

// The gradients of x_gates and h_gates, which replace them, from that of h': d_out (may be null) and what the step after
// left in d_direct and d_product [B,H]. d_direct becomes the part of the state's gradient that no product is in.
// Global: n*H rounded up.
kernel void gru_backward(global const float *d_out, int d_out_at, global float *d_direct,
                         global const float *d_product, global float *x_gates, int x_at, global float *h_gates,
                         int h_at, global const float *before, int before_at, int n, int H) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    global float *x = x_gates + x_at + (size_t)b * 3 * H + j, *s = h_gates + h_at + (size_t)b * 3 * H + j;
    float z = x[0], r = x[H], c = x[2 * H];
    float d = d_direct[i] + d_product[i] + (d_out ? d_out[d_out_at + i] : 0.0f);
    float d_z = d * (before[before_at + i] - c) * z * (1.0f - z), d_c = d * (1.0f - z) * (1.0f - c * c);
    float d_r = d_c * s[2 * H] * r * (1.0f - r);
    x[0] = s[0] = d_z;
    x[H] = s[H] = d_r;
    x[2 * H] = d_c;
    s[2 * H] = d_c * r;
    d_direct[i] = d * z;
}

// h' = activation(x + h). With `before` x_gates become h'. Global: n*H rounded up.
kernel void simple_rnn_forward(global float *x_gates, int x_at, global const float *h_gates, int h_at,
                               global float *state, global float *h, global float *before, int at, int n, int H,
                               int activation) {
    int i = get_global_id(0);
    if (i >= n * H)
        return;
    float y = activate_one(x_gates[x_at + i] + h_gates[h_at + i], activation);
    if (before) {
        before[at + i] = state[i];
        x_gates[x_at + i] = y;
    }
    state[i] = y;
    if (h)
        h[at + i] = y;
}

// As gru_backward. Global: n*H rounded up.
kernel void simple_rnn_backward(global const float *d_out, int d_out_at, global float *d_direct,
                                global const float *d_product, global float *x_gates, int x_at, global float *h_gates,
                                int h_at, int n, int H, int activation) {
    int i = get_global_id(0);
    if (i >= n * H)
        return;
    float y = x_gates[x_at + i], d = d_product[i] + (d_out ? d_out[d_out_at + i] : 0.0f);
    d *= activation == RELU ? (y > 0.0f ? 1.0f : 0.0f)
       : activation == SIGMOID ? y * (1.0f - y)
       : activation == TANH ? 1.0f - y * y : 1.0f;
    x_gates[x_at + i] = h_gates[h_at + i] = d;
    d_direct[i] = 0.0f;
}
