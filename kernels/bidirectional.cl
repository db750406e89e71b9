// Bidirectional: the outputs of two layers become one. Source: keras/src/layers/rnn/bidirectional.py


// Where step t of row b of the layer that runs backwards is: its steps are in reverse order. at null: vectors.
static inline size_t flipped(global const int *at, global const int *start, int T, int place) {
    return at ? reversed_place(at, start, T, place) : place;
}

// y [n,2*H] (MODE_CONCAT) or [n,H] from forward and backward [n,H]; at, start: of their steps, null of vectors.
// Global: n*step_blocks(H) rounded up.
kernel void bidirectional_merge(global const float *forward, global const float *backward, global float *y,
                                global const int *at, global const int *start, int n, int T, int H, int mode) {
    int blocks = step_blocks(H), i = get_global_id(0) / blocks, j = get_global_id(0) % blocks * STEP_COLUMNS * W;
    if (i >= n)
        return;
    global float *to = y + (size_t)i * (mode == MODE_CONCAT ? 2 * H : H);
    backward += flipped(at, start, T, i) * H;
    for (int end = min(j + STEP_COLUMNS * W, H); j < end; j += W) {
        vec f = load_some(forward + (size_t)i * H + j, H - j), b = load_some(backward + j, H - j);
        if (mode == MODE_CONCAT) {
            store_some(f, to + j, H - j);
            store_some(b, to + H + j, H - j);
        } else {
            store_some(mode == MODE_SUM ? f + b : mode == MODE_AVE ? (f + b) * 0.5f : f * b, to + j, H - j);
        }
    }
}

// The gradients of forward and backward from that of y. Global: n*step_blocks(H) rounded up.
kernel void bidirectional_split(global const float *dy, global const float *forward, global const float *backward,
                                global float *d_forward, global float *d_backward, global const int *at,
                                global const int *start, int n, int T, int H, int mode) {
    int blocks = step_blocks(H), i = get_global_id(0) / blocks, j = get_global_id(0) % blocks * STEP_COLUMNS * W;
    if (i >= n)
        return;
    size_t f = (size_t)i * H, b = flipped(at, start, T, i) * H;
    dy += (size_t)i * (mode == MODE_CONCAT ? 2 * H : H);
    for (int end = min(j + STEP_COLUMNS * W, H); j < end; j += W) {
        vec d = load_some(dy + j, H - j), df = d, db = d;
        if (mode == MODE_CONCAT) {
            db = load_some(dy + H + j, H - j);
        } else if (mode == MODE_AVE) {
            df = db = d * 0.5f;
        } else if (mode == MODE_MUL) {
            df = d * load_some(backward + b + j, H - j);
            db = d * load_some(forward + f + j, H - j);
        }
        store_some(df, d_forward + f + j, H - j);
        store_some(db, d_backward + b + j, H - j);
    }
}
