/* Matrix products by CLBlast, which only this file calls. */
#ifndef DEVICE_GEMM_H
#define DEVICE_GEMM_H

#include "device/queue.h"

/* A matrix in a buffer: row-major, `stride` floats from row to row, beginning at `offset` floats. */
struct matrix {
    const struct buffer *buffer;
    size_t offset, stride;
};

/* For the gemm class only. C [M,N] = op(A)·B + beta·C, op(A) [M,K] being A or its transpose, B [K,N]; beta 0 or 1. An
 * element's sum runs over K in the same order whatever M and N are, so that a row's result does not depend on the
 * others. C may not overlap A or B. */
mood_status gemm(struct queue *queue, bool transpose_a, size_t M, size_t N, size_t K, struct matrix A, struct matrix B,
                 float beta, struct matrix C, mood_error *err);

/* out [N,M] = A [M,N] transposed. */
mood_status gemm_transpose(struct queue *queue, size_t M, size_t N, struct matrix A, const struct buffer *out,
                           mood_error *err);

mood_status gemm_open(mood_device *device, mood_error *err);
void gemm_close(mood_device *device);

#endif
