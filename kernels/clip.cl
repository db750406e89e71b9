// Clipping of gradients, to a norm or to a value. Source: keras/src/optimizers/base_optimizer.py

// g [count]; an item takes `chunk` floats and writes the sum of their squares to partial[item].
// Global: ceil(count/chunk) rounded up.
kernel void clip_squares(global const float *g, int count, int chunk, global float *partial) {
    int item = get_global_id(0), from = item * chunk;
    float sum = 0.0f;
    if (from >= count)
        return;
    for (int i = from; i < min(from + chunk, count); i++)
        sum += g[i] * g[i];
    partial[item] = sum;
}

// factor: reduces the norm, the square root of the sum of partial [n], to `most`; 1 if the norm is not larger. If the
// norm is not finite, the factor is NaN. Global: 1.
kernel void clip_factor(global const float *partial, int n, float most, global float *factor) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += partial[i];
    float norm = sqrt(sum);
    *factor = (norm <= most ? 1.0f : most / norm) + (norm - norm);
}

// g [count] *= factor. Global: count rounded up.
kernel void clip_scale(global float *g, int count, global const float *factor) {
    int i = get_global_id(0);
    if (i < count)
        g[i] *= *factor;
}

// g [count] is clipped to -most … most. Global: count rounded up.
kernel void clip_value(global float *g, int count, float most) {
    int i = get_global_id(0);
    if (i < count)
        g[i] = g[i] > most ? most : g[i] < -most ? -most : g[i];
}
