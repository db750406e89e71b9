// LSTM, group class, for GPUs and layers of limited size: a work-group computes many time steps of four rows in one
// launch, with a work-item per hidden unit. c stays in registers; h is exchanged through local memory. Products before
// and after, equations, packed rows and shared padding: lstm_gemm.cl and recurrent_tile.cl. A float4 has the numbers of
// four rows.

DEFINE_ACTIVATIONS(_four, float4, int4, as_float4, as_int4)

#define FOUR_ROWS ((int4)(0, 1, 2, 3))

// Loads the same element of `rows` rows (1 to 4), which are a stride apart; missing rows repeat the last one.
static inline float4 load_rows(global const float *p, size_t stride, int rows) {
    return (float4)(p[0], p[stride * min(1, rows - 1)], p[stride * min(2, rows - 1)], p[stride * min(3, rows - 1)]);
}

static inline void store_rows(float4 v, global float *p, size_t stride, int rows) {
    p[0] = v.x;
    if (rows > 1)
        p[stride] = v.y;
    if (rows > 2)
        p[2 * stride] = v.z;
    if (rows > 3)
        p[3 * stride] = v.w;
}

// packed [H][H][4] from U [H,4H]: the weights of the four gates for an input h and a unit are adjacent. Global: H*H
// rounded up.
kernel void lstm_group_pack(global const float *recurrent, global float *packed, int H) {
    int i = get_global_id(0), k = i / H, j = i % H;
    if (k >= H)
        return;
    for (int gate = 0; gate < 4; gate++)
        packed[(size_t)i * 4 + gate] = recurrent[((size_t)k * 4 + gate) * H + j];
}

// Time steps first_step … end_step-1 of T; the first row must have begun. z [rows,4H], from row z_first of the batch
// on: in: x·W; out: the activated gates. h_state, c_state [B,H]: the states, updated. h_out: with keep_h h of each time
// step, else of the last one (null: not stored); c_out, before (may be null): c of each time step, and the previous h.
// h: local, two time steps [2][H]. Local: at least H; global: ceil(B/4) times that.
kernel void lstm_group_forward(global float *z, int z_first, global const float *packed, global const float *bias,
                               global float *h_state, global float *c_state, global float *h_out, int keep_h,
                               global float *c_out, global float *before, global const int *at, local float4 *h,
                               int first_step, int end_step, int B, int T, int H) {
    int j = get_local_id(0), first = get_group_id(0) * 4, rows = min(4, B - first), t = first_step;
    bool there = j < H; // all work-items must reach the barriers
    global float *state = h_state + (size_t)first * H + j, *cell = c_state + (size_t)first * H + j;
    float4 mine = 0.0f, c = 0.0f;
    if (there) {
        mine = load_rows(state, H, rows);
        c = load_rows(cell, H, rows);
        h[j] = mine;
    }
    while (t < end_step && at[t + 1] - at[t] <= first)
        t++;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int slot = 0; t < end_step; t++, slot = 1 - slot) {
        if (there) {
            int begun = min(4, at[t + 1] - at[t] - first);
            size_t step = at[t] + first;
            global float *gates = z + (step - z_first) * 4 * H + j;
            float4 i = load_rows(gates, 4 * H, begun), f = load_rows(gates + H, 4 * H, begun);
            float4 g = load_rows(gates + 2 * H, 4 * H, begun), o = load_rows(gates + 3 * H, 4 * H, begun);
            if (bias) {
                i += bias[j];
                f += bias[H + j];
                g += bias[2 * H + j];
                o += bias[3 * H + j];
            }
            global const float *w = packed + 4 * j;
            local const float4 *state_now = h + slot * H;
            for (int k = 0; k < H; k++, w += 4 * H) {
                float4 weights = vload4(0, w), state_k = state_now[k];
                i = state_k * weights.x + i;
                f = state_k * weights.y + f;
                g = state_k * weights.z + g;
                o = state_k * weights.w + o;
            }
            i = sigmoid_four(i);
            f = sigmoid_four(f);
            g = tanh_four(g);
            o = sigmoid_four(o);
            float4 c_new = f * c + i * g, h_new = o * tanh_four(c_new);
            store_rows(i, gates, 4 * H, begun);
            store_rows(f, gates + H, 4 * H, begun);
            store_rows(g, gates + 2 * H, 4 * H, begun);
            store_rows(o, gates + 3 * H, 4 * H, begun);
            if (before)
                store_rows(mine, before + step * H + j, H, begun);
            if (c_out)
                store_rows(c_new, c_out + step * H + j, H, begun);
            if (h_out && (keep_h || t == T - 1))
                store_rows(h_new, h_out + (keep_h ? step : first) * H + j, H, begun);
            mine = FOUR_ROWS < begun ? h_new : mine; // rows that have not begun keep their initial state
            c = FOUR_ROWS < begun ? c_new : c;
            h[(1 - slot) * H + j] = mine;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (there) {
        store_rows(mine, state, H, rows);
        store_rows(c, cell, H, rows);
    }
}

// All time steps backward. gates [at[T],4H]: in: activated; out: their gradients before activation. d_h [at[T],H], or
// with last_only [B,H], of the last time step; d_c [at[T],H]; both may be null. c [at[T],H] from forward, padding_c
// [T,H] (may be null). transposed [4H,H]: of U. dh, dc [B,H] out: the gradients of the rows' initial states. dz: local,
// [4H]. Local and global as forward.
kernel void lstm_group_backward(global float *gates_all, global const float *d_h, int last_only, global const float *d_c,
                                global const float *c, global const float *padding_c, global const float *transposed,
                                global float *dh_out, global float *dc_out, global const int *at, local float4 *dz, int B,
                                int T, int H) {
    int j = get_local_id(0), first = get_group_id(0) * 4, rows = min(4, B - first);
    bool there = j < H;
    float4 dh = 0.0f, dc = 0.0f;
    for (int t = T - 1; t >= 0 && at[t + 1] - at[t] > first; t--) {
        int begun = min(4, at[t + 1] - at[t] - first);
        if (there) {
            int older = t ? at[t] - at[t - 1] - first : 0;
            size_t step = at[t] + first;
            global float *gates = gates_all + step * 4 * H + j;
            float4 i = load_rows(gates, 4 * H, begun), f = load_rows(gates + H, 4 * H, begun);
            float4 g = load_rows(gates + 2 * H, 4 * H, begun), o = load_rows(gates + 3 * H, 4 * H, begun);
            float4 tanh_c = tanh_four(load_rows(c + step * H + j, H, begun));
            float4 c_before = t && padding_c ? padding_c[(size_t)(t - 1) * H + j] : 0.0f;
            if (older > 0)
                c_before = FOUR_ROWS < older
                               ? load_rows(c + (size_t)(at[t - 1] + first) * H + j, H, min(4, older)) : c_before;
            float4 of_h = dh, of_c = dc;
            if (d_h && !last_only)
                of_h += load_rows(d_h + step * H + j, H, begun);
            else if (d_h && t == T - 1)
                of_h += load_rows(d_h + (size_t)first * H + j, H, begun);
            if (d_c)
                of_c += load_rows(d_c + step * H + j, H, begun);
            of_c += of_h * o * (1.0f - tanh_c * tanh_c);
            float4 di = of_c * g * i * (1.0f - i), df = of_c * c_before * f * (1.0f - f);
            float4 dg = of_c * i * (1.0f - g * g), d_o = of_h * tanh_c * o * (1.0f - o);
            store_rows(di, gates, 4 * H, begun);
            store_rows(df, gates + H, 4 * H, begun);
            store_rows(dg, gates + 2 * H, 4 * H, begun);
            store_rows(d_o, gates + 3 * H, 4 * H, begun);
            dz[j] = di;
            dz[H + j] = df;
            dz[2 * H + j] = dg;
            dz[3 * H + j] = d_o;
            dc = FOUR_ROWS < begun ? of_c * f : dc;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (there) {
            float4 sum = 0.0f;
            for (int k = 0; k < 4 * H; k++)
                sum = dz[k] * transposed[(size_t)k * H + j] + sum;
            dh = FOUR_ROWS < begun ? sum : dh;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (there) {
        store_rows(dh, dh_out + (size_t)first * H + j, H, rows);
        store_rows(dc, dc_out + (size_t)first * H + j, H, rows);
    }
}
