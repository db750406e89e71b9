// Packed sequences: row b has the time steps start[b] … T-1, and time step t of it is at index at[t] + b (struct
// packing in lib/layers/layer.h). A sequence with all steps of all rows has start[b] = 0.
//

// The time step of the row at index `place` of a packed sequence.
static inline int step_at(global const int *at, int T, int place) {
    int low = 0, high = T - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (at[middle + 1] > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// The index of a row's time step when its time steps are in reverse order.
static inline int reversed_place(global const int *at, global const int *start, int T, int place) {
    int t = step_at(at, T, place), b = place - at[t];
    return at[start[b] + T - 1 - t] + b;
}

// In most kernels below a work-item computes STEP_COLUMNS*W columns of one time step, because finding the time step
// takes longer than copying a few numbers. Returns the number of such blocks in D columns.
static inline int step_blocks(int D) {
    return (D + STEP_COLUMNS * W - 1) / (STEP_COLUMNS * W);
}

// y [at[T],D] = x [at[T],D] with each row's steps in reverse order. Global: at[T]*step_blocks(D) rounded up.
kernel void reverse_steps(global const float *x, global float *y, global const int *at, global const int *start, int T,
                          int D) {
    int blocks = step_blocks(D), place = get_global_id(0) / blocks, d = get_global_id(0) % blocks * STEP_COLUMNS * W;
    if (place >= at[T])
        return;
    global const float *from = x + (size_t)reversed_place(at, start, T, place) * D;
    for (int end = min(d + STEP_COLUMNS * W, D); d < end; d += W)
        store_some(load_some(from + d, D - d), y + (size_t)place * D + d, D - d);
}

// y [B,D] = the mean of each row's steps of x [at[T],D]; 0 of a row without steps. Global: B*ceil(D/W) rounded
// up.
// Source: keras/src/layers/pooling/global_average_pooling1d.py
kernel void mean_of_steps(global const float *x, global float *y, global const int *at, global const int *start, int B,
                          int T, int D) {
    int blocks = (D + W - 1) / W, b = get_global_id(0) / blocks, d = get_global_id(0) % blocks * W;
    if (b >= B)
        return;
    vec sum = 0.0f;
    for (int t = start[b]; t < T; t++)
        sum += load_some(x + (size_t)(at[t] + b) * D + d, D - d);
    store_some(start[b] < T ? sum / (float)(T - start[b]) : (vec)(0.0f), y + (size_t)b * D + d, D - d);
}

// dx [at[T],D] from dy [B,D] of mean_of_steps. Global: at[T]*step_blocks(D) rounded up.
kernel void mean_of_steps_backward(global const float *dy, global float *dx, global const int *at,
                                   global const int *start, int T, int D) {
    int blocks = step_blocks(D), place = get_global_id(0) / blocks, d = get_global_id(0) % blocks * STEP_COLUMNS * W;
    if (place >= at[T])
        return;
    int b = place - at[step_at(at, T, place)];
    for (int end = min(d + STEP_COLUMNS * W, D); d < end; d += W)
        store_some(load_some(dy + (size_t)b * D + d, D - d) / (float)(T - start[b]), dx + (size_t)place * D + d, D - d);
}

// From packed unmasked steps to all steps. source [T,B]: the index of step t of row b in the packed sequence; for a
// masked step -2 - p, where p is the index of the last unmasked step before it, and -1 if there is none.

// y [T,B,D] = all steps of packed x. A masked step repeats the last unmasked step before it; it is zero if there is
// none, or with `zero`. Global: T*B*step_blocks(D) rounded up.
// Source: keras/src/backend/jax/rnn.py, zero_output_for_mask
kernel void expand_steps(global const float *x, global float *y, global const int *source, int n, int D, int zero) {
    int blocks = step_blocks(D), row = get_global_id(0) / blocks, d = get_global_id(0) % blocks * STEP_COLUMNS * W;
    if (row >= n)
        return;
    int place = source[row];
    if (place < 0)
        place = zero ? -1 : -2 - place;
    for (int end = min(d + STEP_COLUMNS * W, D); d < end; d += W)
        store_some(place >= 0 ? load_some(x + (size_t)place * D + d, D - d) : (vec)(0.0f), y + (size_t)row * D + d, D - d);
}

// dx [at[T],D], packed, from dy [T,B,D]: the sum over the steps that repeat it. Global: T*B*step_blocks(D)
// rounded up.
kernel void expand_steps_backward(global const float *dy, global float *dx, global const int *source, int T, int B, int D,
                                  int zero) {
    int blocks = step_blocks(D), row = get_global_id(0) / blocks, d = get_global_id(0) % blocks * STEP_COLUMNS * W;
    if (row >= T * B)
        return;
    int place = source[row];
    if (place < 0)
        return;
    for (int end = min(d + STEP_COLUMNS * W, D); d < end; d += W) {
        vec sum = load_some(dy + (size_t)row * D + d, D - d);
        for (int next = row + B; !zero && next < T * B && source[next] == -2 - place; next += B)
            sum += load_some(dy + (size_t)next * D + d, D - d);
        store_some(sum, dx + (size_t)place * D + d, D - d);
    }
}
