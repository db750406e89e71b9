// Bidirectional: the outputs of two layers become one. Source: keras/src/layers/rnn/bidirectional.py


// Where step t of row b of the layer that runs backwards is: its steps are in reverse order. at null: vectors.
static inline size_t flipped(global const int *at, global const int *start, int T, int place) {
    return at ? reversed_place(at, start, T, place) : place;
}

// y [n,2*H] (MODE_CONCAT) or [n,H] from forward and backward [n,H]; at, start: of their steps, null of vectors.
// Global: n*H rounded up.
kernel void bidirectional_merge(global const float *forward, global const float *backward, global float *y,
                                global const int *at, global const int *start, int n, int T, int H, int mode) {
    int item = get_global_id(0), i = item / H, j = item % H;
    if (i >= n)
        return;
    float f = forward[(size_t)i * H + j], b = backward[flipped(at, start, T, i) * H + j];
    if (mode == MODE_CONCAT) {
        y[(size_t)i * 2 * H + j] = f;
        y[(size_t)i * 2 * H + H + j] = b;
    } else {
        y[(size_t)i * H + j] = mode == MODE_SUM ? f + b : mode == MODE_AVE ? (f + b) * 0.5f : f * b;
    }
}

// The gradients of forward and backward from that of y. Global: n*H rounded up.
kernel void bidirectional_split(global const float *dy, global const float *forward, global const float *backward,
                                global float *d_forward, global float *d_backward, global const int *at,
                                global const int *start, int n, int T, int H, int mode) {
    int item = get_global_id(0), i = item / H, j = item % H;
    if (i >= n)
        return;
    size_t f = (size_t)i * H + j, b = flipped(at, start, T, i) * H + j;
    if (mode == MODE_CONCAT) {
        d_forward[f] = dy[(size_t)i * 2 * H + j];
        d_backward[b] = dy[(size_t)i * 2 * H + H + j];
    } else {
        float d = mode == MODE_AVE ? dy[f] * 0.5f : dy[f];
        d_forward[f] = mode == MODE_MUL ? d * backward[b] : d;
        d_backward[b] = mode == MODE_MUL ? d * forward[f] : d;
    }
}
