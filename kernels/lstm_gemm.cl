// LSTM, gemm class: matrix products by BLAS (x·W once for all steps, h·U a step), and between them these
// kernels, an item a hidden unit of a row. Equations and meaning of `start` and the states: lstm_tile.cl.

// state[b] = initial[b*state_row + start[b]*state_step]. Global: B*H rounded up.
kernel void lstm_gemm_begin(global const float *initial, int state_row, int state_step, global const int *start,
                            global float *state, int B, int H) {
    int i = get_global_id(0);
    if (i >= B * H)
        return;
    int b = i / H, begin = start ? start[b] : 0;
    state[i] = initial[(size_t)b * state_row + (size_t)begin * state_step + i % H];
}

// One step. z [B,4H]: in, x·W + h·U; out, the activated gates, zero before a row's start. h_state and
// c_state [B,H] go on from there; h_out, c_out [B,H] (may be null) keep this step's, zero before the start.
// Global: B*H rounded up.
kernel void lstm_gemm_forward(global float *z, int z_offset, global const float *bias, global const int *start,
                              int t, global float *h_state, global float *c_state, global float *h_out,
                              int h_offset, global float *c_out, int c_offset, int B, int H) {
    int i = get_global_id(0);
    if (i >= B * H)
        return;
    int b = i / H, j = i % H;
    global float *gates = z + z_offset + (size_t)b * 4 * H + j;
    float kept[6] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
    if (!start || t >= start[b]) {
        float zi = gates[0], zf = gates[H], zc = gates[2 * H], zo = gates[3 * H];
        if (bias) {
            zi += bias[j];
            zf += bias[H + j];
            zc += bias[2 * H + j];
            zo += bias[3 * H + j];
        }
        kept[0] = sigmoid_one(zi);
        kept[1] = sigmoid_one(zf);
        kept[2] = tanh_one(zc);
        kept[3] = sigmoid_one(zo);
        kept[4] = kept[1] * c_state[i] + kept[0] * kept[2];
        kept[5] = kept[3] * tanh_one(kept[4]);
        c_state[i] = kept[4];
        h_state[i] = kept[5];
    }
    for (int g = 0; g < 4; g++)
        gates[g * H] = kept[g];
    if (c_out)
        c_out[c_offset + i] = kept[4];
    if (h_out)
        h_out[h_offset + i] = kept[5];
}

// One step back through the cell. gates [B,4H]: in, activated; out, their gradients before activation.
// dh [B,H] in: h's gradient from the step after; dc [B,H] is carried back. d_out (may be null) adds what
// comes from above. c_before: c of the step before, or, for a row that starts here, c0.
// Global: B*H rounded up.
kernel void lstm_gemm_backward(global float *gates_all, int gates_offset, global const float *d_out, int d_offset,
                               global const float *c, int t, global const float *c0, int state_row, int state_step,
                               global const int *start, global const float *dh, global float *dc, int B, int H) {
    int item = get_global_id(0);
    if (item >= B * H)
        return;
    int b = item / H, j = item % H, begin = start ? start[b] : 0;
    if (t < begin)
        return;
    size_t step = (size_t)B * H;
    global float *gates = gates_all + gates_offset + (size_t)b * 4 * H + j;
    float i = gates[0], f = gates[H], g = gates[2 * H], o = gates[3 * H];
    float c_before = t == begin ? c0[(size_t)b * state_row + (size_t)begin * state_step + j]
                                : c[(t - 1) * step + item];
    float tanh_c = tanh_one(c[t * step + item]);
    float d_h = dh[item] + (d_out ? d_out[d_offset + item] : 0.0f);
    float d_c = d_h * o * (1.0f - tanh_c * tanh_c) + dc[item];
    gates[0] = d_c * g * i * (1.0f - i);
    gates[H] = d_c * c_before * f * (1.0f - f);
    gates[2 * H] = d_c * i * (1.0f - g * g);
    gates[3 * H] = d_h * tanh_c * o * (1.0f - o);
    dc[item] = d_c * f;
}

// dh [B,H] = product for the rows that have begun; the others keep the gradient of their first state.
// Global: B*H rounded up.
kernel void lstm_gemm_take(global const float *product, global const int *start, int t, global float *dh, int B,
                           int H) {
    int i = get_global_id(0);
    if (i < B * H && (!start || t >= start[i / H]))
        dh[i] = product[i];
}
