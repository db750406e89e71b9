/* The whole model: numeric gradients, every loss and activation; bitwise reproducible training; scores that do not
 * depend on the batch; errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model_fixture.h"
#include "layers.h"
#include "model/model.h"
#include "reference.h"

/* ---- gradients ---------------------------------------------------------------------------------- */

static void check_gradients(int device_index, const char *layers, const char *loss, size_t O) {
    mood_device *device = devices_get(device_index);
    mood_model *model;
    struct data data;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    compile.loss = loss;
    fill_data(&data, loss, O);
    if (*layers == '0') /* masked: includes a row without words */
        memset(data.x + 2 * T, 0, T * sizeof *data.x);
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, layers);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, &compile, err));
    /* Larger weights than the initial ones, so that every gate is used. */
    for (size_t i = 0; i < mood_model_count_weights(model); i++) {
        mood_weight_info info;
        ck_ok(mood_model_weight_info(model, i, &info, err));
        float *values = random_floats((unsigned)i + 1, info.count, 0.7);
        for (size_t k = 0; strcmp(info.name, "moving_variance") == 0 && k < info.count; k++)
            values[k] = 0.3f + fabsf(values[k]);
        ck_ok(mood_model_set_weight(model, i, values, info.count, err));
        free(values);
    }
    float *gradients = gradients_of(model, &data, O, N);
    check_slopes(model, &data, O, gradients);
    free(gradients);
    mood_model_destroy(model);
}

/* Models in the notation of add_layers. */
START_TEST(gradients_are_slopes) {
    static const struct {
        const char *layers;
        const char *loss;
        size_t outputs;
    } models[] = {
        {"slt1", "binary_crossentropy", 1},
        {"lg2", "binary_crossentropy", 3},
        {"ltm3", "categorical_crossentropy", 3},
        {"sgln3", "sparse_categorical_crossentropy", 1},
        {"pr1", "binary_crossentropy", 1},       /* regularizers */
        {"zpt1", "binary_crossentropy", 1},      /* a frozen layer */
        {"asbalic", "binary_crossentropy", 1},   /* Activation, also as the last layer */
        {"esdltdxy1", "binary_crossentropy", 1}, /* random layers, on sequences and vectors */
        {"BCt1", "binary_crossentropy", 1},
        {"SsRM1", "binary_crossentropy", 1},
        {"BtRQ1", "binary_crossentropy", 1},
        {"sF1", "binary_crossentropy", 1},
        {"sPsG1", "binary_crossentropy", 1},
        {"VWslt1", "binary_crossentropy", 1},
        {"VBA1", "binary_crossentropy", 1},
        {"FtF1", "binary_crossentropy", 1},
        {"HA1", "binary_crossentropy", 1},
        {"IJl1", "binary_crossentropy", 1},
        {"KIF1", "binary_crossentropy", 1},
        {"DE1", "binary_crossentropy", 1}, /* dropout of x */
        {"NT1", "binary_crossentropy", 1},
        {"sNO1", "binary_crossentropy", 1},
        {"UX1", "binary_crossentropy", 1},
        {"0slt1", "binary_crossentropy", 1}, /* masks */
        {"0edDtE1", "binary_crossentropy", 1},
        {"0SNUX1", "binary_crossentropy", 1},
        {"0aQ1", "binary_crossentropy", 1},
        {"0sA1", "binary_crossentropy", 1},
        {"0sF1", "binary_crossentropy", 1},
        {"0BtHF1", "binary_crossentropy", 1},
        {"0Hl1", "binary_crossentropy", 1},
        {"ldxt1", "binary_crossentropy", 1}, /* on vectors only: padding is shared */
        {"fsflf1", "binary_crossentropy", 1},
        {"sjsjA1", "binary_crossentropy", 1},
        {"vklkt1", "binary_crossentropy", 1},
        {"osolo1", "binary_crossentropy", 1},
        {"lowot1", "binary_crossentropy", 1}, /* on vectors only */
        {"qSqCq1", "binary_crossentropy", 1},
        {"usult1", "binary_crossentropy", 1},
        {"IoUofF1", "binary_crossentropy", 1},
        {"esoldot1", "binary_crossentropy", 1},
        {"4Y61", "binary_crossentropy", 1}, /* other activations than tanh and sigmoid */
        {"04s4l1", "binary_crossentropy", 1},
        {"7s69Z61", "binary_crossentropy", 1},
        {"581", "binary_crossentropy", 1}, /* GRUs without reset_after */
        {"05Y1", "binary_crossentropy", 1},
        {"+-1", "binary_crossentropy", 1}, /* recurrent_dropout */
        {"/;:1", "binary_crossentropy", 1},
        {"0+/:1", "binary_crossentropy", 1},
        {"[.l,<>(s]F1", "binary_crossentropy", 1}, /* layers that rearrange */
        {"0[sD.]A1", "binary_crossentropy", 1},
        {"s!l@=1", "binary_crossentropy", 1}, /* activations as layers */
        {"$#%l&t*1", "binary_crossentropy", 1},
        {"H!F%1", "binary_crossentropy", 1},
        {"0s@#N%*l!n1", "binary_crossentropy", 1},
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (devices_in_turn(_i, (int)i))
            check_gradients(_i, models[i].layers, models[i].loss, models[i].outputs);
}
END_TEST

/* ---- random layers -------------------------------------------------------------------------------- */

/* Copy all weights; layers without weights may differ. */
static void copy_weights(mood_model *from, mood_model *to) {
    for (size_t i = 0; i < mood_model_count_weights(from); i++) {
        mood_weight_info info;
        ck_ok(mood_model_weight_info(from, i, &info, err));
        float *values = malloc(info.count * sizeof *values);
        ck_assert_ptr_nonnull(values);
        ck_ok(mood_model_get_weight(from, i, values, info.count, err));
        ck_ok(mood_model_set_weight(to, i, values, info.count, err));
        free(values);
    }
}

static mood_model *built_model(mood_device *device, const char *layers) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, layers);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, NULL, err));
    return model;
}

START_TEST(random_layers_do_nothing_at_inference) {
    mood_device *device = devices_get(_i);
    mood_model *plain = built_model(device, "slt1"), *noisy = built_model(device, "esxdltdy1");
    struct data data;
    float with[N], without[N];
    fill_data(&data, "binary_crossentropy", 1);
    copy_weights(plain, noisy);
    ck_ok(mood_model_predict(plain, data.x, N, T, 0, without, err));
    ck_ok(mood_model_predict(noisy, data.x, N, T, 0, with, err));
    ck_assert_mem_eq(with, without, sizeof with);
    ck_assert_double_gt(fabs(training_loss(noisy, &data, 1, N) - training_loss(plain, &data, 1, N)), 1e-4);
    mood_model_destroy(plain);
    mood_model_destroy(noisy);
}
END_TEST

/* At inference an LSTM with recurrent_dropout is bitwise identical to one without it; in training the mask of the
 * state has an effect. */
START_TEST(recurrent_dropout_does_nothing_at_inference) {
    static const char *const layers[][2] = {
        {"LSTM(6, return_sequences=True)", "GRU(4)"},
        {"LSTM(6, return_sequences=True, recurrent_dropout=0.5)", "GRU(4, recurrent_dropout=0.5)"}};
    mood_device *device = devices_get(_i);
    mood_model *models[2];
    struct data data;
    float y[2][N];
    fill_data(&data, "binary_crossentropy", 1);
    for (int i = 0; i < 2; i++) {
        ck_ok(mood_model_create(device, &models[i], err));
        ck_ok(append_layers(
            models[i], LAYERS("Embedding(23, 5)", layers[i][0], layers[i][1], "Dense(1, activation='sigmoid')"), err));
        ck_ok(mood_model_build(models[i], T, 3, err));
        ck_ok(mood_model_compile(models[i], NULL, err));
    }
    double losses[2] = {training_loss(models[0], &data, 1, N), training_loss(models[1], &data, 1, N)};
    ck_assert_double_gt(fabs(losses[0] - losses[1]), 1e-5);
    for (int i = 0; i < 2; i++) {
        ck_ok(mood_model_predict(models[i], data.x, N, T, 0, y[i], err));
        mood_model_destroy(models[i]);
    }
    ck_assert_mem_eq(y[0], y[1], sizeof *y);
}
END_TEST

/* A row's random numbers depend on its index, not on its slice. */
START_TEST(random_numbers_do_not_depend_on_slices) {
    mood_device *device = devices_get(_i);
    static const char *const layers[] = {"esdltdx1", "0esdDEtdx1", "0xsl1", "+;:1", "0/-1", "l,dDA1"};
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    memset(data.x + 2 * T, 0, T * sizeof *data.x); /* a slice with one row, which is completely masked */
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        mood_model *model = built_model(device, layers[i]);
        double whole = training_loss(model, &data, 1, N);
        ck_assert_double_eq_tol(training_loss(model, &data, 1, 4), whole, 1e-6);
        ck_assert_double_eq_tol(training_loss(model, &data, 1, 1), whole, 1e-6);
        mood_model_destroy(model);
    }
}
END_TEST

/* ---- sizes ---------------------------------------------------------------------------------------- */

/* A layer's settings must fit the shape of its input. */
START_TEST(shapes_are_checked) {
    static const struct {
        const char *layer, *says;
    } cases[] = {
        {"Reshape((4, 4))", "its target_shape does not have the 30 numbers of its input"},
        {"Reshape((7, -1))", "its target_shape does not have the 30 numbers"},
        {"Reshape((2147483647, 2147483647))", "its target_shape does not have the 30 numbers"},
        {"Cropping1D((3, 3))", "it crops 3 and 3 of 6 steps, which leaves none"},
        {"Permute((1,))", "its dims have 1 axes, its input 2"},
        {"RepeatVector(3)", "a RepeatVector takes a vector, but the layer before it outputs a sequence"},
        {"UpSampling1D(2147483647)", "larger than the maximum (2^28 numbers)"},
        {"ZeroPadding1D(2147483647)", "larger than the maximum (2^28 numbers)"},
        {"PReLU(shared_axes=[3])", "shared_axes has 3, but the axes of its input are 1 to 2"},
        {"Dense(3, kernel_constraint=MaxNorm(axis=2))",
         "kernel: its constraint has the axis 2, but the weight has 2 axes"},
        {"Softmax(axis=1)", "this version's Softmax is over the last axis only, which is 2 or -1"},
    };
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mood_model *model;
        mood_error said;
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(append_layers(model, LAYERS("Embedding(23, 5)", cases[i].layer, "Flatten()"), err));
        mood_status status = mood_model_build(model, T, 1, &said);
        ck_assert_msg(status != MOOD_OK, "%s", cases[i].layer);
        refused(status, &said, status, cases[i].says);
        mood_model_destroy(model);
    }
}
END_TEST

/* The output of a Flatten contains all time steps in one vector: they are counted once. */
START_TEST(long_rows_may_be_flattened) {
    enum { STEPS = 3000 };
    mood_device *device = devices_get(_i);
    mood_model *model;
    float y[2];
    int32_t *x = calloc(2 * STEPS, sizeof *x);
    ck_assert_ptr_nonnull(x);
    x[STEPS + 7] = 3;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(9, 64)", "Flatten()", "Dense(1, activation='sigmoid')"), err));
    ck_ok(mood_model_build(model, STEPS, 1, err));
    ck_assert_uint_ge(context_default_batch(model), 300);
    ck_ok(mood_model_predict(model, x, 2, STEPS, 0, y, err));
    ck_assert(y[0] != y[1]);
    free(x);
    mood_model_destroy(model);
}
END_TEST

/* ---- frozen layers -------------------------------------------------------------------------------- */

START_TEST(frozen_weights_stay) {
    mood_device *device = devices_get(_i);
    mood_model *model = built_model(device, "zp1");
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    struct data data;
    size_t frozen = 0;
    fit.epochs = 3;
    fit.batch_size = 4;
    fill_data(&data, "binary_crossentropy", 1);
    float *before = download(model->queue, &model->values, model->flat_count);
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, NULL, err));
    float *after = download(model->queue, &model->values, model->flat_count);
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            bool same = memcmp(before + variable->offset, after + variable->offset, variable->count * sizeof(float)) ==
                        0;
            ck_assert_int_eq(same, variable->role == FROZEN);
            ck_assert_int_eq(variable->offset >= model->trainable_count, variable->role == FROZEN);
            frozen += variable->role == FROZEN;
        }
    ck_assert_uint_eq(frozen, 3);
    free(before);
    free(after);
    mood_model_destroy(model);
}
END_TEST

/* ---- reproducible training, independent rows ----------------------------------------------------- */

static mood_model *article_like(mood_device *device) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, "slt1");
    ck_ok(mood_model_compile(model, NULL, err));
    return model;
}

static float *trained(mood_device *device, uint64_t seed, size_t *count) {
    mood_model *model = article_like(device);
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    struct data data;
    fit.epochs = 4;
    fit.batch_size = 4;
    fit.seed = seed;
    fill_data(&data, "binary_crossentropy", 1);
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, NULL, err));
    *count = model->flat_count;
    float *values = download(model->queue, &model->values, model->flat_count);
    mood_model_destroy(model);
    return values;
}

START_TEST(training_is_bitwise_reproducible) {
    mood_device *device = devices_get(_i);
    size_t count;
    float *first = trained(device, 5, &count), *second = trained(device, 5, &count);
    float *other = trained(device, 6, &count);
    ck_assert_int_eq(memcmp(first, second, count * sizeof *first), 0);
    ck_assert_int_ne(memcmp(first, other, count * sizeof *first), 0);
    free(first);
    free(second);
    free(other);
}
END_TEST

static void compare_batches(mood_model *model) {
    enum { ROWS = 200 };
    static int32_t x[ROWS * T];
    static float all[ROWS], some[ROWS];
    for (size_t i = 0; i < ROWS * T; i++)
        x[i] = i % (11 * T) < T ? 0 : (int32_t)((i * 31 + i / 7) % V);
    ck_ok(mood_model_build(model, T, 1, err));
    ck_ok(mood_model_predict(model, x, ROWS, T, 0, all, err));
    static const size_t batches[] = {1, 2, 7, 64, 199};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        ck_ok(mood_model_predict(model, x, ROWS, T, batches[i], some, err));
        ck_assert_msg(memcmp(all, some, sizeof all) == 0, "batches of %zu rows differ", batches[i]);
    }
    mood_model_destroy(model);
}

START_TEST(a_row_does_not_depend_on_the_others) {
    static const char *const masked[] = {"0slt1", "0BOt1", "0sF1", "0sA1"};
    mood_device *device = devices_get(_i);
    compare_batches(article_like(device));
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        mood_model *model;
        ck_ok(mood_model_create(device, &model, err));
        add_layers(model, masked[i]);
        compare_batches(model);
    }
}
END_TEST

/* The score of a row depends on its unmasked ids and their order only, not on the positions of masked steps. */
START_TEST(masked_steps_make_no_difference) {
    static const int32_t x[4][T] = {{3, 7, 7, 1}, {0, 3, 0, 7, 7, 1}, {0, 0, 3, 7, 7, 1}, {3, 0, 7, 7, 0, 1}};
    static const char *const layers[] = {"0slt1", "0BTt1", "0NUX1", "0sA1", "0xl1"};
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        mood_model *model = built_model(device, layers[i]);
        float y[4];
        ck_ok(mood_model_predict(model, x[0], 4, T, 0, y, err));
        for (int k = 1; k < 4; k++)
            ck_assert_msg(memcmp(&y[k], y, sizeof *y) == 0, "%s: row %d scores %g, row 0 %g", layers[i], k,
                          (double)y[k], (double)*y);
        mood_model_destroy(model);
    }
}
END_TEST

/* ---- fit ---------------------------------------------------------------------------------------- */

/* It can memorize the rows, and its history shows that. */
START_TEST(fit_learns) {
    mood_device *device = devices_get(_i);
    mood_model *model = article_like(device);
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    mood_history *history;
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    fit.epochs = 150;
    fit.batch_size = 3;
    compile.optimizer = "Adam(0.01)";
    ck_ok(mood_model_compile(model, &compile, err));
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, &history, err));
    ck_assert_uint_eq(history->count, 150);
    ck_assert_double_eq(mood_metrics_get(history->epochs[149].metrics, "accuracy"), 1.0);
    ck_assert_double_lt(mood_metrics_get(history->epochs[149].metrics, "loss"), 0.1);
    ck_assert(isnan(mood_metrics_get(history->epochs[0].metrics, "val_loss")));
    mood_history_destroy(history);
    mood_model_destroy(model);
}
END_TEST

/* Weights multiply the losses of rows, also of the validation split, but do not affect accuracy. */
START_TEST(rows_are_weighted) {
    mood_device *device = devices_get(_i);
    float twice[N], classes[2] = {2, 2}, bad[N] = {NAN};
    double loss[3], val_loss[3], accuracy[3];
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    for (size_t i = 0; i < N; i++)
        twice[i] = 2;
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    fit.validation_split = 0.25;
    fit.class_count = 2;
    for (int round = 0; round < 3; round++) {
        mood_model *model = article_like(device);
        mood_history *history;
        fit.sample_weight = round == 1 ? twice : NULL;
        fit.class_weight = round == 2 ? classes : NULL;
        ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, &history, err));
        loss[round] = mood_metrics_get(history->epochs[0].metrics, "loss");
        val_loss[round] = mood_metrics_get(history->epochs[0].metrics, "val_loss");
        accuracy[round] = mood_metrics_get(history->epochs[0].metrics, "accuracy");
        mood_history_destroy(history);
        mood_model_destroy(model);
    }
    for (int round = 1; round < 3; round++) {
        ck_assert(fabs(loss[round] - 2 * loss[0]) < 1e-5 * loss[0]);
        ck_assert_double_eq(accuracy[round], accuracy[0]);
    }
    ck_assert_double_eq(val_loss[1], 2 * val_loss[2]); /* class weights are for training only */
    mood_model *model = article_like(device);
    fit.sample_weight = bad;
    ck_assert_int_eq(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, NULL, NULL), MOOD_ERR_ARGUMENT);
    fit.class_weight = NULL;
    ck_assert_int_eq(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, NULL, NULL), MOOD_ERR_ARGUMENT);
    mood_model_destroy(model);
}
END_TEST

struct seen {
    size_t batches, epochs, stop_after;
    double loss;
};

static bool on_batch(const mood_progress *progress, void *user) {
    struct seen *seen = user;
    seen->batches++;
    seen->loss = mood_metrics_get(progress->metrics, "loss");
    ck_assert_uint_eq(progress->steps, 3);
    ck_assert_uint_eq(progress->step, (seen->batches - 1) % 3 + 1);
    return seen->batches != seen->stop_after;
}

static bool on_epoch(const mood_epoch *epoch, void *user) {
    struct seen *seen = user;
    seen->epochs++;
    ck_assert_double_eq_tol(mood_metrics_get(epoch->metrics, "loss"), seen->loss, 1e-9);
    ck_assert(!isnan(mood_metrics_get(epoch->metrics, "val_accuracy")));
    return true;
}

/* 11 rows, a split of 0.2: floor(8.8) = 8 rows train, in batches of 3, 3, 2. */
START_TEST(callbacks_see_batches_and_can_stop) {
    mood_device *device = devices_get(_i);
    mood_model *model = article_like(device);
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    struct seen seen = {.stop_after = 0};
    mood_history *history;
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    fit.epochs = 3;
    fit.batch_size = 3;
    fit.validation_split = 0.2;
    fit.on_batch = on_batch;
    fit.on_epoch = on_epoch;
    fit.user = &seen;
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, &history, err));
    ck_assert_uint_eq(seen.batches, 9);
    ck_assert_uint_eq(seen.epochs, 3);
    ck_assert(!history->stopped);
    mood_history_destroy(history);
    seen = (struct seen){.stop_after = 5};
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, &history, err));
    ck_assert_uint_eq(seen.batches, 5);
    ck_assert_uint_eq(history->count, 1);
    ck_assert(history->stopped);
    mood_history_destroy(history);
    mood_model_destroy(model);
}
END_TEST

/* ---- invalid rows ------------------------------------------------------------------------------ */

START_TEST(a_batch_may_be_larger_than_the_data) {
    mood_device *device = devices_get(_i);
    mood_model *model = article_like(device);
    struct data data;
    mood_metrics *once, *more;
    fill_data(&data, "binary_crossentropy", 1);
    ck_ok(mood_model_build(model, T, 0, err));
    ck_ok(mood_model_evaluate(model, data.x, N, T, data.y, 1, N, &once, err));
    ck_ok(mood_model_evaluate(model, data.x, N, T, data.y, 1, SIZE_MAX, &more, err));
    ck_assert_uint_eq(mood_metrics_count(once), 2);
    for (size_t i = 0; i < 2; i++)
        ck_assert_double_eq(mood_metrics_value_at(once, i), mood_metrics_value_at(more, i));
    ck_assert_double_gt(mood_metrics_get(once, "loss"), 0.1);
    mood_metrics_destroy(once);
    mood_metrics_destroy(more);
    mood_model_destroy(model);
}
END_TEST

/* NaN weights propagate to the outputs through every kind of layer, and NaN outputs are an error. */
START_TEST(outputs_that_are_not_finite_are_refused) {
    mood_device *device = devices_get(_i);
    mood_model *model;
    mood_error said;
    struct data data;
    float y[N], *values;
    mood_weight_info info;
    fill_data(&data, "binary_crossentropy", 1);
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, "slrtg1");
    ck_ok(mood_model_build(model, T, 0, err));
    ck_ok(mood_model_weight_info(model, 0, &info, err));
    values = malloc(info.count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < info.count; i++)
        values[i] = NAN;
    ck_ok(mood_model_set_weight(model, 0, values, info.count, err));
    refused(mood_model_predict(model, data.x, N, T, 0, y, &said), &said, MOOD_ERR_STATE,
            "row 0: the model's output is ");
    for (size_t i = 0; i < N; i++)
        ck_assert_msg(isnan(y[i]), "row %zu: %g", i, (double)y[i]);
    free(values);
    mood_model_destroy(model);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------- */

START_TEST(mismatches_are_refused) {
    mood_device *device = devices_get(_i);
    mood_model *model;
    mood_error said;
    struct data data;
    mood_metrics *metrics;
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    float y[N];
    fill_data(&data, "binary_crossentropy", 1);

    ck_ok(mood_model_create(device, &model, err));
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_STATE, "no layers");
    refused(mood_model_add(model, "LSTM(0)", &said), &said, MOOD_ERR_ARGUMENT, "whole number from 1");
    ck_ok(mood_model_add(model, "Dense(3)", err));
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_SHAPE, "put an Embedding first");
    mood_model_destroy(model);

    model = article_like(device);
    refused(mood_model_predict(model, data.x, N, T, 0, y, &said), &said, MOOD_ERR_STATE, "no weights");
    data.x[2 * T + 1] = V;
    refused(mood_model_fit(model, data.x, N, T, data.y, 1, NULL, NULL, &said), &said, MOOD_ERR_ARGUMENT,
            "row 2, step 1");
    refused(mood_model_predict(model, data.x, N, T, 0, y, &said), &said, MOOD_ERR_STATE, "no weights"); /* unchanged */
    ck_ok(mood_model_build(model, T, 0, err));
    refused(mood_model_fit(model, NULL, N, T, data.y, 1, NULL, NULL, &said), &said, MOOD_ERR_ARGUMENT, "rows x");
    refused(mood_model_predict(model, data.x, N, T, 0, NULL, &said), &said, MOOD_ERR_ARGUMENT, "room y");
    data.x[2 * T + 1] = -1;
    refused(mood_model_predict(model, data.x, N, T, 0, y, &said), &said, MOOD_ERR_ARGUMENT, "row 2, step 1");
    data.x[2 * T + 1] = 0;
    refused(mood_model_predict(model, data.x, N, T - 1, 0, y, &said), &said, MOOD_ERR_SHAPE, "the model takes");
    refused(mood_model_evaluate(model, data.x, N, T, data.y, 2, 0, &metrics, &said), &said, MOOD_ERR_SHAPE,
            "1 are expected");
    fit.validation_split = 0.99;
    refused(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, NULL, &said), &said, MOOD_ERR_ARGUMENT, "leaves none");
    ck_ok(mood_model_predict(model, data.x, N, T, 0, y, err));
    mood_model_destroy(model);

    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, "l");
    ck_ok(mood_model_add(model, "Dense(1)", err));
    mood_compile_options sparse = MOOD_COMPILE_OPTIONS;
    sparse.loss = "sparse_categorical_crossentropy";
    refused(mood_model_compile(model, &sparse, &said), &said, MOOD_ERR_SHAPE, "one unit for each class");
    refused(mood_model_fit(model, data.x, N, T, data.y, 1, NULL, NULL, &said), &said, MOOD_ERR_STATE, "compile");
    mood_model_destroy(model);

    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, "l1");
    ck_ok(mood_model_compile(model, NULL, err));
    ck_ok(mood_model_add(model, "Dense(1)", err)); /* another last layer, which the loss may not fit */
    refused(mood_model_fit(model, data.x, N, T, data.y, 1, NULL, NULL, &said), &said, MOOD_ERR_STATE, "compile");
    mood_model_destroy(model);

    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, "ll");
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_SHAPE, "return_sequences");
    mood_model_destroy(model);

    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, "0Rl1");
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_UNSUPPORTED, "use Bidirectional");
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("model", &suite), *longer = add_case("longer", suite);
    ADD_DEVICE_TEST(longer, gradients_are_slopes);
    ADD_LONG_DEVICE_TEST(longer, fit_learns);
    ADD_LONG_DEVICE_TEST(tcase, recurrent_dropout_does_nothing_at_inference);
    ADD_LONG_DEVICE_TEST(tcase, rows_are_weighted);
    ADD_LONG_DEVICE_TEST(tcase, random_layers_do_nothing_at_inference);
    ADD_LONG_DEVICE_TEST(tcase, random_numbers_do_not_depend_on_slices);
    ADD_LONG_DEVICE_TEST(tcase, frozen_weights_stay);
    ADD_LONG_DEVICE_TEST(tcase, shapes_are_checked);
    ADD_LONG_DEVICE_TEST(tcase, long_rows_may_be_flattened);
    ADD_LONG_DEVICE_TEST(tcase, training_is_bitwise_reproducible);
    ADD_LONG_DEVICE_TEST(tcase, a_row_does_not_depend_on_the_others);
    ADD_LONG_DEVICE_TEST(tcase, masked_steps_make_no_difference);
    ADD_LONG_DEVICE_TEST(tcase, callbacks_see_batches_and_can_stop);
    ADD_LONG_DEVICE_TEST(tcase, a_batch_may_be_larger_than_the_data);
    ADD_LONG_DEVICE_TEST(tcase, outputs_that_are_not_finite_are_refused);
    ADD_LONG_DEVICE_TEST(tcase, mismatches_are_refused);
    return run_suite(suite);
}
