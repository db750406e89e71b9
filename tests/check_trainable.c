/* Layers that are frozen for the first epochs only: compared with layers that are trained or frozen throughout, and with
 * separate calls of fit. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model_fixture.h"

enum { EPOCHS = 4, UNITS = 3, TABLE = V * E };

struct result {
    size_t epochs;
    double loss[EPOCHS];
    float table[EPOCHS][TABLE]; /* the Embedding after each epoch */
};

/* With several kinds of variables: those of a wrapper's layers (Bidirectional), and moving averages. */
static mood_model *model_with(mood_device *device, bool trainable, const char *optimizer) {
    mood_model *model;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    options.optimizer = optimizer;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, "Embedding(23, 5, name='words')", err));
    ck_ok(mood_model_add(model, "Bidirectional(LSTM(3, return_sequences=True), name='both')", err));
    ck_ok(mood_model_add(model, "SpatialDropout1D(0.3)", err));
    ck_ok(mood_model_add(model, "BatchNormalization(name='norm')", err));
    ck_ok(mood_model_add(model, "GlobalMaxPooling1D()", err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
    ck_ok(mood_model_set_trainable(model, "words", trainable, err));
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, &options, err));
    return model;
}

struct recorded {
    mood_model *model;
    struct result result;
};

static bool record(const mood_epoch *epoch, void *user) {
    struct recorded *recorded = user;
    struct result *result = &recorded->result;
    result->epochs = epoch->epoch + 1;
    result->loss[epoch->epoch] = mood_metrics_get(epoch->metrics, "loss");
    ck_ok(mood_model_get_weight(recorded->model, 0, result->table[epoch->epoch], TABLE, err));
    return true;
}

/* unfreeze: epoch; SIZE_MAX: never */
static struct result fit(mood_model *model, size_t epochs, size_t unfreeze, const char *callback) {
    struct data data;
    struct recorded recorded = {.model = model};
    mood_fit_options options = MOOD_FIT_OPTIONS;
    fill_data(&data, "binary_crossentropy", 1);
    options.epochs = epochs;
    options.batch_size = 4;
    options.on_epoch = record;
    options.user = &recorded;
    options.callbacks = &callback;
    options.callback_count = callback != NULL;
    options.unfreeze = unfreeze != SIZE_MAX ? "words" : NULL;
    options.unfreeze_epoch = unfreeze;
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &options, NULL, err));
    return recorded.result;
}

/* All weights in Keras's order; new. */
static float *weights_of(const mood_model *model, size_t *count) {
    float *values = calloc(mood_model_count_params(model), sizeof *values);
    ck_assert_ptr_nonnull(values);
    *count = 0;
    for (size_t i = 0; i < mood_model_count_weights(model); i++) {
        mood_weight_info info;
        ck_ok(mood_model_weight_info(model, i, &info, err));
        ck_ok(mood_model_get_weight(model, i, values + *count, info.count, err));
        *count += info.count;
    }
    return values;
}

static bool same_weights(const mood_model *a, const mood_model *b) {
    size_t n, m;
    float *left = weights_of(a, &n), *right = weights_of(b, &m);
    bool same = n == m && memcmp(left, right, n * sizeof *left) == 0;
    free(left);
    free(right);
    return same;
}

static bool same_table(const struct result *result, size_t epoch, size_t other) {
    return memcmp(result->table[epoch], result->table[other], sizeof result->table[epoch]) == 0;
}

static const char *const optimizers[] = {"Adam(0.01, global_clipnorm=1.0)", "SGD(0.1, momentum=0.9)", "Nadam(0.01)",
                                         "Adam(0.01, use_ema=True)"};

/* Unfrozen before epoch 0, or never: results are bitwise those of a layer that is trainable, or frozen, throughout. */
START_TEST(first_and_last_epoch) {
    for (size_t o = 0; o < sizeof optimizers / sizeof *optimizers; o++)
        for (int frozen = 0; frozen < 2; frozen++) {
            mood_device *device = devices_get(_i);
            mood_model *reference = model_with(device, !frozen, optimizers[o]);
            mood_model *model = model_with(device, false, optimizers[o]);
            struct result expected = fit(reference, EPOCHS, SIZE_MAX, NULL);
            struct result got = fit(model, EPOCHS, frozen ? EPOCHS : 0, NULL);
            ck_assert_mem_eq(&got, &expected, sizeof got);
            ck_assert(same_weights(model, reference));
            ck_assert_uint_eq(model->trainable_params, reference->trainable_params);
            ck_assert_uint_eq(model->iterations, reference->iterations);
            mood_model_destroy(model);
            mood_model_destroy(reference);
        }
}
END_TEST

/* The table changes from the third epoch on only. In the first two, results are bitwise those of a frozen layer. */
START_TEST(middle_epoch) {
    mood_device *device = devices_get(_i);
    mood_model *frozen = model_with(device, false, optimizers[0]), *model = model_with(device, false, optimizers[0]);
    mood_model *again = model_with(device, false, optimizers[0]);
    struct result expected = fit(frozen, EPOCHS, SIZE_MAX, NULL), got = fit(model, EPOCHS, 2, NULL);
    struct result repeated = fit(again, EPOCHS, 2, NULL);
    ck_assert(same_table(&got, 0, 1) && !same_table(&got, 1, 2) && !same_table(&got, 2, 3));
    ck_assert_mem_eq(got.table[0], expected.table[0], sizeof got.table[0]);
    ck_assert_mem_eq(got.loss, expected.loss, 2 * sizeof *got.loss);
    ck_assert(got.loss[3] != expected.loss[3]);
    ck_assert_mem_eq(&repeated, &got, sizeof got);
    ck_assert(same_weights(again, model));
    mood_weight_info info;
    ck_ok(mood_model_weight_info(model, 0, &info, err));
    ck_assert(info.trainable);
    mood_model_destroy(again);
    mood_model_destroy(model);
    mood_model_destroy(frozen);
}
END_TEST

/* As in Keras: fit, trainable = True, compile, fit. No shuffling and no Dropout: their random numbers would differ. */
START_TEST(separate_calls_of_fit) {
    mood_device *device = devices_get(_i);
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    compile.optimizer = optimizers[0];
    mood_model *models[2];
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    for (int i = 0; i < 2; i++) {
        mood_fit_options options = MOOD_FIT_OPTIONS;
        options.batch_size = 4;
        options.shuffle = false;
        ck_ok(mood_model_create(device, &models[i], err));
        add_layers(models[i], "Bol1");
        ck_ok(mood_model_set_trainable(models[i], "embedding", false, err));
        ck_ok(mood_model_build(models[i], T, 3, err));
        ck_ok(mood_model_compile(models[i], &compile, err));
        options.epochs = i == 0 ? EPOCHS : 3;
        options.unfreeze = i == 0 ? "embedding" : NULL;
        options.unfreeze_epoch = 3;
        ck_ok(mood_model_fit(models[i], data.x, N, T, data.y, 1, &options, NULL, err));
        if (i == 0)
            continue;
        ck_ok(mood_model_set_trainable(models[i], "embedding", true, err));
        ck_ok(mood_model_compile(models[i], &compile, err));
        options.epochs = 1;
        ck_ok(mood_model_fit(models[i], data.x, N, T, data.y, 1, &options, NULL, err));
    }
    ck_assert(same_weights(models[0], models[1]));
    ck_assert_uint_eq(models[0]->iterations, 3); /* the steps of the last epoch */
    mood_model_destroy(models[0]);
    mood_model_destroy(models[1]);
}
END_TEST

/* EarlyStopping restores weights that it stored before the weights moved. */
START_TEST(best_epoch_is_frozen) {
    mood_device *device = devices_get(_i);
    mood_model *model = model_with(device, false, optimizers[0]), *one = model_with(device, false, optimizers[0]);
    struct result result =
        fit(model, EPOCHS, 1, "EarlyStopping('loss', mode='max', restore_best_weights=True, patience=9)");
    size_t best = 0;
    for (size_t i = 1; i < EPOCHS; i++)
        best = result.loss[i] > result.loss[best] ? i : best;
    ck_assert_uint_eq(best, 0);
    fit(one, 1, SIZE_MAX, NULL);
    ck_assert(same_weights(model, one));
    mood_model_destroy(one);
    mood_model_destroy(model);
}
END_TEST

/* Freezing and unfreezing a trained model keeps its weights and predictions. */
START_TEST(weights_are_kept) {
    static const char *const names[] = {"words", "both", "norm", "dense"};
    mood_device *device = devices_get(_i);
    mood_model *model = model_with(device, true, optimizers[0]);
    struct data data;
    float before[N], after[N];
    size_t count;
    fill_data(&data, "binary_crossentropy", 1);
    fit(model, 2, SIZE_MAX, NULL);
    float *weights = weights_of(model, &count);
    ck_ok(mood_model_predict(model, data.x, N, T, 0, before, err));
    for (size_t i = 0; i < 8; i++) {
        size_t trainable = model->trainable_params, n;
        ck_ok(mood_model_set_trainable(model, names[i % 4], i >= 4, err));
        ck_assert_uint_eq(model->iterations, 0);
        ck_assert(i < 4 ? model->trainable_params < trainable : model->trainable_params > trainable);
        float *now = weights_of(model, &n);
        ck_assert_mem_eq(now, weights, count * sizeof *weights);
        free(now);
        ck_ok(mood_model_predict(model, data.x, N, T, 0, after, err));
        ck_assert_mem_eq(after, before, sizeof after);
    }
    ck_assert_uint_eq(model->param_count - model->trainable_params, 2 * 2 * UNITS); /* moving averages */
    fit(model, 1, SIZE_MAX, NULL);
    free(weights);
    mood_model_destroy(model);
}
END_TEST

START_TEST(unknown_layers_are_refused) {
    mood_device *device = devices_get(0);
    mood_model *model = model_with(device, true, optimizers[0]);
    mood_fit_options options = MOOD_FIT_OPTIONS;
    mood_error said;
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    options.unfreeze = "nosuch";
    refused(mood_model_fit(model, data.x, N, T, data.y, 1, &options, NULL, &said), &said, MOOD_ERR_ARGUMENT,
            "no layer \"nosuch\"");
    refused(mood_model_set_trainable(model, "nosuch", true, &said), &said, MOOD_ERR_ARGUMENT, "no layer \"nosuch\"");
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("trainable", &suite);
    ADD_DEVICE_TEST(tcase, first_and_last_epoch);
    ADD_DEVICE_TEST(tcase, middle_epoch);
    ADD_DEVICE_TEST(tcase, separate_calls_of_fit);
    ADD_DEVICE_TEST(tcase, best_epoch_is_frozen);
    ADD_DEVICE_TEST(tcase, weights_are_kept);
    tcase_add_test(tcase, unknown_layers_are_refused);
    return run_suite(suite);
}
