// LSTM, tile class: the weights in the order in which recurrent_tile_forward.cl and lstm_tile_backward.cl read them.
//
// packed [blocks][E+H][4][W] from W [E,4H] and U [H,4H], zero after H; and bias [blocks][4][W]; scaled for the cell
// (lstm_cell.cl).
// Global: blocks*(E+H+1) rounded up.
kernel void lstm_tile_pack(global const float *weight, global const float *recurrent, global const float *bias,
                           global float *packed, global float *packed_bias, int E, int H) {
    int K = E + H, k = get_global_id(0) % (K + 1), block = get_global_id(0) / (K + 1), unit = block * W;
    if (unit >= H)
        return;
    global const float *from = k < E ? weight + (size_t)k * 4 * H : k < K ? recurrent + (size_t)(k - E) * 4 * H : bias;
    global float *to = k < K ? packed + ((size_t)block * K + k) * 4 * W : packed_bias + block * 4 * W;
    for (int gate = 0; gate < 4; gate++) {
        vec weights = from ? load_some(from + gate * H + unit, H - unit) : (vec)(0.0f);
        store_vec(weights * (gate == 2 ? TANH_SCALE : SIGMOID_SCALE), to + gate * W);
    }
}

// packed [blocks][gates][COLUMNS*W]: first the blocks of U [H,4H] transposed, for the gradient of h, then those of W
// [E,4H], for the gradient of x; gates in the order in which forward stores them, [ceil(H/W)][4][W], zero after H.
// Global: (ceil(H/(COLUMNS*W)) + ceil(E/(COLUMNS*W)))*COLUMNS*W, rounded up.
kernel void lstm_tile_pack_transposed(global const float *weight, global const float *recurrent, global float *packed,
                                      int E, int H) {
    int blocks_h = (H + COLUMNS * W - 1) / (COLUMNS * W), blocks_x = (E + COLUMNS * W - 1) / (COLUMNS * W);
    int lane = get_global_id(0) % (COLUMNS * W), block = get_global_id(0) / (COLUMNS * W);
    if (block >= blocks_h + blocks_x)
        return;
    bool of_x = block >= blocks_h;
    int row = (of_x ? block - blocks_h : block) * COLUMNS * W + lane;
    global const float *from = (of_x ? weight : recurrent) + (size_t)row * 4 * H;
    int gates = (H + W - 1) / W * 4 * W;
    global float *to = packed + (size_t)block * gates * COLUMNS * W + lane;
    for (int k = 0; k < gates; k++) {
        int gate = k / W % 4, unit = k / (4 * W) * W + k % W;
        to[k * COLUMNS * W] = row < (of_x ? E : H) && unit < H ? from[gate * H + unit] : 0.0f;
    }
}
