// All layers for a batch in one launch, at inference, on devices that share the host's memory, so that a list with
// pointers can describe the layers. Tiles: recurrent_tile.cl.
//
// A work-item computes a time step of all layers for a group of tiles before the next time step, so only one time step
// of each layer's output is stored.

#ifdef SHARED_MEMORY

// y = activation(x·K + b) for several rows. Sums are in dense_forward's order and are not fused (see dense_sum).
static inline void TILED(dense_step)(const struct stage *s, const struct rows *rows, global const float *x, int by, int t,
                                     int count) {
#pragma OPENCL FP_CONTRACT OFF
    int K = s->K, N = s->N;
    count = min(count, rows->end);
    for (int first = rows->first; first < count; first += rows->step) {
        int there = min(R, count - first);
        global const float *input[R];
        UNROLL for (int r = 0; r < R; r++) input[r] = x + row_of(rows, by, t, first + min(r, there - 1)) * K;
        for (int j = 0; j + W <= N; j += W) {
            vec z[R], sums[R];
            UNROLL for (int r = 0; r < R; r++) z[r] = s->bias ? load_vec(s->bias + j) : (vec)(0.0f);
            for (int k = 0; k < K; k++) {
                vec w = load_vec(s->weight + (size_t)k * N + j);
                UNROLL for (int r = 0; r < R; r++) z[r] = (vec)(input[r][k]) * w + z[r];
            }
            UNROLL for (int r = 0; r < R; r++) sums[r] = z[r];
            for (int r = 0; r < there; r++) {
                size_t at = (size_t)(first + r) * N + j;
                store_vec(sums[r], s->kept + at);
                store_vec(activate_vec(sums[r], s->activation), s->out + at);
            }
        }
        for (int r = 0; r < there; r++) {
            global float *y = s->out + (size_t)(first + r) * N;
            for (int j = N / W * W; j < N; j++) {
                float z = dense_sum(input[r], s->weight, s->bias, K, N, j);
                s->kept[(size_t)(first + r) * N + j] = z;
                y[j] = activate_one(z, s->activation);
            }
            if (s->activation == ACTIVATION_SOFTMAX)
                softmax(y, N);
        }
    }
}

// A group of tiles, from its longest row's first time step on.
static inline void TILED(predict_group)(global const struct stage *stages, int stepwise, int count,
                                        const struct rows *rows) {
    int T = rows->T;
    for (int t = rows->start[rows->first]; t < T; t++) {
        global const float *x = stages->words;
        int by = BY_ID;
        for (int i = 0; i < stepwise; i++) {
            struct stage s = stages[i];
            if (s.type != STAGE_DENSE) {
                s.before = s.gates = s.last = 0; // constants for the compiler
                s.reversed = 0;
                TILED(recurrent_step)(&s, rows, x, by, t);
                x = s.out + (s.keep_h ? 0 : ((T - 1 - t) & 1) * (size_t)rows->B * s.N);
                by = s.keep_h ? BY_STEP : BY_ROW;
            } else {
                TILED(dense_step)(&s, rows, x, by, t, rows->at[t + 1] - rows->at[t]);
                x = s.out;
                by = BY_ROW;
            }
        }
    }
    for (int i = stepwise; i < count; i++) {
        struct stage s = stages[i];
        TILED(dense_step)(&s, rows, stages[i - 1].out, BY_ROW, T - 1, rows->B);
    }
}

// Stages 0 … stepwise-1 have sequences as outputs, except the last of them, whose output is its last time step; later
// stages have vectors. Stage 0 takes ids. The tiles are divided into groups, and each work-item takes the next group,
// *taken, until none is left. Groups of adjacent tiles start with the longest rows, so that all units finish at about
// the same time, whatever their speed. If there are no more groups than work-items, the tiles are distributed in turn
// instead, so that no work-item gets all the long ones.
//
// Global: the number of the device's units, or of groups if that is smaller; local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(predict_tile)(global const struct stage *stages, int stepwise, int count, global const int *ids,
                    global const int *at, global const int *start, int B, int T, int groups, global int *taken) {
    long tiles = (B + R - 1) / R;
    for (int group; (group = atomic_inc(taken)) < groups;) {
        int first = tiles * group / groups * R, end = tiles * (group + 1) / groups * R;
        struct rows rows = {ids, at, start, B, T, first, R, min(end, B)};
        if (groups <= get_global_size(0)) {
            rows.first = group * R;
            rows.step = groups * R;
            rows.end = B;
        }
        TILED(predict_group)(stages, stepwise, count, &rows);
    }
}

#endif
