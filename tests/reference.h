/* The layers in plain C and double precision, for tests: slow but simple. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include <stddef.h>

/* Inputs are filled by the test, results by the functions; all arrays are row-major. */
struct reference_lstm {
    size_t B, T, E, H;
    const float *x;                          /* [T,B,E] */
    const float *kernel, *recurrent, *bias;  /* [E,4H], [H,4H], [4H] or NULL */
    const float *h0, *c0;                    /* [B,H] */
    const int *start;                        /* [B] or NULL */
    double *h, *c;                           /* [T,B,H]; zero before a row's start */
    double *gates;                           /* [T,B,4H] activated */
    const float *d_h;                        /* [T,B,H]: the loss's gradient of h */
    double *dz;                              /* [T,B,4H]: before activation */
    double *d_x;                             /* [T,B,E] */
    double *d_kernel, *d_recurrent, *d_bias; /* as the weights */
    double *d_h0, *d_c0;                     /* [B,H] */
};

void reference_lstm_create(struct reference_lstm *lstm); /* allocates results for B, T, E, H */
void reference_lstm_destroy(struct reference_lstm *lstm);
void reference_lstm_forward(struct reference_lstm *lstm);
void reference_lstm_backward(struct reference_lstm *lstm);

/* C [M,N] = op(A)·B + beta·C. */
void reference_gemm(int transpose_a, size_t M, size_t N, size_t K, const float *A, size_t lda, const float *B,
                    size_t ldb, double beta, double *C, size_t ldc);

/* Numbers in -scale … scale, the same in every run. */
float *random_floats(unsigned seed, size_t count, double scale);

/* The largest difference, relative to 1 + |expected|; infinite if one is NaN. */
double largest_difference(const float *actual, const double *expected, size_t count);

#endif
