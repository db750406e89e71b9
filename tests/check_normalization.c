/* LayerNormalization and BatchNormalization: statistics, moving averages in training, and batches. check_model.c
 * compares gradients, check_keras.c compares with Keras. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "model/shared_padding.h"
#include "model/slice.h"
#include "model_fixture.h"
#include "reference.h"

enum { WIDTH = 37, ROWS = N * T }; /* not a multiple of a vector; more rows than one chunk of sums */

static mood_model *built(mood_device *device, const char *letters) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, letters);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, NULL, err));
    return model;
}

static float *weights_of(mood_model *model) {
    return download(model->queue, &model->values, model->flat_count);
}

/* A model of the same layers with the same weights. */
static mood_model *copy_of(mood_model *model, const char *letters) {
    mood_model *copy = built(model->device, letters);
    float *values = weights_of(model);
    ck_assert_uint_eq(copy->flat_count, model->flat_count);
    ck_ok(queue_write(copy->queue, &copy->values, 0, values, copy->flat_count * sizeof *values, err));
    copy->prepared = false;
    free(values);
    return copy;
}

static void fit(mood_model *model, const struct data *data, size_t epochs, size_t batch) {
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.epochs = epochs;
    options.batch_size = batch;
    ck_ok(mood_model_fit(model, data->x, N, T, data->y, 1, &options, NULL, err));
}

/* Rows of every length, one with only padding. */
static void fill_padded(struct data *data) {
    fill_data(data, "binary_crossentropy", 1);
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < T; t++)
            data->x[i * T + t] = t < i * 5 % (T + 1) ? 0 : (int32_t)(1 + (i * 7 + t * 3) % (V - 1));
}

/* ---- statistics ---------------------------------------------------------------------------------- */

/* An Embedding of numbers far from 0, whose squares would cancel, and layers after it. */
static mood_model *far_from_zero(mood_device *device, const char *const *layers, float *table) {
    mood_model *model;
    float *spread = random_floats(4, V * WIDTH, 0.5);
    for (size_t i = 0; i < V * WIDTH; i++)
        table[i] = 100 + spread[i];
    free(spread);
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(23, 37)"), err));
    ck_ok(append_layers(model, layers, err));
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_set_weight(model, 0, table, V * WIDTH, err));
    return model;
}

static double mean_of(const float *x, size_t n, size_t stride) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i * stride];
    return sum / (double)n;
}

static double variance_of(const float *x, size_t n, size_t stride) {
    double mean = mean_of(x, n, stride), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)x[i * stride] - mean) * ((double)x[i * stride] - mean);
    return sum / (double)n;
}

START_TEST(rows_are_normalized) {
    mood_device *device = devices_get(_i);
    float table[V * WIDTH], y[N * WIDTH];
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    for (int rms = 0; rms < 2; rms++) {
        mood_model *model = far_from_zero(
            device,
            LAYERS(rms ? "LayerNormalization(rms_scaling=True)" : "LayerNormalization()", "GlobalAveragePooling1D()"),
            table);
        ck_ok(mood_model_predict(model, data.x, N, T, 0, y, err));
        for (size_t i = 0; i < N * WIDTH; i++) {
            double wanted = 0;
            for (size_t t = 0; t < T; t++) {
                const float *row = table + (size_t)data.x[i / WIDTH * T + t] * WIDTH;
                double center = rms ? 0 : mean_of(row, WIDTH, 1);
                wanted += ((double)row[i % WIDTH] - center) / sqrt(variance_of(row, WIDTH, 1) + 1e-3) / T;
            }
            ck_assert_msg(fabs((double)y[i] - wanted) <= 1e-4 * (1 + fabs(wanted)), "%zu: %g, not %g", i, (double)y[i],
                          wanted);
        }
        mood_model_destroy(model);
    }
}
END_TEST

static void assert_near(const float *values, const double *wanted) {
    for (size_t i = 0; i < WIDTH; i++)
        ck_assert_msg(fabs((double)values[i] - wanted[i]) <= 1e-5 * fabs(wanted[i]), "%zu: %.9g, not %.9g", i,
                      (double)values[i], wanted[i]);
}

/* After one step: over the batch and all its time steps, including padding; the variance is biased. */
START_TEST(moving_averages_take_a_share_of_the_batch) {
    mood_device *device = devices_get(_i);
    float table[V * WIDTH], x[ROWS * WIDTH], mean[WIDTH], variance[WIDTH];
    double wanted_mean[WIDTH], wanted_variance[WIDTH];
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    struct data data;
    fill_padded(&data);
    mood_model *model = far_from_zero(
        device, LAYERS("BatchNormalization(momentum=0.75)", "LSTM(3)", "Dense(1, activation='sigmoid')"), table);
    compile.optimizer = "SGD(0.001)";
    ck_ok(mood_model_compile(model, &compile, err));
    for (size_t i = 0; i < ROWS; i++)
        memcpy(x + i * WIDTH, table + data.x[i] * WIDTH, WIDTH * sizeof *x);
    for (size_t i = 0; i < WIDTH; i++) {
        wanted_mean[i] = 0.25 * mean_of(x + i, ROWS, WIDTH);
        wanted_variance[i] = 0.75 + 0.25 * variance_of(x + i, ROWS, WIDTH);
    }
    fit(model, &data, 1, N);
    ck_ok(mood_model_get_weight(model, 3, mean, WIDTH, err));
    ck_ok(mood_model_get_weight(model, 4, variance, WIDTH, err));
    assert_near(mean, wanted_mean);
    assert_near(variance, wanted_variance);
    mood_model_destroy(model);
}
END_TEST

/* ---- training ------------------------------------------------------------------------------------ */

static bool is_same(const struct variable *variable, const float *before, const float *after) {
    return memcmp(before + variable->offset, after + variable->offset, variable->count * sizeof *before) == 0;
}

START_TEST(only_a_trainable_layer_changes_its_averages) {
    mood_device *device = devices_get(_i);
    mood_model *model = built(device, "ouslqo1");
    size_t states = 0;
    struct data data;
    char *summary;
    fill_padded(&data);
    ck_ok(mood_model_summary(model, 80, &summary, err));
    ck_assert_msg(strstr(summary, "Non-trainable params: 41 ") != NULL, "%s", summary);
    free(summary);
    float *before = weights_of(model);
    fit(model, &data, 2, 4);
    float *after = weights_of(model);
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            ck_assert_msg(is_same(variable, before, after) == !model->layers[i]->trainable, "%s %s",
                          model->layers[i]->name, variable->name);
            ck_assert_int_eq(variable->offset < model->trainable_count, variable->role == TRAINABLE);
            states += variable->role == STATE;
        }
    ck_assert_uint_eq(states, 8);
    free(before);
    free(after);
    mood_model_destroy(model);
}
END_TEST

#define WATCHED "oslofo1"

struct watch {
    mood_model *model;
    struct data data;
    double best;
    float *best_weights;
};

/* Predictions and validation use the current averages: a new model with the same weights gives the same results. */
static bool watch_epoch(const mood_epoch *epoch, void *user) {
    struct watch *watch = user;
    float y[N], wanted[N];
    mood_model *copy = copy_of(watch->model, WATCHED);
    ck_ok(mood_model_predict(watch->model, watch->data.x, N, T, 0, y, err));
    ck_ok(mood_model_predict(copy, watch->data.x, N, T, 0, wanted, err));
    ck_assert_mem_eq(y, wanted, sizeof y);
    double val_loss = mood_metrics_get(epoch->metrics, "val_loss");
    ck_assert_double_eq(val_loss, evaluated_loss(copy, &watch->data, 1, 4));
    if (!watch->best_weights || val_loss < watch->best) {
        free(watch->best_weights);
        watch->best = val_loss;
        watch->best_weights = weights_of(watch->model);
    }
    mood_model_destroy(copy);
    return true;
}

START_TEST(averages_are_seen_at_once_and_come_back) {
    mood_device *device = devices_get(_i);
    struct watch watch = {.model = built(device, WATCHED)};
    mood_fit_options options = MOOD_FIT_OPTIONS;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    compile.optimizer = "SGD(2.0)"; /* the loss increases and decreases */
    ck_ok(mood_model_compile(watch.model, &compile, err));
    fill_padded(&watch.data);
    options.epochs = 8;
    options.batch_size = 4;
    options.x_val = watch.data.x;
    options.y_val = watch.data.y;
    options.n_val = N;
    options.on_epoch = watch_epoch;
    options.user = &watch;
    options.callbacks = (const char *const[]){"EarlyStopping(patience=100, restore_best_weights=True)"};
    options.callback_count = 1;
    ck_ok(mood_model_fit(watch.model, watch.data.x, N, T, watch.data.y, 1, &options, NULL, err));
    float *values = weights_of(watch.model);
    ck_assert_mem_eq(values, watch.best_weights, watch.model->flat_count * sizeof *values);
    free(values);
    free(watch.best_weights);
    mood_model_destroy(watch.model);
}
END_TEST

START_TEST(training_is_bitwise_reproducible) {
    mood_device *device = devices_get(_i);
    mood_model *models[2];
    struct data data;
    float *values[2];
    fill_padded(&data);
    for (int i = 0; i < 2; i++) {
        models[i] = built(device, "fsoloto1");
        fit(models[i], &data, 3, 4);
        values[i] = weights_of(models[i]);
    }
    ck_assert_mem_eq(values[0], values[1], models[0]->flat_count * sizeof *values[0]);
    for (int i = 0; i < 2; i++) {
        free(values[i]);
        mood_model_destroy(models[i]);
    }
}
END_TEST

/* ---- batches ------------------------------------------------------------------------------------- */

static void check_sharing(mood_device *device, const char *letters, bool inference, bool training) {
    mood_model *model = built(device, letters);
    for (int pass = 0; pass < 2; pass++) {
        struct schedule schedule;
        ck_ok(schedule_create(model, pass, &schedule, err));
        ck_assert_msg(schedule.shares_padding == (pass ? training : inference), "%s, pass %d", letters, pass);
        schedule_destroy(&schedule);
    }
    mood_model_destroy(model);
}

START_TEST(padding_is_shared_where_it_may_be) {
    mood_device *device = devices_get(_i);
    check_sharing(device, "fsflf1", true, true);
    check_sharing(device, "slo1", true, true);   /* on vectors: there are no time steps */
    check_sharing(device, "solo1", true, false); /* padding is part of the statistics */
    check_sharing(device, "sulu1", true, true);  /* frozen */
}
END_TEST

/* Scores, bitwise, and gradients of a model that shares padding and of one that does not. */
static void compare_padding(mood_device *device, const char *letters) {
    mood_model *shared = built(device, letters), *whole;
    struct data data;
    float with[N], without[N];
    fill_padded(&data);
    fit(shared, &data, 1, 4);
    whole = copy_of(shared, letters);
    whole->shares_padding = false;
    ck_ok(mood_model_predict(shared, data.x, N, T, 4, with, err));
    ck_ok(mood_model_predict(whole, data.x, N, T, 0, without, err));
    ck_assert_msg(memcmp(with, without, sizeof with) == 0, "%s", letters);
    float *some = gradients_of(shared, &data, 1, N), *others = gradients_of(whole, &data, 1, N);
    for (size_t i = 0; i < shared->trainable_count; i++)
        ck_assert_msg(fabsf(some[i] - others[i]) <= 1e-6f + 1e-4f * fabsf(others[i]), "%s, %zu: %g, not %g", letters, i,
                      (double)some[i], (double)others[i]);
    free(some);
    free(others);
    mood_model_destroy(shared);
    mood_model_destroy(whole);
}

START_TEST(nothing_depends_on_shared_padding) {
    static const char *const models[] = {"fsflf1", "sjl1", "vsklt1", "osolo1", "slo1", "usult1", "lo1"};
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        compare_padding(device, models[i]);
}
END_TEST

START_TEST(a_row_does_not_depend_on_the_others) {
    enum { MANY = 150 };
    static int32_t x[MANY * T];
    static float all[MANY], some[MANY];
    static const size_t batches[] = {1, 3, 64, 149};
    mood_device *device = devices_get(_i);
    mood_model *model = built(device, "fsoljwo1");
    for (size_t i = 0; i < MANY * T; i++)
        x[i] = (int32_t)((i * 31 + i / 7) % V);
    ck_ok(mood_model_predict(model, x, MANY, T, 0, all, err));
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        ck_ok(mood_model_predict(model, x, MANY, T, batches[i], some, err));
        ck_assert_msg(memcmp(all, some, sizeof all) == 0, "batches of %zu rows differ", batches[i]);
    }
    mood_model_destroy(model);
}
END_TEST

/* Reduce the device's memory until a batch does not fit. */
static void shrink_until_cut(mood_device *device, mood_model *model) {
    size_t rows = N;
    while (rows == N) {
        device->info.memory_bytes /= 2;
        ck_ok(slice_to_fit(model, true, N, &rows, err));
    }
}

START_TEST(the_batch_is_not_cut) {
    mood_device *device = devices_get(_i);
    mood_model *model = built(device, "sol1"), *frozen = built(device, "sul1");
    struct data data;
    mood_error said = {0};
    size_t rows;
    fill_padded(&data);
    for (size_t B = 1; B < 100000; B += 1 + B / 3) {
        ck_ok(slice_to_train(model, B, &rows, err));
        ck_assert_uint_eq(rows, B);
    }
    shrink_until_cut(device, model);
    mood_fit_options options = MOOD_FIT_OPTIONS;
    ck_assert_int_eq(mood_model_fit(model, data.x, N, T, data.y, 1, &options, NULL, &said), MOOD_ERR_SHAPE);
    ck_assert_msg(strstr(said.message, "layer batch_normalization: a BatchNormalization trains on the whole batch") &&
                      strstr(said.message, "use a batch size of at most"),
                  "%s", said.message);
    ck_ok(slice_to_fit(model, true, N, &options.batch_size, err));
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &options, NULL, err));
    ck_ok(mood_model_fit(frozen, data.x, N, T, data.y, 1, NULL, NULL, err));
    mood_model_destroy(model);
    mood_model_destroy(frozen);
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------------- */

START_TEST(what_is_not_known_is_refused) {
    static const struct {
        const char *layer, *says;
        mood_status status;
    } bad[] = {
        {"LayerNormalization(axis=[1, 2])", "\"axis\" is [1,2]; this version knows one axis", MOOD_ERR_UNSUPPORTED},
        {"LayerNormalization(axis='last')", "\"axis\" is \"last\"", MOOD_ERR_UNSUPPORTED},
        {"BatchNormalization(axis=99)", "\"axis\" is 99", MOOD_ERR_UNSUPPORTED},
        {"BatchNormalization(axis=1)",
         "its axis is 1; this version's BatchNormalization normalizes the last axis only, "
         "which is 2 or -1",
         MOOD_ERR_UNSUPPORTED},
        {"BatchNormalization(epsilon=-1e-3)", "\"epsilon\" is -0.001; it must be a number, 0 or more",
         MOOD_ERR_ARGUMENT},
        {"BatchNormalization(renorm=True)", "has no argument renorm", MOOD_ERR_UNSUPPORTED},
        {"BatchNormalization(synchronized=True)", "has no argument synchronized", MOOD_ERR_UNSUPPORTED},
        {"LayerNormalization(beta_constraint='non_positive')", "the constraint non_positive is not one that mood knows",
         MOOD_ERR_UNSUPPORTED},
    };
    mood_device *device = devices_get(0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mood_model *model;
        mood_error said = {0};
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, "Embedding(23, 5)", err));
        mood_status status = mood_model_add(model, bad[i].layer, &said);
        if (status == MOOD_OK)
            status = mood_model_build(model, T, 0, &said);
        ck_assert_msg(status == bad[i].status && strstr(said.message, bad[i].says), "%s: %d, %s", bad[i].layer,
                      (int)status, said.message);
        mood_model_destroy(model);
    }
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("normalization", &suite);
    (void)devices_count();
    ADD_DEVICE_TEST(tcase, rows_are_normalized);
    ADD_DEVICE_TEST(tcase, moving_averages_take_a_share_of_the_batch);
    ADD_DEVICE_TEST(tcase, only_a_trainable_layer_changes_its_averages);
    ADD_DEVICE_TEST(tcase, averages_are_seen_at_once_and_come_back);
    ADD_DEVICE_TEST(tcase, training_is_bitwise_reproducible);
    ADD_DEVICE_TEST(tcase, padding_is_shared_where_it_may_be);
    ADD_DEVICE_TEST(tcase, nothing_depends_on_shared_padding);
    ADD_DEVICE_TEST(tcase, a_row_does_not_depend_on_the_others);
    ADD_DEVICE_TEST(tcase, the_batch_is_not_cut);
    tcase_add_test(tcase, what_is_not_known_is_refused);
    return run_suite(suite);
}
