// The rows of a batch, as the tile class's forward kernels take them. struct stage is in lib/layers/kernel_types.h.

// The batch (see recurrent_tile.cl), and the rows of a work-item: tiles of R rows that begin at first, first + step …
// and lie before end.
struct rows {
    global const int *ids; // [at[T]], or null
    global const int *at, *start;
    int B, T;
    int first, step, end;
};

// Where a stage's input stands: x, at step t of row b, is row ids[at[t] + b], at[t] + b, or b of x.
#define BY_ID 0
#define BY_STEP 1
#define BY_ROW 2

static inline size_t row_of(const struct rows *rows, int by, int t, int b) {
    return by == BY_ROW ? b : by == BY_STEP ? rows->at[t] + b : rows->ids[rows->at[t] + b];
}

// The time step of x that row b reads at step t of the recurrence.
static inline int time_step_of(const struct stage *s, const struct rows *rows, int t, int b) {
    return s->reversed ? rows->start[b] + rows->T - 1 - t : t;
}
