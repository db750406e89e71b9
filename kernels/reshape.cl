// Layers that only move numbers (enum move_kind): x [T,B,D] to y [out_T,B,out_D], all steps of all rows.
// Source: keras/src/layers/reshaping/*.py

// y from x; with back x from y (MOVE_RESHAPE and MOVE_PERMUTE only). Global: out_T*B*out_D rounded up.
kernel void move(global float *x, global float *y, int T, int B, int D, int out_T, int out_D, int how, int shift,
                 int repeat, int back) {
    int i = get_global_id(0), d = i % out_D, b = i / out_D % B, t = i / out_D / B;
    if (t >= out_T)
        return;
    int flat = t * out_D + d, from = flat / D, from_d = flat % D;
    if (how == MOVE_PERMUTE) {
        from = d;
        from_d = t;
    } else if (how == MOVE_STEPS) {
        from = t < shift ? -1 : (t - shift) / repeat;
        from_d = d;
    }
    size_t place = ((size_t)from * B + b) * D + from_d;
    if (back)
        x[place] = y[i];
    else
        y[i] = from >= 0 && from < T ? x[place] : 0.0f;
}

// MOVE_STEPS: dx [T,B,D] from dy [out_T,B,D]: the sum over the copies of a step. Global: T*B*D rounded up.
kernel void move_steps_backward(global const float *dy, global float *dx, int T, int B, int D, int out_T, int shift,
                                int repeat) {
    int i = get_global_id(0), column = i % (B * D), t = i / (B * D);
    if (t >= T)
        return;
    float sum = 0.0f;
    for (int k = 0; k < repeat; k++) {
        int to = t * repeat + shift + k;
        sum += to >= 0 && to < out_T ? dy[(size_t)to * B * D + column] : 0.0f;
    }
    dx[i] = sum;
}
