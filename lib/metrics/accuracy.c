/* Accuracies: the share of correct rows. Source: keras/src/metrics/accuracy_metrics.py */
#include "metrics/metric.h"

static void accuracy_add(const void *settings, double *state, const struct metric_rows *rows) {
    (void)settings;
    for (size_t i = 0; i < rows->n; i++) {
        size_t right = 0;
        for (size_t k = 0; k < rows->O; k++)
            right += rows->y[i * rows->O + k] == rows->p[i * rows->O + k];
        mean_add(state, (double)right / (double)rows->O, metric_weight(rows, i));
    }
}

/* Accuracy: the share of outputs that equal their labels. */
const struct metric_type accuracy_metric = {
    .class_name = "Accuracy",
    .name = "accuracy",
    .direction = METRIC_UP,
    .state_count = mean_state_count,
    .add = accuracy_add,
    .result = mean_result,
};

/* ---- BinaryAccuracy ---------------------------------------------------------------------------- */

struct binary_accuracy {
    double threshold;
};

static void binary_add(const void *settings, double *state, const struct metric_rows *rows) {
    float threshold = (float)((const struct binary_accuracy *)settings)->threshold;
    for (size_t i = 0; i < rows->n; i++) {
        size_t right = 0;
        for (size_t k = 0; k < rows->O; k++)
            right += (rows->p[i * rows->O + k] > threshold ? 1.0f : 0.0f) == rows->y[i * rows->O + k];
        mean_add(state, (double)right / (double)rows->O, metric_weight(rows, i));
    }
}

static const struct binary_accuracy binary_defaults = {.threshold = 0.5};
static const struct field binary_fields[] = {
    {"threshold", FIELD_NUMBER, offsetof(struct binary_accuracy, threshold), NULL}};

const struct metric_type binary_accuracy_metric = {
    .class_name = "BinaryAccuracy",
    .name = "binary_accuracy",
    .settings_size = sizeof binary_defaults,
    .defaults = &binary_defaults,
    .fields = binary_fields,
    .field_count = 1,
    .direction = METRIC_UP,
    .state_count = mean_state_count,
    .add = binary_add,
    .result = mean_result,
};

/* ---- one class of several ------------------------------------------------------------------------ */

static size_t expected_class(const struct metric_rows *rows, size_t i, bool sparse) {
    return sparse ? (size_t)rows->y[i * rows->L] : metric_argmax(rows->y + i * rows->L, rows->L);
}

static void add_classes(double *state, const struct metric_rows *rows, bool sparse) {
    for (size_t i = 0; i < rows->n; i++)
        mean_add(state, metric_argmax(rows->p + i * rows->O, rows->O) == expected_class(rows, i, sparse),
                 metric_weight(rows, i));
}

static void categorical_add(const void *settings, double *state, const struct metric_rows *rows) {
    (void)settings;
    add_classes(state, rows, false);
}

static void sparse_add(const void *settings, double *state, const struct metric_rows *rows) {
    (void)settings;
    add_classes(state, rows, true);
}

const struct metric_type categorical_accuracy_metric = {
    .class_name = "CategoricalAccuracy",
    .name = "categorical_accuracy",
    .direction = METRIC_UP,
    .state_count = mean_state_count,
    .add = categorical_add,
    .result = mean_result,
};

const struct metric_type sparse_categorical_accuracy_metric = {
    .class_name = "SparseCategoricalAccuracy",
    .name = "sparse_categorical_accuracy",
    .direction = METRIC_UP,
    .takes_classes = true,
    .state_count = mean_state_count,
    .add = sparse_add,
    .result = mean_result,
};

/* ---- among the k largest outputs ----------------------------------------------------------------- */

struct top_k {
    size_t k;
};

static void add_top_k(const struct top_k *s, double *state, const struct metric_rows *rows, bool sparse) {
    for (size_t i = 0; i < rows->n; i++) {
        const float *p = rows->p + i * rows->O;
        size_t class = expected_class(rows, i, sparse), larger = 0;
        for (size_t k = 0; k < rows->O; k++)
            larger += p[k] > p[class];
        mean_add(state, larger < s->k, metric_weight(rows, i));
    }
}

static void top_k_add(const void *settings, double *state, const struct metric_rows *rows) {
    add_top_k(settings, state, rows, false);
}

static void sparse_top_k_add(const void *settings, double *state, const struct metric_rows *rows) {
    add_top_k(settings, state, rows, true);
}

static const struct top_k top_k_defaults = {.k = 5};
static const struct field top_k_fields[] = {{"k", FIELD_SIZE, offsetof(struct top_k, k), NULL}};

const struct metric_type top_k_categorical_accuracy_metric = {
    .class_name = "TopKCategoricalAccuracy",
    .name = "top_k_categorical_accuracy",
    .settings_size = sizeof top_k_defaults,
    .defaults = &top_k_defaults,
    .fields = top_k_fields,
    .field_count = 1,
    .direction = METRIC_UP,
    .state_count = mean_state_count,
    .add = top_k_add,
    .result = mean_result,
};

const struct metric_type sparse_top_k_categorical_accuracy_metric = {
    .class_name = "SparseTopKCategoricalAccuracy",
    .name = "sparse_top_k_categorical_accuracy",
    .settings_size = sizeof top_k_defaults,
    .defaults = &top_k_defaults,
    .fields = top_k_fields,
    .field_count = 1,
    .direction = METRIC_UP,
    .takes_classes = true,
    .state_count = mean_state_count,
    .add = sparse_top_k_add,
    .result = mean_result,
};
