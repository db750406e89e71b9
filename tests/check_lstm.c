/* LSTM kernels against plain C: forward and backward, all classes, on every device. */
#include <stdlib.h>
#include <string.h>

#include "device/cache.h"
#include "device/program.h"
#include "device/tiles.h"
#include "devices.h"
#include "layers/lstm.h"
#include "reference.h"

/* B, T, E, H: all 1; no multiples of a tile or a vector; multiples; the article's layers; many strips of gradients.
 * The first ones are small enough for a simulator. */
static const size_t sizes[][4] = {
    {1, 1, 1, 1},    {1, 5, 3, 7},    {4, 2, 3, 5},   {2, 1, 4, 16},  {7, 4, 5, 9},    {12, 3, 8, 32},
    {13, 6, 32, 64}, {20, 3, 17, 33}, {3, 9, 64, 32}, {65, 2, 2, 40}, {8, 50, 32, 64}, {9, 15, 130, 215},
};

/* With sanitizers all but the last two, which take twenty times as long as the others together in plain C. */
static size_t count_sizes(const mood_device *device) {
#ifdef __SANITIZE_ADDRESS__
    size_t count = sizeof sizes / sizeof *sizes - 2;
#else
    size_t count = sizeof sizes / sizeof *sizes;
#endif
    return is_simulator(device) ? 3 : count;
}

/* A layer as a model has it, and its inputs. */
struct fixture {
    mood_device *device;
    struct queue *queue;
    struct layer *layer;
    struct work work;
    struct sequence in;
    struct reference_lstm expected;
    float *x, *kernel, *recurrent, *bias, *state, *cell, *d_h;
    int *start, *at;              /* [B], ascending; [T+1] */
    float *padding_h, *padding_c; /* [T,H]: states of the shared padding */
    struct packing packing;
    struct work shared_padding;
};

enum { WITH_STARTS = 1, NO_BIAS = 2, LAST_ONLY = 4, SATURATED = 8, OPEN = 16, SHUT = 32 };

static float *of_size(unsigned seed, size_t count) {
    return random_floats(seed, count, 0.5);
}

/* Rows that begin later come after the others. */
static void make_packing(struct fixture *f, size_t B, size_t T, bool with_starts) {
    f->start = calloc(B, sizeof *f->start);
    f->at = calloc(T + 1, sizeof *f->at);
    ck_assert(f->start && f->at);
    for (size_t b = 0; b < B && with_starts; b++)
        f->start[b] = (int)(b * T / (B + 1));
    for (size_t t = 0; t < T; t++) {
        f->at[t + 1] = f->at[t];
        for (size_t b = 0; b < B; b++)
            f->at[t + 1] += f->start[b] <= (int)t;
    }
    f->packing = (struct packing){.B = B,
                                  .T = T,
                                  .at = f->at,
                                  .padding_steps = (size_t)f->start[B - 1],
                                  .steps = upload(f->queue, f->at, T + 1),
                                  .start = upload(f->queue, f->start, B)};
}

/* The stored steps of values [T,B,D]. */
static void pack(const struct fixture *f, const void *values, size_t D, size_t size, void *packed) {
    size_t B = f->packing.B;
    for (size_t t = 0; t < f->packing.T; t++)
        memcpy((char *)packed + (size_t)f->at[t] * D * size, (const char *)values + t * B * D * size,
               packing_rows(&f->packing, t) * D * size);
}

static struct buffer upload_packed(const struct fixture *f, const float *values, size_t D) {
    size_t rows = (size_t)f->at[f->packing.T];
    float *packed = malloc(rows * D * sizeof *packed);
    ck_assert_ptr_nonnull(packed);
    pack(f, values, D, sizeof *values, packed);
    struct buffer buffer = upload(f->queue, packed, rows * D);
    free(packed);
    return buffer;
}

/* Some gates are saturated, far beyond the range of an exponential. */
static void saturate(float *bias, size_t count) {
    static const float sums[] = {60, -60, 3000, -3000, 1e30f, -1e30f};
    for (size_t i = 0, next = 0; i < count; i += 3)
        bias[i] = sums[next++ % 6];
}

/* All gates are saturated in the same direction; tanh of half of the units in the other one. */
static void saturate_all(float *bias, size_t H, float sum) {
    for (size_t i = 0; i < 4 * H; i++)
        bias[i] = i / H == 2 && i % 2 ? -sum : sum;
}

static void make_data(struct fixture *f, const size_t size[4], int how) {
    size_t B = size[0], T = size[1], E = size[2], H = size[3];
    f->x = of_size(1, T * B * E);
    f->kernel = of_size(2, E * 4 * H);
    f->recurrent = of_size(3, H * 4 * H);
    f->bias = how & NO_BIAS ? NULL : of_size(4, 4 * H);
    if (how & SATURATED)
        saturate(f->bias, 4 * H);
    if (how & (OPEN | SHUT))
        saturate_all(f->bias, H, how & OPEN ? 1e30f : -1e30f);
    f->padding_h = of_size(5, T * H);
    f->padding_c = of_size(6, T * H);
    f->d_h = of_size(7, T * B * H);
    f->state = calloc(B * H, sizeof *f->state);
    f->cell = calloc(B * H, sizeof *f->cell);
    ck_assert(f->state && f->cell);
    make_packing(f, B, T, how & WITH_STARTS);
    for (size_t b = 0; b < B; b++) {
        size_t begin = (size_t)f->start[b];
        if (begin == 0)
            continue;
        memcpy(f->state + b * H, f->padding_h + (begin - 1) * H, H * sizeof *f->state);
        memcpy(f->cell + b * H, f->padding_c + (begin - 1) * H, H * sizeof *f->cell);
    }
    if (how & LAST_ONLY)
        memset(f->d_h, 0, (T - 1) * B * H * sizeof *f->d_h);
    f->expected = (struct reference_lstm){
        .B = B,
        .T = T,
        .E = E,
        .H = H,
        .x = f->x,
        .kernel = f->kernel,
        .recurrent = f->recurrent,
        .bias = f->bias,
        .h0 = f->state,
        .c0 = f->cell,
        .start = f->start,
        .d_h = f->d_h,
    };
    reference_lstm_create(&f->expected);
    reference_lstm_forward(&f->expected);
    reference_lstm_backward(&f->expected);
}

static void make_layer(struct fixture *f, const size_t size[4], int how, bool training) {
    size_t B = size[0], T = size[1], E = size[2], H = size[3];
    struct recurrent_settings settings = *(const struct recurrent_settings *)lstm_type.defaults;
    struct shape in = {SHAPE_SEQUENCE, T, E};
    const float *weights[3] = {f->kernel, f->recurrent, f->bias};
    settings.units = H;
    settings.return_sequences = !(how & LAST_ONLY);
    settings.use_bias = !(how & NO_BIAS);
    ck_ok(layer_create(&lstm_type, "lstm", &settings, &f->layer, err));
    f->layer->in = in;
    ck_ok(lstm_type.build(f->layer, &in, err));
    for (size_t i = 0; i < f->layer->variable_count; i++) {
        struct variable *variable = &f->layer->variables[i];
        variable->value = upload(f->queue, weights[i], variable->count);
        if (training)
            ck_ok(buffer_create(f->device, variable->count, sizeof(float), &variable->gradient, err));
        if (training)
            ck_ok(queue_zero(f->queue, &variable->gradient, err));
    }
    f->layer->needs_backward = training;
    ck_ok(lstm_type.prepare(f->layer, f->queue, err));
    f->shared_padding.buffers[LSTM_H] = upload(f->queue, f->padding_h, T * H);
    f->shared_padding.buffers[LSTM_C] = upload(f->queue, f->padding_c, T * H);
    f->shared_padding.buffers[LSTM_SHARED_PADDING_DH] = upload(f->queue, f->padding_h, T * H); /* any initial values */
    f->shared_padding.buffers[LSTM_SHARED_PADDING_DC] = upload(f->queue, f->padding_c, T * H);
    /* Capacity for more rows than there are. */
    f->work = (struct work){.B = B + 3, .training = training, .shared_padding = &f->shared_padding};
    ck_ok(lstm_type.plan(f->layer, f->queue, &f->work, err));
    f->in =
        (struct sequence){.data = upload_packed(f, f->x, E), .rows = (size_t)f->at[T], .D = E, .packing = &f->packing};
}

static void setup(struct fixture *f, mood_device *device, const size_t size[4], int how, bool training) {
    memset(f, 0, sizeof *f);
    static const unsigned units[] = {1, 2,  3,
                                     8, 64, 512}; /* so that tiles of all heights occur, and several per work-item */
    static unsigned next;
    f->device = device;
    device->info.compute_units = units[next++ % 6];
    /* 1: the gemm class computes x·W of one time step at a time. */
    device->product_bytes = next % 2 ? 1 : (size_t)64 << 20;
    ck_ok(queue_create(f->device, &f->queue, err));
    make_data(f, size, how);
    make_layer(f, size, how, training);
}

static void teardown(struct fixture *f) {
    queue_finish(f->queue, NULL);
    work_destroy(&f->work);
    layer_destroy(f->layer);
    buffer_destroy(&f->in.data);
    work_destroy(&f->shared_padding);
    buffer_destroy(&f->packing.steps);
    buffer_destroy(&f->packing.start);
    queue_destroy(f->queue);
    reference_lstm_destroy(&f->expected);
    free(f->x);
    free(f->kernel);
    free(f->recurrent);
    free(f->bias);
    free(f->state);
    free(f->cell);
    free(f->d_h);
    free(f->start);
    free(f->at);
    free(f->padding_h);
    free(f->padding_c);
}

static struct lstm_run run_of(struct fixture *f) {
    const struct recurrent_settings *settings = f->layer->settings;
    return (struct lstm_run){
        .layer = f->layer,
        .queue = f->queue,
        .work = &f->work,
        .in = &f->in,
        .packing = &f->packing,
        .B = f->packing.B,
        .T = f->packing.T,
        .E = f->in.D,
        .H = f->layer->out.D,
        .keep_h = f->work.training || settings->return_sequences,
        .keep_c = f->work.training,
        .padding_h = &f->shared_padding.buffers[LSTM_H],
        .padding_c = &f->shared_padding.buffers[LSTM_C],
    };
}

static void compare_values(struct fixture *f, const char *what, const float *actual, const double *expected,
                           size_t count) {
    double difference = largest_difference(actual, expected, count);
    const struct reference_lstm *e = &f->expected;
    /* The float error, which grows with the length of sums and the number of time steps. */
    double allowed = 2e-6 + 2e-8 * (double)(e->T * (e->E + 4 * e->H));
    ck_assert_msg(difference <= allowed, "%s: off by %g (B %zu, T %zu, E %zu, H %zu)", what, difference, e->B, e->T,
                  e->E, e->H);
}

static void compare(struct fixture *f, const char *what, const struct buffer *buffer, const double *expected,
                    size_t count) {
    float *actual = download(f->queue, buffer, count);
    compare_values(f, what, actual, expected, count);
    free(actual);
}

/* expected [T,B,D], at its stored steps. */
static void compare_packed(struct fixture *f, const char *what, const struct buffer *buffer, const double *expected,
                           size_t D) {
    size_t rows = (size_t)f->at[f->packing.T];
    double *packed = malloc(rows * D * sizeof *packed);
    ck_assert_ptr_nonnull(packed);
    pack(f, expected, D, sizeof *expected, packed);
    compare(f, what, buffer, packed, rows * D);
    free(packed);
}

/* The tile class stores them in the order of its blocks. */
static void compare_gates(struct fixture *f, const char *what, const double *expected) {
    const struct buffer *buffer = &f->work.buffers[LSTM_GATES];
    size_t rows = (size_t)f->at[f->packing.T], H = f->layer->out.D, W = f->device->vector_width;
    if (device_class(f->device) != CLASS_TILE) {
        compare_packed(f, what, buffer, expected, 4 * H);
        return;
    }
    size_t width = lstm_tile_gates(f->device, H);
    float *blocks = download(f->queue, buffer, rows * width), *gates = malloc(rows * 4 * H * sizeof *gates);
    double *packed = malloc(rows * 4 * H * sizeof *packed);
    ck_assert(gates && packed);
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < 4 * H; i++)
            gates[row * 4 * H + i] = blocks[row * width + (i % H / W * 4 + i / H) * W + i % H % W];
    pack(f, expected, 4 * H, sizeof *expected, packed);
    compare_values(f, what, gates, packed, rows * 4 * H);
    free(blocks);
    free(gates);
    free(packed);
}

static mood_status forward(struct fixture *f, mood_error *err) {
    struct lstm_run run = run_of(f);
    return device_class(f->device) == CLASS_TILE ? lstm_tile_forward(&run, err) : lstm_gemm_forward(&run, err);
}

static mood_status backward(struct fixture *f, const struct buffer *d_out, int how, mood_error *err) {
    struct lstm_run run = run_of(f);
    struct lstm_gradients gradients = {.d_h = d_out, .last_only = how & LAST_ONLY, .variables = true};
    return device_class(f->device) == CLASS_TILE ? lstm_tile_backward(&run, &gradients, err)
                                                 : lstm_gemm_backward(&run, &gradients, err);
}

static void check_inference(mood_device *device, const size_t *size, int how) {
    struct fixture f;
    setup(&f, device, size, how, false);
    size_t H = f.layer->out.D, last = f.packing.B * H;
    ck_ok(forward(&f, err));
    if (how & LAST_ONLY)
        compare(&f, "last h", &f.work.buffers[LSTM_H], f.expected.h + (f.packing.T - 1) * last, last);
    else
        compare_packed(&f, "h", &f.work.buffers[LSTM_H], f.expected.h, H);
    teardown(&f);
}

START_TEST(inference) {
    mood_device *device = devices_open(_i);
    for (size_t s = 0; s < count_sizes(device); s++) {
        check_inference(device, sizes[s], 0);
        check_inference(device, sizes[s], LAST_ONLY);
        check_inference(device, sizes[s], WITH_STARTS);
        check_inference(device, sizes[s], LAST_ONLY | WITH_STARTS);
        check_inference(device, sizes[s], LAST_ONLY | NO_BIAS);
        check_inference(device, sizes[s], SATURATED);
        check_inference(device, sizes[s], OPEN);
        check_inference(device, sizes[s], SHUT);
    }
    mood_device_destroy(device);
}
END_TEST

static struct buffer upload_gradient(const struct fixture *f, int how) {
    size_t H = f->layer->out.D, state = f->packing.B * H;
    return how & LAST_ONLY ? upload(f->queue, f->d_h + (f->packing.T - 1) * state, state) : upload_packed(f, f->d_h, H);
}

static void check_training(mood_device *device, const size_t *size, int how) {
    struct fixture f;
    setup(&f, device, size, how, true);
    size_t H = f.layer->out.D, state = f.packing.B * H;
    struct buffer d_out = upload_gradient(&f, how);
    ck_ok(forward(&f, err));
    compare_packed(&f, "h", &f.work.buffers[LSTM_H], f.expected.h, H);
    compare_packed(&f, "c", &f.work.buffers[LSTM_C], f.expected.c, H);
    compare_gates(&f, "gates", f.expected.gates);
    ck_ok(backward(&f, &d_out, how, err));
    compare_gates(&f, "dz", f.expected.dz);
    compare(&f, "dh0", &f.work.buffers[LSTM_DH], f.expected.d_h0, state);
    compare(&f, "dc0", &f.work.buffers[LSTM_CELL], f.expected.d_c0, state);
    buffer_destroy(&d_out);
    teardown(&f);
}

START_TEST(backward_through_time) {
    mood_device *device = devices_open(_i);
    for (size_t s = 0; s < count_sizes(device); s++) {
        check_training(device, sizes[s], 0);
        check_training(device, sizes[s], WITH_STARTS);
        check_training(device, sizes[s], LAST_ONLY | WITH_STARTS);
        check_training(device, sizes[s], SATURATED);
        check_training(device, sizes[s], OPEN);
        check_training(device, sizes[s], SHUT);
    }
    mood_device_destroy(device);
}
END_TEST

/* The gradients of the shared padding's states: those of the initial states of the rows that begin after them,
 * `times` over. */
static void compare_shared_padding(struct fixture *f, int padding_buffer, const double *of_first, double times) {
    size_t T = f->packing.T, H = f->layer->out.D;
    double *expected = calloc(T * H, sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t b = 0; b < f->packing.B; b++)
        for (size_t j = 0; j < H && f->start[b] > 0; j++)
            expected[(size_t)(f->start[b] - 1) * H + j] += times * of_first[b * H + j];
    compare(f, "gradient of the shared padding", &f->shared_padding.buffers[padding_buffer], expected, (T - 1) * H);
    free(expected);
}

/* The layer as the model calls it: gradients of the weights and of x; and a second time, which adds to them. */
static void check_layer(mood_device *device, const size_t *size, int how) {
    struct fixture f;
    setup(&f, device, size, how, true);
    size_t E = f.in.D, H = f.layer->out.D, state = f.packing.B * H;
    struct buffer d_out = upload_gradient(&f, how);
    const struct variable *variables = f.layer->variables;
    ck_ok(
        lstm_type.forward(f.layer, &(struct pass){.queue = f.queue, .training = f.work.training}, &f.work, &f.in, err));
    if (how & LAST_ONLY)
        compare(&f, "out", &f.work.out.data, f.expected.h + (f.packing.T - 1) * state, state);
    ck_ok(lstm_type.backward(f.layer, &(struct pass){.queue = f.queue, .training = true}, &f.work, &f.in, &d_out,
                             WANT_INPUT | WANT_VARIABLES, err));
    compare(&f, "d kernel", &variables[LSTM_KERNEL].gradient, f.expected.d_kernel, E * 4 * H);
    compare(&f, "d recurrent", &variables[LSTM_RECURRENT].gradient, f.expected.d_recurrent, H * 4 * H);
    if (!(how & NO_BIAS))
        compare(&f, "d bias", &variables[LSTM_BIAS].gradient, f.expected.d_bias, 4 * H);
    compare_packed(&f, "d x", &f.work.d_in, f.expected.d_x, E);
    for (int times = 1; times <= 2 && f.packing.padding_steps; times++) {
        compare_shared_padding(&f, LSTM_SHARED_PADDING_DH, f.expected.d_h0, times);
        compare_shared_padding(&f, LSTM_SHARED_PADDING_DC, f.expected.d_c0, times);
        ck_ok(lstm_type.forward(f.layer, &(struct pass){.queue = f.queue, .training = f.work.training}, &f.work, &f.in,
                                err));
        ck_ok(lstm_type.backward(f.layer, &(struct pass){.queue = f.queue, .training = true}, &f.work, &f.in, &d_out,
                                 WANT_INPUT | WANT_VARIABLES, err));
    }
    buffer_destroy(&d_out);
    teardown(&f);
}

START_TEST(layer_gradients) {
    mood_device *device = devices_open(_i);
    for (size_t s = 0; s < count_sizes(device); s++) {
        check_layer(device, sizes[s], 0);
        check_layer(device, sizes[s], LAST_ONLY | NO_BIAS);
        check_layer(device, sizes[s], WITH_STARTS);
    }
    mood_device_destroy(device);
}
END_TEST

/* Kernels for vectors of other widths, as on other devices. */
START_TEST(other_widths) {
    static const size_t some[][4] = {{13, 2, 3, 17}, {2, 5, 3, 7}, {20, 3, 17, 33}, {13, 6, 32, 64}};
    static const unsigned widths[] = {4, 8, 16};
    for (size_t w = 0; w < 3; w++) {
        mood_device *device = devices_open(3 * _i);
        bool other = device->vector_width != widths[w];
        device->vector_width = widths[w];
        tiles_open(device);
        size_t count = is_simulator(device) ? 1 : sizeof some / sizeof *some;
        for (size_t s = 0; s < count && other; s++) {
            check_inference(device, some[s], WITH_STARTS);
            check_training(device, some[s], WITH_STARTS);
            check_training(device, some[s], OPEN);
            check_layer(device, some[s], WITH_STARTS);
        }
        mood_device_destroy(device);
    }
}
END_TEST

/* ---- tuning -------------------------------------------------------------------------------------- */

/* The result is stored: a device that is opened again uses the cache. */
START_TEST(tuning_is_kept) {
    mood_device *device = devices_open(3 * _i + 2);
    struct queue *queue;
    size_t units = 1;
    char key[SHA256_DIGEST_STRING_LENGTH];
    ck_ok(queue_create(device, &queue, err));
    ck_ok(lstm_tune_groups_measure(queue, 5, 3, 64, &units, err));
    ck_assert(units == 0 || units == 32 || units == 64);
    ck_assert_uint_eq(device->group_units, 0);
    program_key(&device->info, "group_units", key);
    cache_write(device->cache_folder, key, (const unsigned char *)"48\n", 3);
    device->tuned = false;
    ck_ok(lstm_tune_groups(queue, err));
    ck_assert_uint_eq(device->group_units, 48);
    ck_assert(lstm_group_fits(device, 48) && !lstm_group_fits(device, 49));
    queue_destroy(queue);
    mood_device_destroy(device);
}
END_TEST

static void keep(const mood_device *device, const char *text) {
    char key[SHA256_DIGEST_STRING_LENGTH];
    program_key(&device->info, "tile_times", key);
    cache_write(device->cache_folder, key, (const unsigned char *)text, strlen(text));
}

/* The times of tiles of all heights are stored as well; an invalid entry is measured again. */
START_TEST(tile_times_are_kept) {
    static const char *const wrong[] = {"", "1", "1 2\n", "2 1\n1 2\n", "1 0\n2 0\n3 0\n4 0\n", "1 -5", "\xff 1"};
    mood_device *device = devices_open(3 * _i);
    struct queue *queue;
    if (is_simulator(device)) { /* its times are meaningless */
        mood_device_destroy(device);
        return;
    }
    ck_ok(queue_create(device, &queue, err));
    ck_assert(device->tiles_tuned); /* the class was forced */
    device->tiles_tuned = false;
    lstm_tune_tiles(queue);
    ck_assert(device->tiles_tuned && tiles_open(device));
    unsigned measured[TALLEST_TILE + 1] = {0};
    for (const unsigned *height = device->heights; *height; height++) {
        measured[*height] = device->tile_times[*height];
        ck_assert_uint_gt(measured[*height], 1); /* a launch takes more than 10 ns */
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        keep(device, wrong[i]);
        ck_assert(!tiles_open(device));
        ck_assert_uint_eq(device->tile_times[1], 2);
        ck_assert_uint_gt(device_tiles(device, 1000).height, 2);
    }
    tiles_set_times(device, measured);
    tiles_keep_times(device);
    queue_destroy(queue);
    mood_device_destroy(device);
    device = devices_open(3 * _i);
    for (const unsigned *height = device->heights; *height; height++)
        ck_assert_uint_eq(device->tile_times[*height], measured[*height]);
    keep(device, "");
    mood_device_destroy(device);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("lstm", &suite);
    tcase_add_loop_test(tcase, inference, 0, devices_count());
    tcase_add_loop_test(tcase, backward_through_time, 0, devices_count());
    tcase_add_loop_test(tcase, layer_gradients, 0, devices_count());
    tcase_add_loop_test(tcase, other_widths, 0, devices_count() / 3);
    tcase_add_loop_test(tcase, tile_times_are_kept, 0, devices_count() / 3);
    tcase_add_loop_test(tcase, tuning_is_kept, 0, devices_count() / 3);
    return run_suite(suite);
}
