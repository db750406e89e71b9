// Embedding: out[i] = table[ids[i]].
// Source: keras/src/layers/core/embedding.py

// Global: n rounded up. ids [n], table [V,E], out [n,E].
kernel void embedding_forward(global const int *ids, global const float *table, global float *out, int n, int E) {
    int i = get_global_id(0);
    if (i >= n)
        return;
    global const float *row = table + (size_t)ids[i] * E;
    for (int e = 0; e < E; e += W)
        store_some(load_some(row + e, E - e), out + (size_t)i * E + e, E - e);
}

// gradient[id] += sum of the rows of d_out with that id. The host has sorted them: segment s covers order[bounds[s]] …
// order[bounds[s + 1] - 1], rows of d_out [n,E], all of one id. One work-item adds the rows of a segment in that order,
// so results are bitwise reproducible.
// Global: segments rounded up. gradient [V,E].
kernel void embedding_backward(global const float *d_out, global const int *order, global const int *bounds,
                               global const int *ids, global float *gradient, int segments, int E) {
    int s = get_global_id(0);
    if (s >= segments)
        return;
    global float *row = gradient + (size_t)ids[s] * E;
    for (int e = 0; e < E; e += W) {
        vec sum = load_some(row + e, E - e);
        for (int i = bounds[s]; i < bounds[s + 1]; i++)
            sum += load_some(d_out + (size_t)order[i] * E + e, E - e);
        store_some(sum, row + e, E - e);
    }
}
