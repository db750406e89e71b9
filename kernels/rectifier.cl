// Rectifier layers (enum rectifier_kind). Source: keras/src/layers/activations/relu.py, leaky_relu.py, elu.py, prelu.py

// y [count] from x [count]. Global: count rounded up.
kernel void rectifier(global const float *x, global float *y, int count, int kind, float most, float slope,
                      float threshold) {
    int i = get_global_id(0);
    if (i >= count)
        return;
    float value = x[i];
    y[i] = kind == RECTIFIER_ELU  ? (value > 0.0f ? value : slope * elu_one(value))
         : value <= threshold ? slope * (value - threshold) : at_most_one(value, most);
}

// dx [count] from x and dy [count]. Global: count rounded up.
kernel void rectifier_backward(global const float *x, global const float *dy, global float *dx, int count, int kind,
                               float most, float slope, float threshold) {
    int i = get_global_id(0);
    if (i >= count)
        return;
    float value = x[i];
    float derivative = kind == RECTIFIER_ELU ? (value > 0.0f ? 1.0f : slope * (elu_one(value) + 1.0f))
                     : value <= threshold    ? slope : value < most ? 1.0f : 0.0f;
    dx[i] = dy[i] * derivative;
}

// PReLU: x if x > 0, else alpha * x. alpha [alpha_T,alpha_D]; alpha_T is T or 1 (shared), alpha_D is D or 1 (shared).

static inline int alpha_at(global const int *at, int T, int row, int d, int alpha_T, int alpha_D) {
    return (alpha_T > 1 ? step_at(at, T, row) : 0) * alpha_D + (alpha_D > 1 ? d : 0);
}

// y [rows,D] from x [rows,D]. at [T+1]: the steps of a packed sequence (steps.cl); null: rows are vectors. Global:
// rows*D rounded up.
kernel void prelu(global const float *x, global const float *alpha, global float *y, global const int *at, int rows,
                  int T, int D, int alpha_T, int alpha_D) {
    int i = get_global_id(0), row = i / D;
    if (row >= rows)
        return;
    float value = x[i];
    y[i] = value > 0.0f ? value : alpha[alpha_at(at, T, row, i % D, alpha_T, alpha_D)] * value;
}

// dx [rows,D] from x and dy [rows,D]. Global: rows*D rounded up.
kernel void prelu_backward(global const float *x, global const float *alpha, global const float *dy, global float *dx,
                           global const int *at, int rows, int T, int D, int alpha_T, int alpha_D) {
    int i = get_global_id(0), row = i / D;
    if (row >= rows)
        return;
    float slope = x[i] > 0.0f ? 1.0f : x[i] < 0.0f ? alpha[alpha_at(at, T, row, i % D, alpha_T, alpha_D)] : 0.0f;
    dx[i] = dy[i] * slope;
}

// partials [T,D]: for each step, the sum of dy * x over the rows with x < 0. Global: T*D rounded up.
kernel void prelu_partials(global const float *x, global const float *dy, global float *partials, global const int *at,
                           int rows, int T, int D) {
    int i = get_global_id(0), t = i / D, d = i % D;
    if (t >= T)
        return;
    int first = at ? at[t] : 0, end = at ? at[t + 1] : rows;
    float sum = 0.0f;
    for (int row = first; row < end; row++) {
        size_t place = (size_t)row * D + d;
        sum += x[place] < 0.0f ? dy[place] * x[place] : 0.0f;
    }
    partials[i] = sum;
}

// d_alpha [alpha_T,alpha_D] += the sums of partials over the elements that share an alpha. Global: alpha_T*alpha_D
// rounded up.
kernel void prelu_alpha(global const float *partials, global float *d_alpha, int T, int D, int alpha_T, int alpha_D) {
    int i = get_global_id(0), first_t = i / alpha_D, first_d = i % alpha_D;
    if (first_t >= min(alpha_T, T))
        return;
    float sum = 0.0f;
    for (int t = first_t; t < (alpha_T > 1 ? first_t + 1 : T); t++)
        for (int d = first_d; d < (alpha_D > 1 ? first_d + 1 : D); d++)
            sum += partials[t * D + d];
    d_alpha[i] += sum;
}
