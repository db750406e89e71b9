/* Callbacks: the same results as Keras's for the same values of val_loss. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "model/callback.h"
#include "model/metrics.h"

static const double val_loss[] = {1.0, 0.9, 0.95, 0.89995, 0.92, 0.91, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75};
enum { EPOCHS = sizeof val_loss / sizeof *val_loss };

/* Results of Keras 3.15.1: the number of epochs until it stops, the last learning rate, and the epoch whose weights
 * it restores (-1: none). */
static const struct {
    const char *text;
    size_t epochs;
    double rate;
    int restored;
} cases[] = {
    {"EarlyStopping(patience=2)", 6, 0.5, -1},
    {"EarlyStopping(patience=3, restore_best_weights=True)", 10, 0.5, 6},
    {"EarlyStopping(patience=1, min_delta=0.2, restore_best_weights=True)", 2, 0.5, 0},
    {"EarlyStopping(patience=2, baseline=0.5)", 3, 0.5, -1},
    {"EarlyStopping(patience=0, start_from_epoch=4, restore_best_weights=True)", 8, 0.5, 6},
    {"EarlyStopping(patience=5, mode='max', restore_best_weights=True)", 6, 0.5, 0},
    {"ReduceLROnPlateau(patience=1)", 12, 4.9999993e-10, -1},
    {"ReduceLROnPlateau(patience=2, factor=0.5)", 12, 0.03125, -1},
    {"ReduceLROnPlateau(patience=1, factor=0.5, cooldown=2)", 12, 0.015625, -1},
    {"ReduceLROnPlateau(patience=1, factor=0.5, min_lr=0.2)", 12, 0.200000003, -1},
    {"ReduceLROnPlateau(patience=2, factor=0.5, min_delta=0)", 12, 0.0625, -1},
};

/* A model whose first weight is set to the number of the epoch. */
static mood_model *bare_model(mood_device *device, const char *optimizer_text) {
    mood_model *model;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    const char *const metrics[] = {"accuracy", "AUC(curve='PR')", "TruePositives()"};
    options.optimizer = optimizer_text;
    options.metrics = metrics;
    options.metric_count = 3;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, "Embedding(2, 2)", err));
    ck_ok(mood_model_add(model, "Flatten()", err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
    ck_ok(mood_model_compile(model, &options, err));
    ck_ok(mood_model_build(model, 1, 0, err));
    return model;
}

/* End an epoch in which one metric has this value. */
static void end_epoch(struct callback *callback, size_t epoch, const char *name, double value, bool *stop) {
    mood_metrics *metrics;
    ck_ok(metrics_new(&metrics, err));
    ck_ok(metrics_add(metrics, "", name, value, err));
    const mood_epoch line = {.epoch = epoch, .metrics = metrics};
    ck_ok(callback_end_epoch(callback, &line, stop, err));
    mood_metrics_destroy(metrics);
}

START_TEST(callbacks_are_those_of_keras) {
    mood_device *device = devices_get(0);
    mood_model *model = bare_model(device, "SGD(0.5)");
    struct callback *callback;
    size_t epoch = 0;
    bool stop = false;
    ck_ok(callback_create(cases[_i].text, model, true, &callback, err));
    for (; epoch < EPOCHS && !stop; epoch++) {
        const float weight = (float)epoch;
        ck_ok(queue_write(model->queue, &model->values, 0, &weight, sizeof weight, err));
        end_epoch(callback, epoch, "val_loss", val_loss[epoch], &stop);
    }
    ck_ok(callback_end_training(callback, err));
    ck_assert_msg(epoch == cases[_i].epochs, "%s: stops after %zu epochs", cases[_i].text, epoch);
    double rate = model_get_learning_rate(model);
    ck_assert_msg(fabs(rate - cases[_i].rate) <= 1e-6 * cases[_i].rate, "%s: rate %g", cases[_i].text, rate);
    float *weight = download(model->queue, &model->values, 1);
    ck_assert_float_eq(*weight, cases[_i].restored < 0 ? (float)(epoch - 1) : (float)cases[_i].restored);
    free(weight);
    callback_destroy(callback);
    mood_model_destroy(model);
}
END_TEST

START_TEST(bad_callbacks_are_refused) {
    static const struct {
        const char *text, *optimizer, *says;
        bool validates;
        mood_status status;
    } bad[] = {
        {"Early", "adam", "unknown callback Early; this version knows EarlyStopping, ReduceLROnPlateau", true,
         MOOD_ERR_UNSUPPORTED},
        {"EarlyStopping(wait=3)", "adam", "this version's EarlyStopping has no argument wait; it has monitor", true,
         MOOD_ERR_UNSUPPORTED},
        {"EarlyStopping(monitor='recall')", "adam",
         "callback EarlyStopping: \"monitor\" is \"recall\"; this model has loss, val_loss, accuracy, val_accuracy, "
         "auc",
         true, MOOD_ERR_UNSUPPORTED},
        {"EarlyStopping('val_true_positives')", "adam", "use mode='min' or 'max'", true, MOOD_ERR_ARGUMENT},
        {"EarlyStopping()", "adam", "it monitors val_loss, but there are no validation rows", false, MOOD_ERR_ARGUMENT},
        {"ReduceLROnPlateau(factor=1.0)", "adam", "\"factor\" is 1.0; it must be a number, 0 to below 1", true,
         MOOD_ERR_ARGUMENT},
        {"ReduceLROnPlateau()", "Adam(CosineDecay(0.1, 10))",
         "the learning rate is the schedule CosineDecay, which can't be reduced", true, MOOD_ERR_ARGUMENT},
    };
    mood_device *device = devices_get(0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mood_model *model = bare_model(device, bad[i].optimizer);
        struct callback *callback;
        mood_error err = {0};
        mood_status status = callback_create(bad[i].text, model, bad[i].validates, &callback, &err);
        ck_assert_msg(status == bad[i].status && strstr(err.message, bad[i].says), "%s: %d, %s", bad[i].text, status,
                      err.message);
        ck_assert_ptr_null(callback);
        mood_model_destroy(model);
    }
}
END_TEST

/* monitor='accuracy' needs no validation; the largest value is the best, unless mode='min' is given. */
START_TEST(other_metrics_are_watched) {
    static const double values[] = {0.5, 0.7, 0.6, 0.65};
    static const struct {
        const char *text, *name;
        bool stops;
    } watched[] = {
        {"EarlyStopping('accuracy', patience=2)", "accuracy", true},
        {"EarlyStopping('val_auc', patience=2)", "val_auc", true},
        {"EarlyStopping('true_positives', mode='max', patience=2)", "true_positives", true},
        {"EarlyStopping('auc', mode='min', patience=4)", "auc", false},
    };
    mood_device *device = devices_get(0);
    for (size_t w = 0; w < sizeof watched / sizeof *watched; w++) {
        mood_model *model = bare_model(device, "adam");
        struct callback *callback;
        bool stop = false;
        ck_ok(callback_create(watched[w].text, model, true, &callback, err));
        for (size_t i = 0; i < 4; i++) {
            ck_assert(!stop);
            end_epoch(callback, i, watched[w].name, values[i], &stop);
        }
        ck_assert_msg(stop == watched[w].stops, "%s", watched[w].text);
        callback_destroy(callback);
        mood_model_destroy(model);
    }
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("callbacks", &suite);
    (void)devices_count();
    tcase_add_loop_test(tcase, callbacks_are_those_of_keras, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, bad_callbacks_are_refused);
    tcase_add_test(tcase, other_metrics_are_watched);
    return run_suite(suite);
}
