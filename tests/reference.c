/* The layers in plain C and double precision. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

static double *zeros(size_t count) {
    double *values = calloc(count ? count : 1, sizeof *values);
    if (!values)
        abort();
    return values;
}

void reference_lstm_create(struct reference_lstm *l) {
    size_t state = l->B * l->H;
    l->h = zeros(l->T * state);
    l->c = zeros(l->T * state);
    l->gates = zeros(4 * l->T * state);
    l->dz = zeros(4 * l->T * state);
    l->d_x = zeros(l->T * l->B * l->E);
    l->d_kernel = zeros(l->E * 4 * l->H);
    l->d_recurrent = zeros(l->H * 4 * l->H);
    l->d_bias = zeros(4 * l->H);
    l->d_h0 = zeros(state);
    l->d_c0 = zeros(state);
}

void reference_lstm_destroy(struct reference_lstm *l) {
    free(l->h);
    free(l->c);
    free(l->gates);
    free(l->dz);
    free(l->d_x);
    free(l->d_kernel);
    free(l->d_recurrent);
    free(l->d_bias);
    free(l->d_h0);
    free(l->d_c0);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static int start_of(const struct reference_lstm *l, size_t b) {
    return l->start ? l->start[b] : 0;
}

/* h (which 0) or c (1) of unit j before step t. */
static double before(const struct reference_lstm *l, int which, size_t t, size_t b, size_t j) {
    if ((int)t == start_of(l, b))
        return (which ? l->c0 : l->h0)[b * l->H + j];
    return (which ? l->c : l->h)[((t - 1) * l->B + b) * l->H + j];
}

static void step_forward(struct reference_lstm *l, size_t t, size_t b) {
    size_t H = l->H, at = t * l->B + b;
    for (size_t k = 0; k < 4 * H; k++) {
        double z = l->bias ? l->bias[k] : 0;
        for (size_t e = 0; e < l->E; e++)
            z += (double)l->x[at * l->E + e] * l->kernel[e * 4 * H + k];
        for (size_t j = 0; j < H; j++)
            z += before(l, 0, t, b, j) * l->recurrent[j * 4 * H + k];
        l->gates[at * 4 * H + k] = k / H == 2 ? tanh(z) : sigmoid(z);
    }
    for (size_t j = 0; j < H; j++) {
        const double *g = l->gates + at * 4 * H + j;
        l->c[at * H + j] = g[H] * before(l, 1, t, b, j) + g[0] * g[2 * H];
        l->h[at * H + j] = g[3 * H] * tanh(l->c[at * H + j]);
    }
}

void reference_lstm_forward(struct reference_lstm *l) {
    for (size_t t = 0; t < l->T; t++)
        for (size_t b = 0; b < l->B; b++)
            if ((int)t >= start_of(l, b))
                step_forward(l, t, b);
}

/* d_h0, d_c0 carry the gradient of the state to the previous time step; finally they are that of the initial state. */
static void step_backward(struct reference_lstm *l, size_t t, size_t b) {
    size_t H = l->H, at = t * l->B + b;
    double *dz = l->dz + at * 4 * H, *dh = l->d_h0 + b * H, *dc = l->d_c0 + b * H;
    for (size_t j = 0; j < H; j++) {
        const double *g = l->gates + at * 4 * H + j;
        double tanh_c = tanh(l->c[at * H + j]), d_h = dh[j] + l->d_h[at * H + j];
        double d_c = dc[j] + d_h * g[3 * H] * (1 - tanh_c * tanh_c);
        dz[j] = d_c * g[2 * H] * g[0] * (1 - g[0]);
        dz[H + j] = d_c * before(l, 1, t, b, j) * g[H] * (1 - g[H]);
        dz[2 * H + j] = d_c * g[0] * (1 - g[2 * H] * g[2 * H]);
        dz[3 * H + j] = d_h * tanh_c * g[3 * H] * (1 - g[3 * H]);
        dc[j] = d_c * g[H];
    }
    for (size_t j = 0; j < H; j++) {
        dh[j] = 0;
        for (size_t k = 0; k < 4 * H; k++) {
            dh[j] += dz[k] * l->recurrent[j * 4 * H + k];
            l->d_recurrent[j * 4 * H + k] += before(l, 0, t, b, j) * dz[k];
        }
    }
    for (size_t k = 0; k < 4 * H; k++) {
        l->d_bias[k] += dz[k];
        for (size_t e = 0; e < l->E; e++) {
            l->d_kernel[e * 4 * H + k] += l->x[at * l->E + e] * dz[k];
            l->d_x[at * l->E + e] += dz[k] * l->kernel[e * 4 * H + k];
        }
    }
}

void reference_lstm_backward(struct reference_lstm *l) {
    for (size_t t = l->T; t-- > 0;)
        for (size_t b = 0; b < l->B; b++)
            if ((int)t >= start_of(l, b))
                step_backward(l, t, b);
}

void reference_gemm(int transpose_a, size_t M, size_t N, size_t K, const float *A, size_t lda, const float *B,
                    size_t ldb, double beta, double *C, size_t ldc) {
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            double sum = beta * C[m * ldc + n];
            for (size_t k = 0; k < K; k++)
                sum += (double)A[transpose_a ? k * lda + m : m * lda + k] * B[k * ldb + n];
            C[m * ldc + n] = sum;
        }
}

float *random_floats(unsigned seed, size_t count, double scale) {
    float *values = malloc((count ? count : 1) * sizeof *values);
    uint32_t state = seed * 2654435761u + 1;
    if (!values)
        abort();
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(((state >> 8) / 8388608.0 - 1) * scale);
    }
    return values;
}

double largest_difference(const float *actual, const double *expected, size_t count) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(actual[i] - expected[i]) / (1 + fabs(expected[i]));
        if (!(difference <= largest))
            largest = isnan(difference) ? INFINITY : difference;
    }
    return largest;
}
