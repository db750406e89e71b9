// LSTM, all classes: the gradients of the shared padding's states, from the rows that begin after it.
//
// Rows that begin at step s begin with the shared padding's state after step s-1, and are adjacent (at: see
// recurrent_tile.cl):
//   d_h[s-1] += sum of dh[b]   d_c[s-1] += sum of dc[b]   over b = m(s-1) … m(s)-1, m(s) = at[s+1] - at[s]
// in that order. dh, dc [B,H]: the gradients of the rows' initial states. `first`: = instead of +=.
// Global: steps*H rounded up.
kernel void lstm_shared_padding_gradients(global const int *at, global const float *dh, global const float *dc, int first,
                                global float *d_h, global float *d_c, int steps, int H) {
    int i = get_global_id(0);
    if (i >= steps * H)
        return;
    int s = i / H + 1, j = i % H;
    float sum_h = first ? 0.0f : d_h[i], sum_c = first ? 0.0f : d_c[i];
    for (int b = at[s] - at[s - 1]; b < at[s + 1] - at[s]; b++) {
        sum_h += dh[(size_t)b * H + j];
        sum_c += dc[(size_t)b * H + j];
    }
    d_h[i] = sum_h;
    d_c[i] = sum_c;
}
