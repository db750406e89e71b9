// Bags of words: rows of x [n,V], of which only the words that occur are stored. Row b has the words ids[starts[b]] …
// ids[starts[b+1]-1], in ascending order, and values are their numbers; entry p belongs to row owners[p].
//
// Dense on bags: y = activation(x·K + b), K [V,N]. Words that do not occur add nothing, so these are the sums of
// dense_forward in the same order, and not fused for the same reason. A work-item computes W outputs of a row.
// Global: n*blocks rounded up, blocks = N/W rounded up.
kernel void bag_dense_forward(global const int *ids, global const float *values, global const int *starts,
                              global const float *weight, global const float *bias, global float *logits,
                              global float *y, int activation, int n, int N, int blocks) {
#pragma OPENCL FP_CONTRACT OFF
    int i = get_global_id(0), row = i / blocks, column = i % blocks * W, width = N - column;
    if (row >= n)
        return;
    vec z = bias ? load_some(bias + column, width) : (vec)(0.0f);
    for (int p = starts[row]; p < starts[row + 1]; p++)
        z = values[p] * load_some(weight + (size_t)ids[p] * N + column, width) + z;
    size_t at = (size_t)row * N + column;
    store_some(z, logits + at, width);
    store_some(activate_vec(z, activation), y + at, width);
}

// d_weight [V,N] += x'·dz [n,N]. The host has sorted the entries by word: segment s, all of the word words[s], covers
// order[bounds[s]] … order[bounds[s+1]-1], rows in ascending order. A work-item computes W columns of a word.
// Global: segments*blocks rounded up.
kernel void bag_dense_weights(global const float *values, global const int *owners, global const int *order,
                              global const int *bounds, global const int *words, global const float *dz,
                              global float *d_weight, int segments, int N, int blocks) {
    int i = get_global_id(0), s = i / blocks, column = i % blocks * W, width = N - column;
    if (s >= segments)
        return;
    global float *row = d_weight + (size_t)words[s] * N + column;
    vec sum = load_some(row, width);
    for (int k = bounds[s]; k < bounds[s + 1]; k++) {
        int p = order[k];
        sum = values[p] * load_some(dz + (size_t)owners[p] * N + column, width) + sum;
    }
    store_some(sum, row, width);
}

// d_values [places] += dz [n,N]·weight' at the words that occur. Global: places rounded up.
kernel void bag_dense_values(global const int *ids, global const int *owners, global const float *dz,
                             global const float *weight, global float *d_values, int places, int N) {
    int p = get_global_id(0);
    if (p >= places)
        return;
    float sum = 0.0f;
    for (int k = 0; k < N; k++)
        sum += dz[(size_t)owners[p] * N + k] * weight[(size_t)ids[p] * N + k];
    d_values[p] += sum;
}

// x [n,V], initially zero, for layers that take vectors only. Global: places (the number of entries) rounded up.
kernel void bag_expand(global const int *ids, global const float *values, global const int *owners, global float *x,
                       int places, int V) {
    int p = get_global_id(0);
    if (p < places)
        x[(size_t)owners[p] * V + ids[p]] = values[p];
}
