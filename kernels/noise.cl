// Layers that are random in training.
// Source: keras/src/layers/regularization/dropout.py, spatial_dropout.py, gaussian_noise.py, gaussian_dropout.py


static inline float noisy(float x, float uniform, float normal, int kind, float amount) {
    return kind == NOISE_DROPOUT ? (uniform >= amount ? x / (1.0f - amount) : 0.0f)
         : kind == NOISE_GAUSSIAN_DROPOUT ? x * (1.0f + amount * normal)
                                    : x + amount * normal;
}

// y = noisy x, both [count,D]. The backward pass applies the same to gradients, except for NOISE_GAUSSIAN. Row b's
// random numbers depend on the seed, the training step, the layer, and places[b]. shared_by_steps: all time steps of a
// row use the same numbers. at [T+1]: of a packed sequence (steps.cl); null: x has vectors. An item computes four
// adjacent values.
// Global: count*ceil(D/4) rounded up.
kernel void noise(global const float *x, global float *y, global const int *places, global const int *at, int count, int T,
                  int D, int kind, int shared_by_steps, float amount, int seed_low, int seed_high, int step, int layer) {
    int groups = (D + 3) / 4, item = get_global_id(0), row = item / groups, group = item % groups;
    if (row >= count)
        return;
    int t = at ? step_at(at, T, row) : 0, b = at ? row - at[t] : row;
    uint4 counter = (uint4)((shared_by_steps ? 0 : t) * groups + group, places[b], step, layer);
    uint4 bits = philox(counter, (uint2)(seed_low, seed_high));
    float4 uniform = random_uniform(bits), normal = kind == NOISE_DROPOUT ? (float4)(0.0f) : random_normal(bits);
    float u[4] = {uniform.x, uniform.y, uniform.z, uniform.w}, n[4] = {normal.x, normal.y, normal.z, normal.w};
    for (int i = 0; i < min(4, D - 4 * group); i++) {
        size_t at = (size_t)row * D + 4 * group + i;
        y[at] = noisy(x[at], u[i], n[i], kind, amount);
    }
}
