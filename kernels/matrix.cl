// Operations on matrices besides products.
//

// out[offset + n] += sum over m of A[m,n], m in order. A [M,N]. Global: N rounded up.
kernel void column_sums(global const float *A, global float *out, int offset, int M, int N) {
    out += offset;
    int n = get_global_id(0);
    if (n >= N)
        return;
    float sum = out[n];
    for (int m = 0; m < M; m++)
        sum += A[(size_t)m * N + n];
    out[n] = sum;
}

// out [N,M] = A [M,N] transposed. Global: M rounded up x N.
kernel void transpose(global const float *A, int a_offset, int a_row, global float *out, int M, int N) {
    int m = get_global_id(0), n = get_global_id(1);
    if (m < M)
        out[(size_t)n * M + m] = A[a_offset + (size_t)m * a_row + n];
}

// out [n] += x [n]. Global: n rounded up.
kernel void add_to(global const float *x, global float *out, int n) {
    int i = get_global_id(0);
    if (i < n)
        out[i] += x[i];
}
