/* Losses and metrics: gradients equal numeric slopes, metrics equal those of plain C, and texts and labels are
 * checked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "layers.h"
#include "metrics/metric.h"
#include "model/model.h"
#include "model_fixture.h"
#include "reference.h"

/* Kinds of labels. */
enum labels { BITS, SIGNS, ONE_HOT, CLASSES, REAL, FAR, COUNTS, SHARES };

/* Losses with a last layer for which they are smooth near most weights. */
static const struct {
    const char *loss, *last;
    enum labels labels;
    size_t O;
} cases[] = {
    {"BinaryCrossentropy(label_smoothing=0.3)", "Dense(2, activation='sigmoid')", BITS, 2},
    {"BinaryCrossentropy(True, 0.2)", "Dense(1, activation='tanh')", BITS, 1},
    {"binary_crossentropy", "Dense(3, activation='softmax')", BITS, 3},
    {"CategoricalCrossentropy(label_smoothing=0.3)", "Dense(3, activation='softmax')", ONE_HOT, 3},
    {"CategoricalCrossentropy(from_logits=True)", "Dense(3)", SHARES, 3},
    {"categorical_crossentropy", "Dense(3, activation='softplus')", ONE_HOT, 3},
    {"sparse_categorical_crossentropy", "Dense(3, activation='sigmoid')", CLASSES, 3},
    {"SparseCategoricalCrossentropy(from_logits=True)", "Dense(3)", CLASSES, 3},
    {"BinaryFocalCrossentropy(True, 0.3, 1.5, label_smoothing=0.1)", "Dense(2, activation='sigmoid')", BITS, 2},
    {"BinaryFocalCrossentropy(gamma=0, from_logits=True)", "Dense(1)", BITS, 1},
    {"CategoricalFocalCrossentropy(0.5, 2.5, label_smoothing=0.2)", "Dense(3, activation='softmax')", ONE_HOT, 3},
    {"CategoricalFocalCrossentropy(gamma=0, from_logits=True)", "Dense(3)", ONE_HOT, 3},
    {"CategoricalFocalCrossentropy()", "Dense(3, activation='softplus')", SHARES, 3},
    {"hinge", "Dense(2, activation='tanh')", BITS, 2},
    {"SquaredHinge()", "Dense(2)", SIGNS, 2},
    {"categorical_hinge", "Dense(2, activation='sigmoid')", ONE_HOT, 2},
    {"mse", "Dense(3, activation='sigmoid')", REAL, 3},
    {"MSE", "Dense(3, activation='softmax')", ONE_HOT, 3},
    {"mae", "Dense(2)", FAR, 2},
    {"msle", "Dense(2, activation='softplus')", COUNTS, 2},
    {"Huber(delta=0.4)", "Dense(2)", REAL, 2},
    {"log_cosh", "Dense(2)", REAL, 2},
    {"cosine_similarity", "Dense(3, activation='softplus')", REAL, 3},
    {"kld", "Dense(3, activation='softmax')", SHARES, 3},
    {"poisson", "Dense(2, activation='softplus')", COUNTS, 2},
};
enum { CASES = sizeof cases / sizeof *cases };

static float label_of(enum labels labels, size_t i, size_t k, size_t O) {
    static const float shares[] = {0.2f, 0.5f, 0.3f};
    switch (labels) {
    case BITS: return (float)((i + k) % 2);
    case SIGNS: return (i + k) % 2 ? 1.0f : -1.0f;
    case ONE_HOT: return i % O == k;
    case CLASSES: return (float)(i % 3);
    case REAL: return (float)((i * 5 + k * 3) % 7) * 0.5f - 1.6f;
    case FAR: return (i + k) % 2 ? 3.0f + (float)(i % 3) : -4.0f; /* outside the range of the outputs */
    case COUNTS: return (float)((i + 2 * k) % 4);
    case SHARES: return shares[(i + k) % 3];
    }
    return 0;
}

static mood_model *make_model(mood_device *device, const char *last, const mood_compile_options *options) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(23, 5)", "LSTM(4)", last), err));
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, options, err));
    for (size_t i = 0; i < mood_model_count_weights(model); i++) {
        mood_weight_info info;
        ck_ok(mood_model_weight_info(model, i, &info, err));
        float *values = malloc(info.count * sizeof *values);
        ck_ok(mood_model_get_weight(model, i, values, info.count, err));
        for (size_t k = 0; k < info.count; k++)
            values[k] = values[k] * 2 + 0.3f * sinf((float)(k * 7 + i));
        ck_ok(mood_model_set_weight(model, i, values, info.count, err));
        free(values);
    }
    return model;
}

static size_t fill_labels(struct data *data, enum labels labels, size_t O) {
    size_t L = labels == CLASSES ? 1 : O;
    fill_data(data, "binary_crossentropy", O);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < L; k++)
            data->y[i * L + k] = label_of(labels, i, k, O);
    return L;
}

START_TEST(gradients_are_slopes) {
    mood_device *device = devices_get(_i / CASES);
    size_t at = (size_t)_i % CASES;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    struct data data;
    options.loss = cases[at].loss;
    mood_model *model = make_model(device, cases[at].last, &options);
    size_t L = fill_labels(&data, cases[at].labels, cases[at].O);
    ck_assert_uint_eq(mood_model_get_label_width(model), L);
    float *gradients = gradients_of(model, &data, L, N), *slices = gradients_of(model, &data, L, 3);
    check_slopes(model, &data, L, gradients);
    for (size_t i = 0; i < model->trainable_count; i++)
        ck_assert_msg(fabsf(gradients[i] - slices[i]) < 1e-5f, "%s: gradient %zu in slices", cases[at].loss, i);
    free(gradients);
    free(slices);
    mood_model_destroy(model);
}
END_TEST

/* Its values are too large for numeric slopes; with labels 4 and -4 it is 25 times the absolute error. */
START_TEST(percentages_are_scaled_errors) {
    mood_device *device = devices_get(_i);
    float *gradients[2];
    size_t count = 0;
    struct data data;
    fill_labels(&data, SIGNS, 2);
    for (size_t i = 0; i < 2 * N; i++)
        data.y[i] *= 4;
    for (int round = 0; round < 2; round++) {
        mood_compile_options options = MOOD_COMPILE_OPTIONS;
        options.loss = round ? "mape" : "mae";
        mood_model *model = make_model(device, "Dense(2)", &options);
        gradients[round] = gradients_of(model, &data, 2, N);
        count = model->trainable_count;
        mood_model_destroy(model);
    }
    for (size_t i = 0; i < count; i++)
        ck_assert_float_eq_tol(gradients[1][i], 25 * gradients[0][i], 1e-4f);
    free(gradients[0]);
    free(gradients[1]);
}
END_TEST

/* The texts of a compiled loss and of metrics compile to the same again, also through a file. */
START_TEST(texts_come_back) {
    static const char *const metrics[] = {"AUC()",
                                          "AUC(curve='PR')",
                                          "acc",
                                          "Precision(0.4, top_k=2)",
                                          "F1Score(average='macro')",
                                          "FBetaScore('weighted', 0.5)",
                                          "mse",
                                          "BinaryCrossentropy(label_smoothing=0.2)"};
    static const char *const names[] = {"auc",      "auc_1",       "acc", "precision",
                                        "f1_score", "fbeta_score", "mse", "binary_crossentropy",
                                        "auc_2",    "weighted_mse"};
    static const char *const weighted[] = {"AUC()", "mse"};
    mood_device *device = devices_get(0);
    mood_compile_options options = MOOD_COMPILE_OPTIONS, first = MOOD_COMPILE_OPTIONS;
    options.loss = "keras.losses.CategoricalFocalCrossentropy(gamma=3, alpha=0.25)";
    options.metrics = metrics;
    options.metric_count = sizeof metrics / sizeof *metrics;
    options.weighted_metrics = weighted;
    options.weighted_metric_count = 2;
    mood_model *model = make_model(device, "Dense(3, activation='softmax')", &options);
    for (int round = 0; round < 2; round++) {
        ck_ok(mood_model_get_compile_options(model, &first, err));
        ck_assert_str_eq(first.loss, "CategoricalFocalCrossentropy(gamma=3.0)");
        ck_assert_uint_eq(first.metric_count, options.metric_count);
        ck_assert_str_eq(first.metrics[3], "Precision(thresholds=0.4, top_k=2)");
        ck_assert_uint_eq(first.weighted_metric_count, 2);
        for (size_t i = 0; i < 10; i++)
            ck_assert_str_eq(model->objective.metrics.at[i]->name, names[i]);
        ck_ok(mood_model_compile(model, &first, err)); /* from the model's own strings */
    }
    ck_assert_int_eq(mood_model_get_metric_direction(model, "val_auc_2"), 1);
    ck_assert_int_eq(mood_model_get_metric_direction(model, "weighted_mse"), -1);
    ck_assert_int_eq(mood_model_get_metric_direction(model, "none"), 0);
    mood_model_destroy(model);
}
END_TEST

/* Weights affect weighted metrics only, in training and in validation. */
START_TEST(weighted_metrics_take_weights) {
    static const char *const metrics[] = {"mae", "accuracy"};
    mood_device *device = devices_get(_i);
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    struct data data;
    float y[N], weights[N];
    double sums[4] = {0}, all = 0;
    mood_history *history;
    options.loss = "mse";
    options.optimizer = "SGD(0.0000001)";
    options.metrics = options.weighted_metrics = metrics;
    options.metric_count = options.weighted_metric_count = 2;
    mood_model *model = make_model(device, "Dense(1, activation='sigmoid')", &options);
    fill_labels(&data, BITS, 1);
    ck_ok(mood_model_predict(model, data.x, N, T, 0, y, err));
    for (size_t i = 0; i < N; i++) {
        double error = fabs((double)y[i] - (double)data.y[i]), right = (y[i] > 0.5f ? 1.0f : 0.0f) == data.y[i];
        weights[i] = (float)(i % 3) + 0.5f;
        all += (double)weights[i];
        sums[0] += right / N;
        sums[1] += error / N;
        sums[2] += right * (double)weights[i];
        sums[3] += error * (double)weights[i];
    }
    fit.batch_size = 4;
    fit.sample_weight = weights;
    ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &fit, &history, err));
    const mood_metrics *found = history->epochs[0].metrics;
    ck_assert_uint_eq(mood_metrics_count(found), 5);
    ck_assert_double_eq_tol(mood_metrics_get(found, "accuracy"), sums[0], 1e-6);
    ck_assert_double_eq_tol(mood_metrics_get(found, "mae"), sums[1], 1e-5);
    ck_assert_double_eq_tol(mood_metrics_get(found, "weighted_accuracy"), sums[2] / all, 1e-6);
    ck_assert_double_eq_tol(mood_metrics_get(found, "weighted_mae"), sums[3] / all, 1e-5);
    mood_history_destroy(history);
    mood_model_destroy(model);
}
END_TEST

START_TEST(mismatches_are_refused) {
    static const struct {
        const char *loss, *metric, *last, *says;
        mood_status status;
    } bad[] = {
        {"Huber(delta=-1)", NULL, "Dense(1)", "\"delta\" is -1; it must be a number, 0 or more", MOOD_ERR_ARGUMENT},
        {"Huber(beta=1)", NULL, "Dense(1)", "this version's Huber has no argument beta", MOOD_ERR_UNSUPPORTED},
        {"mse(1)", NULL, "Dense(1)", "expected an argument", MOOD_ERR_ARGUMENT},
        {"dice", NULL, "Dense(1)", "unknown loss dice; this version knows BinaryCrossentropy", MOOD_ERR_UNSUPPORTED},
        {"BinaryCrossentropy(reduction='sum')", NULL, "Dense(1)", "\"reduction\" is \"sum\"", MOOD_ERR_UNSUPPORTED},
        {"SparseCategoricalCrossentropy(ignore_class=0)", NULL, "Dense(3)", "\"ignore_class\" is 0",
         MOOD_ERR_UNSUPPORTED},
        {"categorical_crossentropy", NULL, "Dense(1)", "one unit for each class", MOOD_ERR_SHAPE},
        {"BinaryCrossentropy(True)", NULL, "Dense(1, activation='sigmoid')", "not both", MOOD_ERR_SHAPE},
        {"mse", "F1Score()", "Dense(3)", "use average='macro'", MOOD_ERR_UNSUPPORTED},
        {"mse", "F1Score('none')", "Dense(3)", "this version knows None, micro, macro, weighted", MOOD_ERR_UNSUPPORTED},
        {"mse", "Precision(thresholds=[0.1, 0.2])", "Dense(3)", "\"thresholds\" is [0.1,0.2]", MOOD_ERR_ARGUMENT},
        {"mse", "Precision(thresholds=2)", "Dense(3)", "a number from 0 to 1", MOOD_ERR_ARGUMENT},
        {"mse", "Recall(class_id=3)", "Dense(3)", "outputs are 0 to 2", MOOD_ERR_ARGUMENT},
        {"mse", "Recall(top_k=4)", "Dense(3)", "has 3 outputs", MOOD_ERR_ARGUMENT},
        {"mse", "AUC(num_thresholds=1)", "Dense(1)", "from 2 to 100000", MOOD_ERR_ARGUMENT},
        {"mse", "AUC(multi_label=True, num_labels=2)", "Dense(3)", "outputs are 3", MOOD_ERR_ARGUMENT},
        {"mse", "AUC(label_weights=[1.0, 2.0])", "Dense(2)", "has no argument label_weights", MOOD_ERR_UNSUPPORTED},
        {"mse", "sparse_categorical_accuracy", "Dense(3)", "its labels are the numbers of classes", MOOD_ERR_SHAPE},
        {"mse", "sparse_top_k_categorical_accuracy", "Dense(1)", "an output for each class", MOOD_ERR_SHAPE},
        {"sparse_categorical_crossentropy", "AUC()", "Dense(3)", "one number for each output", MOOD_ERR_SHAPE},
        {"mse", "AUC(name='a,b')", "Dense(1)", "letters, digits", MOOD_ERR_ARGUMENT},
        {"mse", "gini", "Dense(1)", "unknown metric gini; this version knows Accuracy", MOOD_ERR_UNSUPPORTED},
    };
    mood_device *device = devices_get(0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mood_compile_options options = MOOD_COMPILE_OPTIONS;
        mood_model *model = make_model(device, bad[i].last, &(mood_compile_options){sizeof options, .loss = "mae"});
        mood_error said = {0};
        options.loss = bad[i].loss;
        options.metrics = bad[i].metric ? &bad[i].metric : NULL;
        options.metric_count = bad[i].metric != NULL;
        mood_status status = mood_model_compile(model, &options, &said);
        ck_assert_msg(status == bad[i].status && strstr(said.message, bad[i].says), "%s %s: %d, %s", bad[i].loss,
                      bad[i].metric ? bad[i].metric : "", status, said.message);
        ck_ok(mood_model_get_compile_options(model, &options, err)); /* unchanged */
        ck_assert_str_eq(options.loss, "mean_absolute_error");
        mood_model_destroy(model);
    }
}
END_TEST

START_TEST(metrics_are_limited) {
    const char *metrics[METRICS_MAX + 1];
    mood_device *device = devices_get(0);
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_error said;
    for (size_t i = 0; i <= METRICS_MAX; i++)
        metrics[i] = "mse";
    options.metrics = metrics;
    options.metric_count = METRICS_MAX;
    mood_model *model = make_model(device, "Dense(1, activation='sigmoid')", &options);
    ck_assert_str_eq(model->objective.metrics.at[METRICS_MAX - 1]->name, "mse_63");
    options.metric_count++;
    refused(mood_model_compile(model, &options, &said), &said, MOOD_ERR_UNSUPPORTED, "at most 64 metrics");
    mood_model_destroy(model);
}
END_TEST

/* A diverged model must not have a loss that looks good. */
START_TEST(a_nan_makes_the_loss_nan) {
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < CASES; i++) {
        mood_compile_options options = MOOD_COMPILE_OPTIONS;
        struct data data;
        mood_error said = {0};
        mood_metrics *metrics = NULL;
        float bias[8] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        options.loss = cases[i].loss;
        mood_model *model = make_model(device, cases[i].last, &options);
        size_t L = fill_labels(&data, cases[i].labels, cases[i].O);
        ck_ok(mood_model_set_weight(model, mood_model_count_weights(model) - 1, bias, cases[i].O, err));
        mood_status status = mood_model_evaluate(model, data.x, N, T, data.y, L, 0, &metrics, &said);
        ck_assert_msg(status == MOOD_ERR_STATE, "%s of %s: the loss is finite", cases[i].loss, cases[i].last);
        mood_model_destroy(model);
    }
}
END_TEST

/* The device counts right rows for one of them only. */
START_TEST(two_accuracies_are_equal) {
    static const struct {
        const char *last, *loss, *metrics[2];
        size_t O;
        enum labels labels;
    } pairs[] = {
        {"Dense(1, activation='sigmoid')", "binary_crossentropy", {"accuracy", "binary_accuracy"}, 1, SHARES},
        {"Dense(1, activation='sigmoid')", "binary_crossentropy", {"accuracy", "acc"}, 1, SHARES},
        {"Dense(3, activation='softmax')",
         "sparse_categorical_crossentropy",
         {"accuracy", "sparse_categorical_accuracy"},
         3,
         CLASSES},
    };
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        mood_compile_options options = MOOD_COMPILE_OPTIONS;
        struct data data;
        mood_metrics *metrics;
        options.loss = pairs[i].loss;
        options.metrics = pairs[i].metrics;
        options.metric_count = 2;
        mood_model *model = make_model(device, pairs[i].last, &options);
        size_t L = fill_labels(&data, pairs[i].labels, pairs[i].O);
        for (size_t k = 0; k < N * L; k++)
            data.y[k] = pairs[i].O == 1 ? (float)(k % 2) : data.y[k];
        ck_ok(mood_model_evaluate(model, data.x, N, T, data.y, L, 0, &metrics, err));
        double value = mood_metrics_get(metrics, pairs[i].metrics[0]);
        ck_assert_double_eq(value, mood_metrics_get(metrics, pairs[i].metrics[1]));
        ck_assert(value > 0 && value < 1);
        mood_metrics_destroy(metrics);
        mood_model_destroy(model);
    }
}
END_TEST

START_TEST(labels_are_checked) {
    static const struct {
        const char *loss;
        float labels[4];
        const char *says;
    } bad[] = {
        {"hinge", {0, 1, -1, 1}, "row 2: label -1: the labels of Hinge are 0 and 1, or -1 and 1"},
        {"squared_hinge", {1, -1, 1, 0.5f}, "row 3: label 0.5: the labels of SquaredHinge are"},
        {"mse", {1, INFINITY, 0, 0}, "row 1: label inf is not a number"},
    };
    static const int32_t x[4 * T] = {1, 2, 3};
    mood_device *device = devices_get(0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mood_compile_options options = MOOD_COMPILE_OPTIONS;
        options.loss = bad[i].loss;
        mood_model *model = make_model(device, "Dense(1, activation='tanh')", &options);
        mood_error said = {0};
        refused(mood_model_fit(model, x, 4, T, bad[i].labels, 1, NULL, NULL, &said), &said, MOOD_ERR_ARGUMENT,
                bad[i].says);
        mood_model_destroy(model);
    }
}
END_TEST

START_TEST(the_tables_are_listed) {
    mood_loss_info info = MOOD_LOSS_INFO;
    mood_error said;
    ck_assert_str_eq(mood_loss_class_at(0), "BinaryCrossentropy");
    ck_assert_str_eq(mood_metric_class_at(0), "Accuracy");
    ck_assert_ptr_null(mood_loss_class_at(1000));
    ck_assert_ptr_null(mood_metric_class_at(1000));
    for (size_t i = 0; mood_loss_class_at(i); i++)
        ck_ok(mood_loss_check(mood_loss_class_at(i), err));
    ck_ok(mood_loss_describe("SparseCategoricalCrossentropy(from_logits=True)", &info, err));
    ck_assert(info.activation == MOOD_SOFTMAX && info.from_logits && info.one_class && info.takes_classes);
    refused(mood_loss_check("Huber(", &said), &said, MOOD_ERR_ARGUMENT, "expected");
    refused(mood_loss_describe("mse", &(mood_loss_info){0}, &said), &said, MOOD_ERR_ARGUMENT, "MOOD_LOSS_INFO");
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("losses", &suite);
    int devices = devices_count();
    tcase_add_loop_test(tcase, gradients_are_slopes, 0, CASES * devices);
    tcase_add_loop_test(tcase, percentages_are_scaled_errors, 0, devices);
    tcase_add_loop_test(tcase, weighted_metrics_take_weights, 0, devices);
    tcase_add_loop_test(tcase, a_nan_makes_the_loss_nan, 0, devices);
    tcase_add_loop_test(tcase, two_accuracies_are_equal, 0, devices);
    tcase_add_test(tcase, texts_come_back);
    tcase_add_test(tcase, mismatches_are_refused);
    tcase_add_test(tcase, metrics_are_limited);
    tcase_add_test(tcase, labels_are_checked);
    tcase_add_test(tcase, the_tables_are_listed);
    return run_suite(suite);
}
