// LSTM, gemm class: matrix products by BLAS (x·W for many time steps at once, h·U for each step), and between them
// these kernels, with a work-item per hidden unit of a row. Equations, packed rows and shared padding:
// recurrent_tile.cl.

// state[b] = the shared padding's state before row b's first time step. Global: B*H rounded up.
kernel void lstm_gemm_begin(global const float *padding, global const int *start, global float *state, int B, int H) {
    int i = get_global_id(0);
    if (i >= B * H)
        return;
    int begin = start[i / H];
    state[i] = padding && begin ? padding[(size_t)(begin - 1) * H + i % H] : 0.0f;
}

// One time step of its n rows. z [n,4H]: in: x·W + h·U; out: the activated gates. h_state and c_state are updated;
// h_out, c_out [n,H] (may be null) receive the new states, before (may be null) the previous h.
// Global: n*H rounded up.
kernel void lstm_gemm_forward(global float *z, int z_offset, global const float *bias, global float *h_state,
                              global float *c_state, global float *h_out, int h_offset, global float *c_out,
                              global float *before, int c_offset, int n, int H) {
    int i = get_global_id(0);
    if (i >= n * H)
        return;
    int b = i / H, j = i % H;
    global float *gates = z + z_offset + (size_t)b * 4 * H + j;
    float zi = gates[0], zf = gates[H], zc = gates[2 * H], zo = gates[3 * H];
    if (bias) {
        zi += bias[j];
        zf += bias[H + j];
        zc += bias[2 * H + j];
        zo += bias[3 * H + j];
    }
    float in = sigmoid_one(zi), forget = sigmoid_one(zf), g = tanh_one(zc), out = sigmoid_one(zo);
    float c = forget * c_state[i] + in * g, h = out * tanh_one(c);
    if (before)
        before[c_offset + i] = h_state[i];
    c_state[i] = c;
    h_state[i] = h;
    if (c_out)
        c_out[c_offset + i] = c;
    if (h_out)
        h_out[h_offset + i] = h;
    gates[0] = in;
    gates[H] = forget;
    gates[2 * H] = g;
    gates[3 * H] = out;
}

// One time step backward through the cell, for its n rows. gates [n,4H]: in: activated; out: their gradients before
// activation. dh [B,H]: in: the gradient of h from the next step; dc [B,H] is carried to the previous step. d_h and d_c
// (may be null): incoming gradients, added. c is at c_offset; c of the previous step, which had `older` rows, is at
// c_before; the rows that begin at this step had the shared padding's c (padding_c, that of the previous step [H], may
// be null). Global: n*H rounded up.
kernel void lstm_gemm_backward(global float *gates_all, int gates_offset, global const float *d_h, int d_h_offset,
                               global const float *d_c, global const float *c, int c_offset, int c_before, int older,
                               global const float *padding_c, int padding_offset, global const float *dh, global float *dc,
                               int n, int H) {
    int item = get_global_id(0);
    if (item >= n * H)
        return;
    int b = item / H, j = item % H;
    global float *gates = gates_all + gates_offset + (size_t)b * 4 * H + j;
    float i = gates[0], f = gates[H], g = gates[2 * H], o = gates[3 * H];
    float before = b < older ? c[c_before + item] : padding_c ? padding_c[padding_offset + j] : 0.0f;
    float tanh_c = tanh_one(c[c_offset + item]);
    float of_h = dh[item] + (d_h ? d_h[d_h_offset + item] : 0.0f);
    float of_c = dc[item] + (d_c ? d_c[c_offset + item] : 0.0f);
    of_c += of_h * o * (1.0f - tanh_c * tanh_c);
    gates[0] = of_c * g * i * (1.0f - i);
    gates[H] = of_c * before * f * (1.0f - f);
    gates[2 * H] = of_c * i * (1.0f - g * g);
    gates[3 * H] = of_h * tanh_c * o * (1.0f - o);
    dc[item] = of_c * f;
}
