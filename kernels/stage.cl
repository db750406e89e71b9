// A layer as the tile class's forward kernels take it. The host's lib/layers/stage.h says the same.

#define LSTM_STAGE 0
#define DENSE_STAGE 1

struct stage {
    global const float *weight;         // LSTM: packed weights (lstm_pack.cl); Dense: kernel [K,N]
    global const float *bias;           // LSTM: packed; Dense: [N] or null
    global const float *words;          // of the first: embeddings [V,K], or the folded table; null: it takes rows
    global const float *zeros;          // LSTM: [N]
    global const float *lead_h, *lead_c; // LSTM: where rows go on from [T,N]; null: from zero
    global float *out;                  // LSTM: h; Dense: y [B,N]
    global float *kept;                 // LSTM: c; Dense: values before activation [B,N]
    global float *before, *gates, *last; // LSTM in training
    int type, activation;
    int folded;                         // words are the table
    int keep_h, keep_c;                 // LSTM: every step's
    int K, N;                           // widths of input and output
};

// The batch (see lstm_tile.cl), and the rows of it that a work-item has: tiles of them from first, a step apart, before
// end.
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
