/* The known-answer test. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/known_answer.h"
#include "base/clock.h"
#include "device/tiles.h"
#include "device/verdict.h"
#include "layers/lstm.h"
#include "model/model.h"

/* The vocabulary is large enough that its table is computed by the same kernel as a real model's. One width is a
 * multiple of every vector width, the others are not, so that both ways of storing run. */
enum { VOCABULARY = 600, FIRST_UNITS = 64 };

/* float32 sums differ from the expected scores by less than 1e-6. One missing time step changes them by 4e-3. */
#define TOLERANCE 2e-5

/* Computed in float64 by Keras's equations; tests/check_runtimes.c computes them again. Long rows test kernels that
 * loop over time: Mesa's llvmpipe of 2022 ends the loops of a work-item after 65,535 iterations in total, without
 * an error. Where each time step is a launch, long rows would only be slow. */
const struct known_answers known_answers_short = {60, {0.558310237f, 0.551090347f, 0.555515536f, 0.555364641f}};
const struct known_answers known_answers_long = {1200, {0.549979529f, 0.530700877f, 0.535126772f, 0.544675564f}};

static mood_status add_layers(mood_model *model, mood_error *err) {
    static const char *const layers[] = {"Embedding(600, 12)", "LSTM(64, return_sequences=True)", "LSTM(20)",
                                         "Dense(7, activation='tanh')", "Dense(1, activation='sigmoid')"};
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < sizeof layers / sizeof *layers && status == MOOD_OK; i++)
        status = mood_model_add(model, layers[i], err);
    return status;
}

/* With such weights rounding errors do not accumulate. */
float known_answer_number(uint32_t i) {
    uint32_t bits = i * 2654435761u;
    bits ^= bits >> 15;
    bits *= 2246822519u;
    bits ^= bits >> 13;
    return (float)(bits >> 8) / (float)(1 << 24) - 0.5f;
}

static mood_status out_of_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory testing a device");
}

static mood_status fill_variable(mood_model *model, const struct variable *variable, uint32_t *next, mood_error *err) {
    float *values = malloc(variable->count * sizeof *values);
    if (!values)
        return out_of_memory(err);
    for (size_t n = 0; n < variable->count; n++)
        values[n] = known_answer_number(++*next);
    mood_status status = model_write(model, MODEL_VALUES, variable, values, err);
    free(values);
    return status;
}

static mood_status fill_weights(mood_model *model, mood_error *err) {
    uint32_t next = 0;
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++)
            status = fill_variable(model, layer_variable(model->layers[i], k), &next, err);
    return status;
}

mood_status known_answer_model(mood_device *device, size_t T, mood_model **created, mood_error *err) {
    mood_model *model = NULL;
    mood_status status = mood_model_create(device, &model, err);
    if (status == MOOD_OK)
        status = add_layers(model, err);
    if (status == MOOD_OK)
        status = model_build_empty(model, T, err);
    if (status == MOOD_OK)
        status = fill_weights(model, err);
    if (status != MOOD_OK) {
        mood_model_destroy(model);
        model = NULL;
    }
    *created = model;
    return status;
}

/* Row r begins with padding, the more the larger r is; the last row still has 30 time steps. */
void known_answer_rows(size_t T, int32_t *x) {
    for (size_t r = 0; r < KNOWN_ANSWER_ROWS; r++)
        for (size_t t = 0; t < T; t++)
            *x++ = t < r * (T / 3 - 10) ? 0 : (int32_t)(1 + (r * 61 + t * 37) % (VOCABULARY - 1));
}

/* NaN counts as wrong. */
static bool compare(const float *scores, const float *expected, char *reason, size_t size) {
    for (int i = 0; i < KNOWN_ANSWER_ROWS; i++)
        if (!(fabsf(scores[i] - expected[i]) <= (float)TOLERANCE)) {
            snprintf(reason, size, "computes wrong scores (%.6f instead of %.6f in the known-answer test)",
                     (double)scores[i], (double)expected[i]);
            return false;
        }
    return true;
}

/* One device under test. */
struct test {
    mood_device *device;
    unsigned height; /* of tiles; 0: the device's choice */
    bool right;
    char *reason;
    size_t size;
    double seconds; /* time of the last prediction */
};

static mood_status predict(struct test *test, const struct known_answers *answers, size_t batch_size, mood_error *err) {
    size_t T = answers->T;
    float scores[KNOWN_ANSWER_ROWS] = {0};
    mood_model *model = NULL;
    int32_t *x = malloc(KNOWN_ANSWER_ROWS * T * sizeof *x);
    if (!x)
        return out_of_memory(err);
    known_answer_rows(T, x);
    mood_status status = known_answer_model(test->device, T, &model, err);
    if (status == MOOD_OK)
        model->tile_height = test->height;
    double began = clock_seconds();
    if (status == MOOD_OK)
        status = mood_model_predict(model, x, KNOWN_ANSWER_ROWS, T, batch_size, scores, err);
    test->seconds = clock_seconds() - began;
    if (status == MOOD_ERR_STATE)
        status = MOOD_OK; /* a score is not finite: the device is at fault, because the model is known to be correct */
    test->right = status == MOOD_OK && compare(scores, answers->scores, test->reason, test->size);
    mood_model_destroy(model);
    free(x);
    return status;
}

/* A single row uses tiles of one row. PoCL compiles each height separately, which takes half a second or more each,
 * so with PoCL the other heights are tested at their first use. */
static mood_status test_tiles(struct test *test, mood_error *err) {
    mood_device *device = test->device;
    unsigned times[TALLEST_TILE + 1];
    for (unsigned height = 0; height <= TALLEST_TILE; height++)
        times[height] = device->tile_times[height];
    test->height = 1;
    mood_status status = predict(test, &known_answers_long, 1, err);
    for (const unsigned *height = device->heights;
         *height && status == MOOD_OK && test->right && !device->caches_kernels; height++) {
        test->height = *height;
        tiles_take_only(device, *height);
        status = predict(test, &known_answers_long, KNOWN_ANSWER_ROWS, err);
    }
    tiles_set_times(device, times);
    return status;
}

/* A separate result for each height. */
static mood_status test_height(mood_device *device, unsigned height, bool *right, mood_error *err) {
    char reason[REASON_SIZE] = "";
    struct test test = {.device = device, .height = height, .reason = reason, .size = sizeof reason};
    mood_status status = predict(&test, &known_answers_long, KNOWN_ANSWER_ROWS, err);
    if (status == MOOD_OK)
        verdict_write(&device->info, KNOWN_HEIGHT + height, device->forced, test.right ? NULL : reason);
    *right = test.right;
    return status;
}

static mood_status find_height(mood_device *device, unsigned height, mood_error *err) {
    char reason[REASON_SIZE];
    mood_status status = MOOD_OK;
    enum verdict verdict = verdict_read(&device->info, KNOWN_HEIGHT + height, device->forced, reason, sizeof reason);
    bool right = verdict == VERDICT_RIGHT;
    if (verdict == VERDICT_UNKNOWN)
        status = test_height(device, height, &right, err);
    if (status == MOOD_OK && right)
        device->right_heights |= 1u << height;
    else if (status == MOOD_OK)
        device->tile_times[height] = INT_MAX;
    return status;
}

mood_status known_answer_test_height(mood_device *device, unsigned height, mood_error *err) {
    pthread_mutex_lock(&device->tuning);
    mood_status status = device->right_heights >> height & 1 ? MOOD_OK : find_height(device, height, err);
    pthread_mutex_unlock(&device->tuning);
    return status;
}

static mood_status test_gemm(struct test *test, mood_error *err) {
    return predict(test, &known_answers_short, KNOWN_ANSWER_ROWS, err);
}

/* The short rows determine the largest size of a work-group. If it is too small for this model, the group class is
 * never used for such layers. */
static mood_status test_group(struct test *test, mood_error *err) {
    mood_status status = predict(test, &known_answers_short, KNOWN_ANSWER_ROWS, err);
    if (status == MOOD_OK && test->right && lstm_group_fits(test->device, FIRST_UNITS))
        status = predict(test, &known_answers_long, KNOWN_ANSWER_ROWS, err);
    return status;
}

/* Tests both variants of running layers; which one is faster has not been measured yet. */
static mood_status test_gemm_and_group(struct test *test, mood_error *err) {
    mood_device *device = test->device;
    device->tuned = true;
    mood_status status = test_gemm(test, err);
    if (status == MOOD_OK && test->right) {
        device->group_units = SIZE_MAX;
        status = test_group(test, err);
        device->group_units = 0;
    }
    device->tuned = false;
    return status;
}

mood_status known_answer_test(mood_device *device, bool *right, char *reason, size_t size, mood_error *err) {
    struct test test = {.device = device, .reason = reason, .size = size};
    mood_status status = device_class(device) == CLASS_TILE ? test_tiles(&test, err)
                         : device->forced == CLASS_AUTO     ? test_gemm_and_group(&test, err)
                         : device->forced == CLASS_GROUP    ? test_group(&test, err)
                                                            : test_gemm(&test, err);
    *right = test.right;
    return status;
}

mood_status known_answer_seconds(mood_device *device, double *seconds, mood_error *err) {
    char reason[REASON_SIZE];
    struct test test = {.device = device, .reason = reason, .size = sizeof reason};
    mood_status status = MOOD_OK;
    *seconds = INFINITY;
    for (int run = 0; run < 3 && status == MOOD_OK; run++) {
        status = predict(&test, &known_answers_long, 1, err);
        if (test.seconds < *seconds)
            *seconds = test.seconds;
    }
    return status;
}
