/* The known-answer test of training. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/gemm.h"
#include "device/tiles.h"
#include "model/known_answer.h"
#include "model/known_gradients.h"
#include "model/step.h"
#include "model/update.h"

/* Computed in float64 by plain C; tests/check_runtimes.c computes them again. */
const struct known_gradient known_gradients[KNOWN_GRADIENTS_COUNT] = {
    {-0.0128623699, 0.0541862307}, {-0.00779737628, 0.0685248636}, {-0.0670215951, 0.204955636},
    {0.0262391941, 0.118297566},   {-0.036765413, 0.0873211029},   {-0.00105102643, 0.0451859596},
    {-0.0190536994, 0.035253868},  {0.0491727269, 0.107218197},    {-0.0241098334, 0.041591324},
    {0.0176076995, 0.158693595},   {0.00433658462, 0.0550701905},
};

/* Relative to the norm. float32 sums differ by less than a tenth of it. */
#define TOLERANCE 1e-4

float known_gradients_label(size_t row) {
    return (float)(row % 2);
}

/* Pseudo-random numbers, different for each weight and independent of the model's weights. */
float known_gradients_direction(size_t weight, size_t index) {
    return known_answer_number((uint32_t)((weight + 1) << 24) + (uint32_t)index);
}

/* One device under test. */
struct test {
    mood_device *device;
    mood_model *model;
    float *gradients, *values; /* [flat_count]; values before the step of Adam */
    bool right;
    char *reason;
    size_t size;
};

static mood_status out_of_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory testing a device");
}

/* ---- gradients ------------------------------------------------------------------------------------ */

/* NaN counts as wrong. */
static void compare_gradients(struct test *test) {
    size_t weight = 0;
    for (size_t i = 0; i < test->model->layer_count; i++)
        for (size_t k = 0; k < test->model->layers[i]->variable_count && test->right; k++, weight++) {
            const struct variable *variable = &test->model->layers[i]->variables[k];
            const struct known_gradient *known = &known_gradients[weight];
            double product = 0;
            for (size_t n = 0; n < variable->count; n++)
                product += (double)known_gradients_direction(weight, n) * test->gradients[variable->offset + n];
            if (fabs(product - known->product) <= TOLERANCE * known->norm)
                continue;
            test->right = false;
            snprintf(test->reason, test->size,
                     "computes wrong gradients (%s %s: %.6g instead of %.6g in the known-answer test)",
                     test->model->layers[i]->name, variable->name, product, known->product);
        }
}

static mood_status run_batch(struct test *test, struct context *context, struct loss_totals *loss, struct batch *batch,
                             mood_error *err) {
    mood_model *model = test->model;
    int32_t *x = malloc(KNOWN_ANSWER_ROWS * model->T * sizeof *x);
    float y[KNOWN_ANSWER_ROWS];
    if (!x)
        return out_of_memory(err);
    known_answer_rows(model->T, x);
    for (size_t r = 0; r < KNOWN_ANSWER_ROWS; r++)
        y[r] = known_gradients_label(r);
    struct rows rows = {.x = x, .y = y, .n = KNOWN_ANSWER_ROWS, .T = model->T, .O = 1};
    mood_status status = batch_load(batch, model->queue, &rows, 0, KNOWN_ANSWER_ROWS, err);
    if (status == MOOD_OK)
        status = context_forward(context, &batch->input, err);
    if (status == MOOD_OK)
        status = totals_add(context, loss, batch, KNOWN_ANSWER_ROWS, KNOWN_ANSWER_ROWS, 0, err);
    if (status == MOOD_OK)
        status = context_backward(context, &batch->input, &loss->d_logits, err);
    if (status == MOOD_OK)
        status = context_end_batch(context, err);
    if (status == MOOD_OK)
        status = queue_read(model->queue, &model->gradients, 0, test->gradients,
                            model->trainable_count * sizeof *test->gradients, err);
    free(x);
    return status;
}

static mood_status compute_gradients(struct test *test, mood_error *err) {
    mood_model *model = test->model;
    struct context *context = NULL;
    struct loss_totals loss = {0};
    struct batch batch = {0};
    mood_status status = queue_zero(model->queue, &model->gradients, err);
    if (status == MOOD_OK)
        status = context_create(model, model->queue, KNOWN_ANSWER_ROWS, true, &context, err);
    if (status == MOOD_OK)
        status = totals_create(model, KNOWN_ANSWER_ROWS, 1, true, &loss, err);
    if (status == MOOD_OK)
        status = batch_create(model, KNOWN_ANSWER_ROWS, 1, true, &batch, err);
    if (status == MOOD_OK)
        status = run_batch(test, context, &loss, &batch, err);
    queue_finish(model->queue, NULL);
    batch_destroy(&batch);
    totals_destroy(&loss);
    context_destroy(context);
    if (status == MOOD_OK)
        compare_gradients(test);
    return status;
}

/* ---- Adam ----------------------------------------------------------------------------------------- */

/* The first step, with Keras's default settings. */
static void compare_step(struct test *test, const float *after) {
    const double rate = 0.001, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
    double alpha = rate * sqrt(1 - beta_2) / (1 - beta_1);
    for (size_t n = 0; n < test->model->flat_count && test->right; n++) {
        double g = test->gradients[n], m = (1 - beta_1) * g, v = (1 - beta_2) * g * g;
        double expected = test->values[n] - alpha * m / (sqrt(v) + epsilon);
        if (fabs(after[n] - expected) <= 1e-6)
            continue;
        test->right = false;
        snprintf(test->reason, test->size,
                 "computes a wrong step of Adam (%.7g instead of %.7g in the known-answer test)", (double)after[n],
                 expected);
    }
}

static mood_status step(struct test *test, mood_error *err) {
    mood_model *model = test->model;
    size_t bytes = model->flat_count * sizeof(float);
    float *after = malloc(bytes);
    mood_status status = after ? model_make_slots(model, err) : out_of_memory(err);
    if (status == MOOD_OK)
        status = queue_read(model->queue, &model->values, 0, test->values, bytes, err);
    if (status == MOOD_OK)
        status = update_run(model, err);
    if (status == MOOD_OK)
        status = queue_read(model->queue, &model->values, 0, after, bytes, err);
    if (status == MOOD_OK)
        compare_step(test, after);
    free(after);
    return status;
}

/* ---- classes -------------------------------------------------------------------------------------- */

static mood_status test_tiles(struct test *test, mood_error *err) {
    mood_device *device = test->device;
    unsigned times[TALLEST_TILE + 1];
    mood_status status = MOOD_OK;
    for (unsigned height = 0; height <= TALLEST_TILE; height++)
        times[height] = device->tile_times[height];
    for (const unsigned *height = device->heights; *height && status == MOOD_OK && test->right; height++) {
        tiles_take_only(device, *height);
        status = compute_gradients(test, err);
    }
    tiles_set_times(device, times);
    return status;
}

/* Tests the other variant of running layers. */
static mood_status test_groups(struct test *test, mood_error *err) {
    mood_device *device = test->device;
    size_t units = device->group_units;
    device->group_units = SIZE_MAX;
    test->model->prepared = false;
    mood_status status = model_prepare(test->model, err);
    if (status == MOOD_OK)
        status = compute_gradients(test, err);
    device->group_units = units;
    return status;
}

static mood_status test_class(struct test *test, mood_error *err) {
    mood_status status = model_prepare(test->model, err); /* also measures tiles and groups */
    if (status != MOOD_OK)
        return status;
    if (device_class(test->device) == CLASS_TILE)
        return test_tiles(test, err);
    status = compute_gradients(test, err);
    return status == MOOD_OK && test->right && test->device->forced == CLASS_AUTO ? test_groups(test, err) : status;
}

static mood_status make_room(struct test *test, mood_error *err) {
    test->gradients = calloc(test->model->flat_count, sizeof *test->gradients);
    test->values = calloc(test->model->flat_count, sizeof *test->values);
    return test->gradients && test->values ? MOOD_OK : out_of_memory(err);
}

mood_status known_gradients_test(mood_device *device, bool *right, char *reason, size_t size, mood_error *err) {
    struct test test = {.device = device, .right = true, .reason = reason, .size = size};
    mood_status status = known_answer_model(device, known_answers_short.T, &test.model, err);
    if (status == MOOD_OK)
        status = mood_model_compile(test.model, NULL, err); /* Adam */
    if (status == MOOD_OK)
        status = model_make_gradients(test.model, err);
    if (status == MOOD_OK)
        status = make_room(&test, err);
    if (status == MOOD_OK)
        status = test_class(&test, err);
    if (status == MOOD_OK && test.right)
        status = step(&test, err);
    mood_model_destroy(test.model);
    free(test.gradients);
    free(test.values);
    *right = status == MOOD_OK && test.right;
    return status;
}
