// Bidirectional: the outputs of two layers become one. Source: keras/src/layers/rnn/bidirectional.py

#define CONCAT 0
#define SUM 1
#define AVE 2
#define MUL 3

// Where step t of row b of the layer that runs backwards is: its steps are in reverse order. T is 1 for vectors.
static inline size_t flipped(int i, int T, int B) {
    return (size_t)(T - 1 - i / B) * B + i % B;
}

// y [T*B,2*H] (CONCAT) or [T*B,H] from forward and backward [T*B,H]. Global: T*B*H rounded up.
kernel void bidirectional_merge(global const float *forward, global const float *backward, global float *y, int T, int B,
                                int H, int mode) {
    int item = get_global_id(0), i = item / H, j = item % H;
    if (i >= T * B)
        return;
    float f = forward[(size_t)i * H + j], b = backward[flipped(i, T, B) * H + j];
    if (mode == CONCAT) {
        y[(size_t)i * 2 * H + j] = f;
        y[(size_t)i * 2 * H + H + j] = b;
    } else {
        y[(size_t)i * H + j] = mode == SUM ? f + b : mode == AVE ? (f + b) * 0.5f : f * b;
    }
}

// The gradients of forward and backward from that of y. Global: T*B*H rounded up.
kernel void bidirectional_split(global const float *dy, global const float *forward, global const float *backward,
                                global float *d_forward, global float *d_backward, int T, int B, int H, int mode) {
    int item = get_global_id(0), i = item / H, j = item % H;
    if (i >= T * B)
        return;
    size_t f = (size_t)i * H + j, b = flipped(i, T, B) * H + j;
    if (mode == CONCAT) {
        d_forward[f] = dy[(size_t)i * 2 * H + j];
        d_backward[b] = dy[(size_t)i * 2 * H + H + j];
    } else {
        float d = mode == AVE ? dy[f] * 0.5f : dy[f];
        d_forward[f] = mode == MUL ? d * backward[b] : d;
        d_backward[b] = mode == MUL ? d * forward[f] : d;
    }
}
