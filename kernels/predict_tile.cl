// A batch's way through all layers in one launch, at inference; where the device reads the host's memory, so that the
// layers can be told by a list with pointers. What a tile is: lstm_tile.cl.
//
// A work-item takes its tiles through a step of all layers before the next step, so that of what one layer hands to the
// next there is never more than a step.

#ifdef SHARED_MEMORY

// y = activation(x·K + b) of so many rows. Sums run in dense_forward's order.
static inline void TILED(dense_step)(const struct stage *s, const struct rows *rows, global const float *x, int by, int t,
                                     int count) {
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
            if (s->activation == SOFTMAX)
                softmax(y, N);
        }
    }
}

// Which rows a work-item has. With one for a unit of the device at most, every so many-th tile. With more, neighbouring
// tiles, which begin at about the same step; and as a runtime may give a unit neighbouring work-items, groups of tiles are
// dealt out to the units in turn, so that each has as many of the long ones. items is a multiple of units then.
static inline struct rows TILED(rows_of)(int item, int items, int units, int B) {
    if (items <= units)
        return (struct rows){.first = item * R, .step = items * R, .end = B};
    int tiles = ((B + R - 1) / R + items - 1) / items, each = items / units;
    int first = (item % each * units + item / each) * tiles * R;
    return (struct rows){.first = first, .step = R, .end = min(first + tiles * R, B)};
}

// The stages 0 … stepwise-1 hand on sequences but for the last, which hands on its last step; those behind it vectors.
// Stage 0 takes ids. Global: see rows_of, local 1.
kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
TILED(predict_tile)(global const struct stage *stages, int stepwise, int count, global const int *ids,
                    global const int *at, global const int *start, int B, int T, int units) {
    struct rows rows = TILED(rows_of)(get_global_id(0), get_global_size(0), units, B);
    if (rows.first >= B)
        return;
    rows.ids = ids;
    rows.at = at;
    rows.start = start;
    rows.B = B;
    rows.T = T;
    for (int t = start[rows.first]; t < T; t++) {
        global const float *x = stages->words;
        int by = BY_ID;
        for (int i = 0; i < stepwise; i++) {
            struct stage s = stages[i];
            if (s.type == LSTM_STAGE) {
                s.before = s.gates = s.last = 0; // known to the compiler
                TILED(lstm_step)(&s, &rows, x, by, t);
                x = s.out + (s.keep_h ? 0 : ((T - 1 - t) & 1) * (size_t)B * s.N);
                by = s.keep_h ? BY_STEP : BY_ROW;
            } else {
                TILED(dense_step)(&s, &rows, x, by, t, at[t + 1] - at[t]);
                x = s.out;
                by = BY_ROW;
            }
        }
    }
    for (int i = stepwise; i < count; i++) {
        struct stage s = stages[i];
        TILED(dense_step)(&s, &rows, stages[i - 1].out, BY_ROW, T - 1, B);
    }
}

#endif
