// Conv1D after a folded Embedding: y[t,b,f] = activation(bias[f] + sum over k of table[ids[s(t,k),b],k,f]), with the
// products of all words in the table: table[v,k,f] = sum over c of embeddings[v,c] * w[k,c,f]. s(t,k) and the order of
// summation are those of products.cl, so results are bitwise identical.

// ids [T_in,B], table [V,K,F], bias [F] or null, y [T_out,B,F].
// Global: ceil(T_out*B/CONV1D_ROWS) rounded up; a work-item computes CONV1D_ROWS rows.
kernel void conv1d_folded(global const int *ids, global const float *table, global const float *bias, global float *y,
                          int activation, int T_in, int T_out, int B, int F, int K, int stride, int dilation, int left) {
    int first = get_global_id(0) * CONV1D_ROWS, end = min(first + CONV1D_ROWS, T_out * B);
    for (int row = first; row < end; row++) {
        int t = row / B, b = row % B;
        for (int f = 0; f < F; f += CONV1D_COLUMNS * W) {
            vec sum[CONV1D_COLUMNS];
            int whole = f + CONV1D_COLUMNS * W <= F;
            UNROLL for (int i = 0; i < CONV1D_COLUMNS; i++)
                sum[i] = bias && f + i * W < F ? load_some(bias + f + i * W, F - f - i * W) : (vec)(0.0f);
            for (int k = 0; k < K; k++) {
                int s = input_step(t, k, stride, dilation, left, T_in, 0);
                if (s < 0)
                    continue;
                global const float *word = table + ((size_t)ids[s * B + b] * K + k) * F + f;
                UNROLL for (int i = 0; i < CONV1D_COLUMNS; i++)
                    sum[i] += whole ? load_vec(word + i * W)
                                    : f + i * W < F ? load_some(word + i * W, F - f - i * W) : (vec)(0.0f);
            }
            for (int i = 0; i < CONV1D_COLUMNS && f + i * W < F; i++)
                store_some(activate_vec(sum[i], activation), y + (size_t)row * F + f + i * W, F - f - i * W);
        }
    }
}
