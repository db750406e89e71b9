/* The other kernels against plain C: matrix products, activations, gradient of the Embedding. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device/gemm.h"
#include "devices.h"
#include "layers/activation.h"
#include "layers/layer.h"
#include "reference.h"

/* Device number i with the gemm class. */
#define GEMM(i) (3 * (i) + 2)

static void gemm_case(struct queue *queue, bool transpose_a, size_t M, size_t N, size_t K, float beta) {
    /* Rows longer than necessary, and an offset into the buffers, as the layers use them. */
    size_t lda = (transpose_a ? M : K) + 3, ldb = N + 1, ldc = N + 2, offset = 5;
    size_t rows_a = transpose_a ? K : M;
    float *a = random_floats(1, offset + rows_a * lda, 1), *b = random_floats(2, offset + K * ldb, 1);
    float *c = random_floats(3, offset + M * ldc, 1);
    double *expected = calloc(offset + M * ldc, sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < offset + M * ldc; i++)
        expected[i] = c[i];
    reference_gemm(transpose_a, M, N, K, a + offset, lda, b + offset, ldb, beta, expected + offset, ldc);
    struct buffer A = upload(queue, a, offset + rows_a * lda), B = upload(queue, b, offset + K * ldb);
    struct buffer C = upload(queue, c, offset + M * ldc);
    ck_ok(gemm(queue, transpose_a, M, N, K, (struct matrix){&A, offset, lda}, (struct matrix){&B, offset, ldb}, beta,
               (struct matrix){&C, offset, ldc}, err));
    float *actual = download(queue, &C, offset + M * ldc);
    /* The gaps between the rows of C must not be written. */
    double difference = largest_difference(actual, expected, offset + M * ldc);
    ck_assert_msg(difference <= 1e-6 + 1e-7 * (double)K, "%zux%zux%zu, transposed %d, beta %g: off by %g", M, N, K,
                  transpose_a, (double)beta, difference);
    buffer_destroy(&A);
    buffer_destroy(&B);
    buffer_destroy(&C);
    free(a);
    free(b);
    free(c);
    free(actual);
    free(expected);
}

START_TEST(matrix_products) {
    static const size_t sizes[][3] = {{1, 1, 1}, {1, 7, 3}, {5, 31, 17}, {6, 32, 64}, {33, 65, 20}, {96, 256, 130}};
    mood_device *device = devices_get(GEMM(_i));
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    for (size_t s = 0; s < (is_simulator(device) ? 3 : sizeof sizes / sizeof *sizes); s++)
        for (int how = 0; how < 4; how++)
            gemm_case(queue, how & 1, sizes[s][0], sizes[s][1], sizes[s][2], how & 2 ? 1.0f : 0.0f);
    queue_destroy(queue);
}
END_TEST

static void compare_rows(struct queue *queue, size_t M, size_t N, size_t K) {
    float *a = random_floats(1, M * K, 1), *b = random_floats(2, K * N, 1), *c = random_floats(3, M * N, 1);
    struct buffer A = upload(queue, a, M * K), B = upload(queue, b, K * N), C = upload(queue, c, M * N);
    ck_ok(gemm(queue, false, M, N, K, (struct matrix){&A, 0, K}, (struct matrix){&B, 0, N}, 0.0f,
               (struct matrix){&C, 0, N}, err));
    float *all = download(queue, &C, M * N);
    static const size_t counts[] = {1, 2, 5, 7, 64, 131};
    for (size_t i = 0; i < sizeof counts / sizeof *counts && counts[i] <= M; i++) {
        ck_ok(gemm(queue, false, counts[i], N, K, (struct matrix){&A, 0, K}, (struct matrix){&B, 0, N}, 0.0f,
                   (struct matrix){&C, 0, N}, err));
        float *some = download(queue, &C, counts[i] * N);
        ck_assert_msg(memcmp(all, some, counts[i] * N * sizeof *all) == 0, "N %zu, K %zu: %zu rows differ", N, K,
                      counts[i]);
        free(some);
    }
    buffer_destroy(&A);
    buffer_destroy(&B);
    buffer_destroy(&C);
    free(a);
    free(b);
    free(c);
    free(all);
}

/* A row of a product is bitwise identical for any number of rows, also with the widths of the article's layers. */
START_TEST(products_do_not_depend_on_rows) {
    mood_device *device = devices_get(GEMM(_i));
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    if (is_simulator(device)) {
        compare_rows(queue, 7, 5, 9);
    } else {
        compare_rows(queue, 300, 40, 70);
        compare_rows(queue, 300, 256, 32);
        compare_rows(queue, 300, 256, 64);
        compare_rows(queue, 300, 128, 64);
        compare_rows(queue, 300, 28, 5);
    }
    queue_destroy(queue);
}
END_TEST

/* Compilers make several versions of a kernel, for vectorized and for single work-items; their results must agree.
 * Tests all small numbers of rows and some large ones, because a driver may compile for each. */
static void dense_rows(struct queue *queue, enum activation activation, size_t N) {
    enum { K = 37 };
    const size_t rows = is_simulator(queue->device) ? 5 : 130;
    float *x = random_floats(1, rows * K, 1), *weight = random_floats(2, K * N, 1), *bias = random_floats(3, N, 1);
    float *all = NULL;
    struct buffer in = upload(queue, x, rows * K), w = upload(queue, weight, K * N), b = upload(queue, bias, N);
    struct buffer logits = upload(queue, x, rows * K), out = upload(queue, x, rows * K);
    for (size_t n = rows; n > 0; n = n > 10 ? n * 2 / 3 : n - 1) {
        struct launch launch;
        ck_ok(launch_begin(queue, "dense_forward", &launch, err));
        launch_buffer(&launch, &in);
        launch_buffer(&launch, &w);
        launch_buffer(&launch, &b);
        launch_buffer(&launch, &logits);
        launch_buffer(&launch, &out);
        launch_int(&launch, activation);
        launch_int(&launch, n);
        launch_int(&launch, K);
        launch_int(&launch, N);
        ck_ok(launch_run(&launch, n * N, 64, err));
        float *some = download(queue, &out, n * N);
        ck_assert_msg(!all || memcmp(all, some, n * N * sizeof *all) == 0, "activation %d, %zu units: %zu rows differ",
                      activation, N, n);
        if (all)
            free(some);
        else
            all = some;
    }
    struct buffer *buffers[] = {&in, &w, &b, &logits, &out};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_destroy(buffers[i]);
    free(x);
    free(weight);
    free(bias);
    free(all);
}

START_TEST(dense_does_not_depend_on_rows) {
    mood_device *device = devices_get(_i);
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    for (enum activation activation = ACTIVATION_LINEAR; activation <= ACTIVATION_TANH; activation++)
        for (size_t N = 1; N <= 37; N += 9) /* at most K */
            dense_rows(queue, activation, N);
    queue_destroy(queue);
}
END_TEST

/* ---- activations -------------------------------------------------------------------------------- */

/* act(x) for n numbers, through a Dense whose kernel is 1. */
static float *activate(struct queue *queue, enum activation activation, const float *x, size_t n) {
    float one = 1, *y;
    struct buffer in = upload(queue, x, n), weight = upload(queue, &one, 1), out = upload(queue, x, n);
    struct buffer *none = NULL;
    struct launch launch;
    ck_ok(launch_begin(queue, "dense_forward", &launch, err));
    launch_buffer(&launch, &in);
    launch_buffer(&launch, &weight);
    launch_buffer(&launch, none);
    launch_buffer(&launch, none);
    launch_buffer(&launch, &out);
    launch_int(&launch, activation);
    launch_int(&launch, (long long)n);
    launch_int(&launch, 1);
    launch_int(&launch, 1);
    ck_ok(launch_run(&launch, n, 64, err));
    y = download(queue, &out, n);
    buffer_destroy(&in);
    buffer_destroy(&weight);
    buffer_destroy(&out);
    return y;
}

static void check_activation(struct queue *queue, enum activation activation, const float *x, size_t n) {
    float *y = activate(queue, activation, x, n);
    for (size_t i = 0; i < n; i++) {
        double z = x[i], exact = activation == ACTIVATION_TANH ? tanh(z) : 1 / (1 + exp(-z));
        double ulp = fabs(nextafterf((float)exact, 2.0f) - (float)exact);
        if (isnan(x[i]))
            ck_assert_msg(isnan(y[i]), "%s(NaN) is %g", activation_name(activation), (double)y[i]);
        else
            ck_assert_msg(fabs(y[i] - exact) <= fmax(1e-7, 2 * ulp), "%s(%.9g) is %.9g, not %.9g",
                          activation_name(activation), z, (double)y[i], exact);
    }
    free(y);
}

/* Within 1e-7, or two units in the last place, for arguments from tiny to far beyond saturation. */
START_TEST(activations_are_exact_enough) {
    mood_device *device = devices_get(_i);
    const size_t N = is_simulator(device) ? 1000 : 400000;
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    float *x = malloc(N * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t i = 0; i < N; i++) {
        double u = (double)i / (double)N * 2 - 1;
        x[i] = (float)(i % 3 == 0 ? u * 10 : i % 3 == 1 ? u * 120 : copysign(pow(10, -12 * fabs(u)), u));
    }
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 88.8f, -88.8f, 1e-30f};
    memcpy(x, special, sizeof special);
    check_activation(queue, ACTIVATION_SIGMOID, x, N);
    check_activation(queue, ACTIVATION_TANH, x, N);
    free(x);
    queue_destroy(queue);
}
END_TEST

/* Keras's definitions, with jax as its back end. */
static double exact_activation(enum activation activation, double z) {
    double clip6 = fmin(fmax(z + 3, 0), 6), softplus = fmax(z, 0) + log1p(exp(-fabs(z)));
    switch (activation) {
    case ACTIVATION_RELU: return fmax(z, 0);
    case ACTIVATION_SIGMOID: return 1 / (1 + exp(-z));
    case ACTIVATION_TANH: return tanh(z);
    case ACTIVATION_RELU6: return fmin(fmax(z, 0), 6);
    case ACTIVATION_LEAKY_RELU: return z < 0 ? 0.2 * z : z;
    case ACTIVATION_ELU:
    case ACTIVATION_CELU: return z > 0 ? z : expm1(z);
    case ACTIVATION_SELU: return 1.0507009873554804934 * (z > 0 ? z : 1.6732632423543772848 * expm1(z));
    case ACTIVATION_GELU: return z * erfc(-z * M_SQRT1_2) / 2;
    case ACTIVATION_SILU: return z / (1 + exp(-z));
    case ACTIVATION_MISH: return z * tanh(softplus);
    case ACTIVATION_SOFTPLUS: return softplus;
    case ACTIVATION_SOFTSIGN: return z / (1 + fabs(z));
    case ACTIVATION_SQUAREPLUS: return (z + sqrt(z * z + 4)) / 2;
    case ACTIVATION_EXPONENTIAL: return exp(z);
    case ACTIVATION_LOG_SIGMOID: return z - softplus;
    case ACTIVATION_HARD_SIGMOID: return clip6 / 6;
    case ACTIVATION_HARD_SIGMOID_2: return fmin(fmax(0.2 * z + 0.5, 0), 1);
    case ACTIVATION_HARD_SILU: return z * clip6 / 6;
    case ACTIVATION_HARD_TANH: return fmin(fmax(z, -1), 1);
    case ACTIVATION_SOFT_SHRINK: return z > 0.5 ? z - 0.5 : z < -0.5 ? z + 0.5 : 0;
    case ACTIVATION_HARD_SHRINK: return fabs(z) > 0.5 ? z : 0;
    case ACTIVATION_TANH_SHRINK: return z - tanh(z);
    case ACTIVATION_SPARSE_PLUS: return z <= -1 ? 0 : z >= 1 ? z : (z + 1) * (z + 1) / 4;
    case ACTIVATION_SPARSE_SIGMOID: return fmin(fmax((z + 1) / 2, 0), 1);
    default: return z;
    }
}

/* Discontinuities of the slope: no point is nearer to them than the step of the difference. */
#define SLOPE_STEP 1e-4

static void check_slopes(struct queue *queue, enum activation activation, const float *x, size_t n) {
    float *ones = malloc(n * sizeof *ones);
    ck_assert_ptr_nonnull(ones);
    for (size_t i = 0; i < n; i++)
        ones[i] = 1;
    struct buffer in = upload(queue, x, n), y = upload(queue, x, n), dy = upload(queue, ones, n),
                  dz = upload(queue, x, n);
    struct launch launch;
    ck_ok(launch_begin(queue, "activation_forward", &launch, err));
    launch_buffer(&launch, &in);
    launch_buffer(&launch, &y);
    launch_int(&launch, activation);
    launch_int(&launch, (long long)n);
    ck_ok(launch_run(&launch, n, 64, err));
    ck_ok(activation_backward(queue, activation, &in, &y, &dy, &dz, n, 1, err));
    float *out = download(queue, &y, n), *slopes = download(queue, &dz, n);
    for (size_t i = 0; i < n; i++) {
        double z = x[i], exact = exact_activation(activation, z);
        double slope = (exact_activation(activation, z + SLOPE_STEP) - exact_activation(activation, z - SLOPE_STEP)) /
                       (2 * SLOPE_STEP);
        ck_assert_msg(fabs(out[i] - exact) <= 3e-7 * fmax(1, fabs(exact)), "%s(%.9g) is %.9g, not %.9g",
                      activation_name(activation), z, (double)out[i], exact);
        ck_assert_msg(fabs(slopes[i] - slope) <= 1e-6 * fmax(1, fabs(slope)), "%s'(%.9g) is %.9g, not %.9g",
                      activation_name(activation), z, (double)slopes[i], slope);
    }
    struct buffer *buffers[] = {&in, &y, &dy, &dz};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_destroy(buffers[i]);
    free(ones);
    free(out);
    free(slopes);
}

START_TEST(activations_have_their_slopes) {
    enum { POINTS = 401 };
    mood_device *device = devices_get(_i);
    struct queue *queue;
    float x[POINTS];
    ck_ok(queue_create(device, &queue, err));
    for (int i = 0; i < POINTS; i++)
        x[i] = (float)(i - POINTS / 2) * 0.05f + 0.01f;
    for (int activation = 0; activation_name((enum activation)activation); activation++)
        if (!activation_is_of_row((enum activation)activation))
            check_slopes(queue, (enum activation)activation, x, POINTS);
    queue_destroy(queue);
}
END_TEST

/* NaN stays NaN, and too large or too small arguments saturate. */
START_TEST(activations_take_any_number) {
    static const float x[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 88.7f, 88.8f, -87.3f, -103.0f};
    enum { COUNT = sizeof x / sizeof *x };
    mood_device *device = devices_get(_i);
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    for (int activation = 0; activation_name((enum activation)activation); activation++) {
        if (activation_is_of_row((enum activation)activation))
            continue;
        struct buffer y = upload(queue, x, COUNT);
        ck_ok(activation_finish(queue, (enum activation)activation, &y, COUNT, 1, err));
        float *out = download(queue, &y, COUNT);
        if (!activation_is_fused((enum activation)activation)) {
            ck_assert_msg(isnan(out[0]), "%s(NaN) is %g", activation_name((enum activation)activation), (double)out[0]);
            for (size_t i = 3; i < COUNT; i++)
                ck_assert_msg(!isnan(out[i]), "%s(%g) is NaN", activation_name((enum activation)activation),
                              (double)x[i]);
        }
        free(out);
        buffer_destroy(&y);
    }
    queue_destroy(queue);
}
END_TEST

/* ---- dropout and noise ------------------------------------------------------------------------- */

/* Philox 4x32-10 in plain C, compared with the authors' known answers below. */
static void plain_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t k[2] = {key[0], key[1]};
    memcpy(out, counter, 4 * sizeof *out);
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)out[0] * 0xD2511F53u, b = (uint64_t)out[2] * 0xCD9E8D57u;
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ out[1] ^ k[0], (uint32_t)b, (uint32_t)(a >> 32) ^ out[3] ^ k[1],
                            (uint32_t)a};
        memcpy(out, next, sizeof next);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
}

/* kat_vectors of Random123. */
START_TEST(plain_philox_is_philox) {
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        plain_philox(known[i].counter, known[i].key, out);
        ck_assert_mem_eq(out, known[i].out, sizeof out);
    }
}
END_TEST

enum { NOISE_B = 3, NOISE_T = 5, NOISE_D = 7 };

/* The result of kernels/noise.cl for x [T,B,D], by its formulas. */
static float plain_noise(const char *layer, float x, float amount, const int *places, size_t t, size_t b, size_t d) {
    const double pi = 3.14159265358979323846;
    size_t groups = (NOISE_D + 3) / 4;
    bool spatial = strncmp(layer, "Spatial", 7) == 0;
    uint32_t counter[4] = {(uint32_t)((spatial ? 0 : t) * groups + d / 4), (uint32_t)places[b], 77, 2}, bits[4];
    plain_philox(counter, (const uint32_t[]){0x89ABCDEF, 0xFEDCBA98}, bits);
    double u = (bits[d % 4] >> 8) / 16777216.0, first = (bits[d % 4 / 2 * 2] >> 8) / 16777216.0;
    double angle = 2 * pi * (bits[d % 4 / 2 * 2 + 1] >> 8) / 16777216.0, radius = sqrt(-2 * log(1 - first));
    double normal = radius * (d % 2 ? sin(angle) : cos(angle));
    if (strncmp(layer, "GaussianNoise", 13) == 0)
        return (float)(x + amount * normal);
    if (strncmp(layer, "GaussianDropout", 15) == 0)
        return (float)(x * (1 + sqrt(amount / (1 - amount)) * normal));
    return u >= amount ? x / (1 - amount) : 0;
}

START_TEST(noise_follows_its_equations) {
    static const struct {
        const char *layer;
        float amount;
    } cases[] = {{"Dropout", 0.4f}, {"SpatialDropout1D", 0.5f}, {"GaussianDropout", 0.2f}, {"GaussianNoise", 0.7f}};
    static const int places[NOISE_B] = {11, 0, 4095};
    /* The third row begins at step 2. */
    static const int at[] = {0, 2, 4, 7, 10, 13}, step[] = {0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
    enum { ROWS = 13, COUNT = ROWS * NOISE_D };
    mood_device *device = devices_get(_i);
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    struct buffer on_device = upload(queue, places, NOISE_B);
    struct packing packing = {.B = NOISE_B, .T = NOISE_T, .at = at, .steps = upload(queue, at, NOISE_T + 1)};
    struct pass pass = {.queue = queue, .training = true, .seed = 0xFEDCBA9889ABCDEF, .step = 77, .places = &on_device};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shape shape = {SHAPE_SEQUENCE, NOISE_T, NOISE_D};
        struct layer *layer;
        struct work work = {.B = NOISE_B, .training = true};
        json_t *object = json_pack("{s: s, s: {s: f}}", "class_name", cases[i].layer, "config",
                                   i == 3 ? "stddev" : "rate", (double)cases[i].amount);
        ck_ok(layer_read(object, "noise", false, &layer, err));
        json_decref(object);
        layer->index = 2;
        layer->in = shape;
        ck_ok(layer->type->build(layer, &shape, err));
        ck_ok(layer->type->plan(layer, queue, &work, err));
        float *x = random_floats((unsigned)i, COUNT, 1);
        struct sequence in = {.data = upload(queue, x, COUNT), .rows = ROWS, .D = NOISE_D, .packing = &packing};
        ck_ok(layer->type->forward(layer, &pass, &work, &in, err));
        ck_ok(layer->type->backward(layer, &pass, &work, &in, &in.data, WANT_INPUT, err));
        float *y = download(queue, &work.out.data, COUNT), *d = download(queue, &work.d_in, COUNT);
        for (size_t k = 0; k < COUNT; k++) {
            size_t t = (size_t)step[k / NOISE_D], b = k / NOISE_D - (size_t)at[t];
            float expected = plain_noise(cases[i].layer, x[k], cases[i].amount, places, t, b, k % NOISE_D);
            ck_assert_float_eq_tol(y[k], expected, 2e-6f * (1 + fabsf(expected)));
            ck_assert_float_eq_tol(d[k], i == 3 ? x[k] : expected, 2e-6f * (1 + fabsf(expected)));
        }
        free(x);
        free(y);
        free(d);
        buffer_destroy(&in.data);
        work_destroy(&work);
        layer_destroy(layer);
    }
    buffer_destroy(&packing.steps);
    buffer_destroy(&on_device);
    queue_destroy(queue);
}
END_TEST

/* ---- packed sequences --------------------------------------------------------------------------- */

/* Rows 0 and 1 have four steps, row 2 has the last one, row 3 none. */
enum { STEPS_B = 4, STEPS_T = 4, STEPS_D = 3, STEPS_ALL = 9 };
static const int steps_at[] = {0, 2, 4, 6, 9}, steps_start[] = {0, 0, 3, 4};

static float *run_steps(struct queue *queue, const char *kernel, const float *x, size_t rows, size_t out_rows) {
    struct buffer in = upload(queue, x, rows * STEPS_D), at = upload(queue, steps_at, STEPS_T + 1);
    struct buffer start = upload(queue, steps_start, STEPS_B), out;
    struct launch launch;
    bool mean = strcmp(kernel, "mean_of_steps") == 0;
    ck_ok(buffer_create(queue->device, out_rows * STEPS_D, sizeof(float), &out, err));
    ck_ok(launch_begin(queue, kernel, &launch, err));
    launch_buffer(&launch, &in);
    launch_buffer(&launch, &out);
    launch_buffer(&launch, &at);
    launch_buffer(&launch, &start);
    if (mean)
        launch_int(&launch, STEPS_B);
    launch_int(&launch, STEPS_T);
    launch_int(&launch, STEPS_D);
    ck_ok(launch_run(&launch, out_rows * STEPS_D, 64, err));
    float *y = download(queue, &out, out_rows * STEPS_D);
    buffer_destroy(&in);
    buffer_destroy(&out);
    buffer_destroy(&at);
    buffer_destroy(&start);
    return y;
}

START_TEST(packed_steps_are_reversed_and_averaged) {
    mood_device *device = devices_get(_i);
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    float *x = random_floats(1, STEPS_ALL * STEPS_D, 1), *dy = random_floats(2, STEPS_B * STEPS_D, 1);
    float *reversed = run_steps(queue, "reverse_steps", x, STEPS_ALL, STEPS_ALL);
    float *mean = run_steps(queue, "mean_of_steps", x, STEPS_ALL, STEPS_B);
    float *dx = run_steps(queue, "mean_of_steps_backward", dy, STEPS_B, STEPS_ALL);
    for (int b = 0; b < STEPS_B; b++)
        for (int d = 0; d < STEPS_D; d++) {
            double sum = 0;
            int count = b < 2 ? STEPS_T : b == 2 ? 1 : 0;
            for (int t = STEPS_T - count; t < STEPS_T; t++) {
                int place = (steps_at[t] + b) * STEPS_D + d, other = count == 1 ? t : STEPS_T - 1 - t;
                sum += x[place];
                ck_assert_float_eq(reversed[place], x[(steps_at[other] + b) * STEPS_D + d]);
                ck_assert_float_eq_tol(dx[place], dy[b * STEPS_D + d] / (float)count, 1e-6f);
            }
            ck_assert_float_eq_tol(mean[b * STEPS_D + d], count ? sum / count : 0, 1e-6f);
        }
    free(x);
    free(dy);
    free(reversed);
    free(mean);
    free(dx);
    queue_destroy(queue);
}
END_TEST

START_TEST(masked_steps_repeat_the_previous_one) {
    /* Two rows of four steps; of row 0 steps 1 and 2 are masked, of row 1 steps 0 and 3. Packed, t = 2 and t = 3:
     * row 0 step 0, row 1 step 1, row 0 step 3, row 1 step 2. */
    static const int source[] = {0, -1, -2, 1, -2, 3, 2, -5};
    static const int repeated[2][8] = {{0, -1, 0, 1, 0, 3, 2, 3}, {0, -1, -1, 1, -1, 3, 2, -1}};
    enum { T = 4, B = 2, D = 5, ALL = 4 };
    mood_device *device = devices_get(_i);
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    float *x = random_floats(1, ALL * D, 1), *dy = random_floats(2, T * B * D, 1);
    struct buffer in = upload(queue, x, ALL * D), d_out = upload(queue, dy, T * B * D);
    struct buffer places = upload(queue, source, T * B), out, d_in;
    ck_ok(buffer_create(device, T * B * D, sizeof(float), &out, err));
    ck_ok(buffer_create(device, ALL * D, sizeof(float), &d_in, err));
    for (int zero = 0; zero < 2; zero++) {
        struct launch launch;
        double expected[ALL * D] = {0};
        ck_ok(launch_begin(queue, "expand_steps", &launch, err));
        launch_buffer(&launch, &in);
        launch_buffer(&launch, &out);
        launch_buffer(&launch, &places);
        launch_int(&launch, T * B);
        launch_int(&launch, D);
        launch_int(&launch, zero);
        ck_ok(launch_run(&launch, T * B * D, 64, err));
        ck_ok(launch_begin(queue, "expand_steps_backward", &launch, err));
        launch_buffer(&launch, &d_out);
        launch_buffer(&launch, &d_in);
        launch_buffer(&launch, &places);
        launch_int(&launch, T);
        launch_int(&launch, B);
        launch_int(&launch, D);
        launch_int(&launch, zero);
        ck_ok(launch_run(&launch, T * B * D, 64, err));
        float *y = download(queue, &out, T * B * D), *dx = download(queue, &d_in, ALL * D);
        for (int i = 0; i < T * B * D; i++) {
            int place = repeated[zero][i / D];
            ck_assert_float_eq(y[i], place < 0 ? 0 : x[place * D + i % D]);
            if (place >= 0)
                expected[place * D + i % D] += dy[i];
        }
        ck_assert(largest_difference(dx, expected, ALL * D) < 1e-6);
        free(y);
        free(dx);
    }
    buffer_destroy(&in);
    buffer_destroy(&d_out);
    buffer_destroy(&places);
    buffer_destroy(&out);
    buffer_destroy(&d_in);
    free(x);
    free(dy);
    queue_destroy(queue);
}
END_TEST

/* ---- Embedding ---------------------------------------------------------------------------------- */

START_TEST(embedding_gradient) {
    enum { T = 3, B = 2, E = 19, V = 5 };
    /* Indices t*B + b sorted by id: id 1 is at 0, 3, 4, id 4 at 1, 2, 5. */
    static const int order[] = {0, 3, 4, 1, 2, 5}, bounds[] = {0, 3, 6}, ids[] = {1, 4};
    mood_device *device = devices_get(_i);
    struct queue *queue;
    ck_ok(queue_create(device, &queue, err));
    struct shape in_shape = {SHAPE_IDS, T, 1};
    struct layer *layer;
    struct work work = {.B = B, .training = true};
    json_t *embedding =
        json_pack("{s: s, s: {s: i, s: i}}", "class_name", "Embedding", "config", "input_dim", V, "output_dim", E);
    ck_ok(layer_read(embedding, "embedding", false, &layer, err));
    json_decref(embedding);
    ck_ok(layer->type->build(layer, &in_shape, err));
    float *before = random_floats(2, V * E, 1), *d = random_floats(1, T * B * E, 1);
    layer->variables[0].gradient = upload(queue, before, V * E);
    struct buffer d_out = upload(queue, d, T * B * E);
    struct sequence in = {.rows = T * B,
                          .D = 1,
                          .order = upload(queue, order, 6),
                          .bounds = upload(queue, bounds, 3),
                          .ids = upload(queue, ids, 2),
                          .segments = 2};
    ck_ok(layer->type->backward(layer, &(struct pass){.queue = queue, .training = true}, &work, &in, &d_out,
                                WANT_VARIABLES, err));
    float *actual = download(queue, &layer->variables[0].gradient, V * E);
    for (size_t v = 0; v < V; v++)
        for (size_t e = 0; e < E; e++) {
            float expected = before[v * E + e];
            for (int s = 0; s < 2; s++)
                for (int i = bounds[s]; i < bounds[s + 1]; i++)
                    if ((int)v == ids[s])
                        expected += d[order[i] * E + (int)e];
            ck_assert_float_eq_tol(actual[v * E + e], expected, 1e-6);
        }
    free(actual);
    free(before);
    free(d);
    buffer_destroy(&d_out);
    buffer_destroy(&in.order);
    buffer_destroy(&in.bounds);
    buffer_destroy(&in.ids);
    work_destroy(&work);
    layer_destroy(layer);
    queue_destroy(queue);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("kernels", &suite);
    int devices = devices_count();
    tcase_add_loop_test(tcase, matrix_products, 0, devices / 3);
    tcase_add_loop_test(tcase, products_do_not_depend_on_rows, 0, devices / 3);
    tcase_add_loop_test(tcase, dense_does_not_depend_on_rows, 0, devices);
    tcase_add_loop_test(tcase, activations_are_exact_enough, 0, devices);
    tcase_add_loop_test(tcase, activations_have_their_slopes, 0, devices);
    tcase_add_loop_test(tcase, activations_take_any_number, 0, devices);
    tcase_add_test(tcase, plain_philox_is_philox);
    tcase_add_loop_test(tcase, noise_follows_its_equations, 0, devices);
    tcase_add_loop_test(tcase, packed_steps_are_reversed_and_averaged, 0, devices);
    tcase_add_loop_test(tcase, masked_steps_repeat_the_previous_one, 0, devices);
    tcase_add_loop_test(tcase, embedding_gradient, 0, devices);
    return run_suite(suite);
}
