// Recurrent layers, one time step at a time: the computation between the products with the kernels, for the rows of a
// time step.
// Source: keras/src/layers/rnn/lstm.py, gru.py, simple_rnn.py; Cho et al. 2014, with reset_after in the form of cuDNN.
//
// n: the rows that have begun (steps.cl). x_gates and h_gates [n,G*H]: x and the state, each multiplied with its
// kernel, biases included; x_at, h_at, gates_at: where the step begins in them, in floats. state [B,H]: in, before the
// step; out, after it; c [B,H] likewise. h, before and c_before (each may be null): the states after and before each
// step, from `at` on. With `before` x_gates become the sums before activation, from which backward computes the gates
// again.
//
// Backward: the gradient of the new state is the sum of d_out [n,H], from d_out_at on (may be null), and of d_direct
// and d_product [B,H], which step t+1 has written. d_direct becomes the part of the old state's gradient that does not
// come from a product. In an LSTM d_direct is the gradient of c instead, in and out. The gradients of x_gates and
// h_gates replace them.
//
// All cell kernels of one direction have the same arguments. Global: n*H rounded up.

// h' = activation(x + h).
kernel void simple_rnn_forward(global float *x_gates, int x_at, global const float *h_gates,
                               global const float *reset_gates, int h_at, global float *state, global float *c,
                               global float *h, global float *before, global float *c_before, int at, int n, int H,
                               int activation, int recurrent_activation) {
    int i = get_global_id(0);
    if (i >= n * H)
        return;
    float sum = x_gates[x_at + i] + h_gates[h_at + i], y = activate(sum, activation);
    if (before) {
        before[at + i] = state[i];
        x_gates[x_at + i] = sum;
    }
    state[i] = y;
    if (h)
        h[at + i] = y;
}

kernel void simple_rnn_backward(global const float *d_out, int d_out_at, global float *d_direct,
                                global const float *d_product, global float *x_gates, global float *h_gates,
                                global float *reset_gates, int gates_at, global const float *before,
                                global const float *c_before, int at, int n, int H, int activation,
                                int recurrent_activation) {
    int i = get_global_id(0);
    if (i >= n * H)
        return;
    float sum = x_gates[gates_at + i], d = d_product[i] + (d_out ? d_out[d_out_at + i] : 0.0f);
    x_gates[gates_at + i] = h_gates[gates_at + i] = d * slope(sum, activate(sum, activation), activation);
    d_direct[i] = 0.0f;
}

// GRU, gates z, r, h: h' = z*h + (1 - z)*activation(x_h + r*h_h). reset_gates (null with reset_after) [n,3H]: the
// products of r*h, whose last third is used in place of r*h_h.
kernel void gru_forward(global float *x_gates, int x_at, global const float *h_gates, global const float *reset_gates,
                        int h_at, global float *state, global float *c, global float *h, global float *before,
                        global float *c_before, int at, int n, int H, int activation, int recurrent_activation) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    size_t row = (size_t)b * 3 * H + j;
    global float *x = x_gates + x_at + row;
    global const float *s = h_gates + h_at + row;
    float z_sum = x[0] + s[0], r_sum = x[H] + s[H], z = activate(z_sum, recurrent_activation);
    float sum = x[2 * H] + (reset_gates ? reset_gates[h_at + row + 2 * H]
                                        : activate(r_sum, recurrent_activation) * s[2 * H]);
    float older = state[i], newer = z * older + (1.0f - z) * activate(sum, activation);
    state[i] = newer;
    if (h)
        h[at + i] = newer;
    if (before) {
        before[at + i] = older;
        x[0] = z_sum;
        x[H] = r_sum;
        x[2 * H] = sum;
    }
}

// Without reset_after the gradient of r comes from gru_reset_backward.
kernel void gru_backward(global const float *d_out, int d_out_at, global float *d_direct,
                         global const float *d_product, global float *x_gates, global float *h_gates,
                         global float *reset_gates, int gates_at, global const float *before,
                         global const float *c_before, int at, int n, int H, int activation, int recurrent_activation) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    size_t row = gates_at + (size_t)b * 3 * H + j;
    global float *x = x_gates + row, *s = h_gates + row;
    float z = activate(x[0], recurrent_activation), y = activate(x[2 * H], activation);
    float d = d_direct[i] + d_product[i] + (d_out ? d_out[d_out_at + i] : 0.0f);
    float d_sum = d * (1.0f - z) * slope(x[2 * H], y, activation);
    x[0] = s[0] = d * (before[at + i] - y) * slope(x[0], z, recurrent_activation);
    x[2 * H] = d_sum;
    d_direct[i] = d * z;
    if (reset_gates) {
        global float *q = reset_gates + row;
        q[0] = q[H] = 0.0f;
        q[2 * H] = d_sum;
        s[2 * H] = 0.0f;
    } else {
        float r = activate(x[H], recurrent_activation);
        x[H] = s[H] = d_sum * s[2 * H] * slope(x[H], r, recurrent_activation);
        s[2 * H] = d_sum * r;
    }
}

// reset [n,H], from reset_at on: r*h, before the candidate's product.
kernel void gru_reset_forward(global const float *x_gates, int x_at, global const float *h_gates, int h_at,
                              global const float *state, global float *reset, int reset_at, int n, int H,
                              int activation, int recurrent_activation) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    size_t row = (size_t)b * 3 * H + H + j;
    reset[reset_at + i] = activate(x_gates[x_at + row] + h_gates[h_at + row], recurrent_activation) * state[i];
}

// After gru_backward, from d_reset [n,H], the gradient of r*h.
kernel void gru_reset_backward(global const float *d_reset, global float *d_direct, global float *x_gates,
                               global float *h_gates, int gates_at, global const float *before, int at, int n, int H,
                               int activation, int recurrent_activation) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    size_t row = gates_at + (size_t)b * 3 * H + H + j;
    float sum = x_gates[row], r = activate(sum, recurrent_activation);
    x_gates[row] = h_gates[row] = d_reset[i] * before[at + i] * slope(sum, r, recurrent_activation);
    d_direct[i] += d_reset[i] * r;
}

// LSTM, gates i, f, g, o: c' = f*c + i*g, h' = o*activation(c').
kernel void lstm_forward(global float *x_gates, int x_at, global const float *h_gates, global const float *reset_gates,
                         int h_at, global float *state, global float *c, global float *h, global float *before,
                         global float *c_before, int at, int n, int H, int activation, int recurrent_activation) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    size_t row = (size_t)b * 4 * H + j;
    float gates[4];
    for (int gate = 0; gate < 4; gate++) {
        float sum = x_gates[x_at + row + gate * H] + h_gates[h_at + row + gate * H];
        gates[gate] = activate(sum, gate == 2 ? activation : recurrent_activation);
        if (before)
            x_gates[x_at + row + gate * H] = sum;
    }
    if (before) {
        before[at + i] = state[i];
        c_before[at + i] = c[i];
    }
    c[i] = gates[1] * c[i] + gates[0] * gates[2];
    state[i] = gates[3] * activate(c[i], activation);
    if (h)
        h[at + i] = state[i];
}

kernel void lstm_backward(global const float *d_out, int d_out_at, global float *d_direct,
                          global const float *d_product, global float *x_gates, global float *h_gates,
                          global float *reset_gates, int gates_at, global const float *before,
                          global const float *c_before, int at, int n, int H, int activation,
                          int recurrent_activation) {
    int i = get_global_id(0), b = i / H, j = i % H;
    if (b >= n)
        return;
    size_t row = gates_at + (size_t)b * 4 * H + j;
    float gates[4], slopes[4];
    for (int gate = 0; gate < 4; gate++) {
        int of_gate = gate == 2 ? activation : recurrent_activation;
        gates[gate] = activate(x_gates[row + gate * H], of_gate);
        slopes[gate] = slope(x_gates[row + gate * H], gates[gate], of_gate);
    }
    float older = c_before[at + i], newer = gates[1] * older + gates[0] * gates[2], y = activate(newer, activation);
    float d = d_product[i] + (d_out ? d_out[d_out_at + i] : 0.0f);
    float d_c = d_direct[i] + d * gates[3] * slope(newer, y, activation);
    float d_gates[4] = {d_c * gates[2], d_c * older, d_c * gates[0], d * y};
    for (int gate = 0; gate < 4; gate++)
        x_gates[row + gate * H] = h_gates[row + gate * H] = d_gates[gate] * slopes[gate];
    d_direct[i] = d_c * gates[1];
}

// Rows first … end-1 of state [B,H] = the shared padding's state after time step t: padding [T,H].
// Global: (end-first)*H rounded up.
kernel void recurrent_initial_state(global const float *padding, int t, global float *state, int first, int end, int H) {
    int i = get_global_id(0);
    if (i < (end - first) * H)
        state[first * H + i] = padding[t * H + i % H];
}
