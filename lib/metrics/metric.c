/* The table of metrics, and their common functions. Source: keras/src/metrics/reduction_metrics.py,
 * keras/src/trainers/compile_utils.py */
#include "metrics/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"

/* Each row is a metric: TYPE for `TYPE_metric`. */
/* clang-format off */
#define METRIC_TYPES(row) \
    row(accuracy)                          \
    row(binary_accuracy)                   \
    row(categorical_accuracy)              \
    row(sparse_categorical_accuracy)       \
    row(top_k_categorical_accuracy)        \
    row(sparse_top_k_categorical_accuracy) \
    row(precision)                         \
    row(recall)                            \
    row(true_positives)                    \
    row(true_negatives)                    \
    row(false_positives)                   \
    row(false_negatives)                   \
    row(auc)                               \
    row(f1_score)                          \
    row(fbeta_score)                       \
    row(binary_crossentropy)               \
    row(categorical_crossentropy)          \
    row(sparse_categorical_crossentropy)   \
    row(kl_divergence)                     \
    row(poisson)                           \
    row(hinge)                             \
    row(squared_hinge)                     \
    row(categorical_hinge)                 \
    row(mean_squared_error)                \
    row(root_mean_squared_error)           \
    row(mean_absolute_error)               \
    row(mean_absolute_percentage_error)    \
    row(mean_squared_logarithmic_error)    \
    row(log_cosh_error)                    \
    row(cosine_similarity)
/* clang-format on */

#define DECLARE(type) extern const struct metric_type type##_metric;
#define ADDRESS(type) &type##_metric,
METRIC_TYPES(DECLARE)
static const struct metric_type *const types[] = {METRIC_TYPES(ADDRESS)};
enum { TYPE_COUNT = sizeof types / sizeof *types };

const struct metric_type *metric_type_at(size_t index) {
    return index < TYPE_COUNT ? types[index] : NULL;
}

const struct metric_type *metric_type_find(const char *name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcasecmp(types[i]->class_name, name) == 0 || strcmp(types[i]->name, name) == 0 ||
            (types[i]->alias && strcasecmp(types[i]->alias, name) == 0))
            return types[i];
    return NULL;
}

void metric_type_list(char *names, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < TYPE_COUNT && used < size; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", types[i]->class_name);
}

struct fields metric_fields(const struct metric_type *type) {
    return type->loss ? (struct fields){type->loss->fields, type->loss->field_count}
                      : (struct fields){type->fields, type->field_count};
}

const void *metric_defaults(const struct metric_type *type) {
    return type->loss ? type->loss->defaults : type->defaults;
}

bool metric_takes_classes(const struct metric_type *type) {
    return type->loss ? type->loss->takes_classes : type->takes_classes;
}

/* ---- a metric -------------------------------------------------------------------------------- */

void metric_free(struct metric *metric) {
    if (!metric)
        return;
    free(metric->settings);
    free(metric);
}

const void *metric_setting(const struct metric *metric, const char *key) {
    struct fields fields = metric_fields(metric->type);
    const struct field *field = field_find(fields.at, fields.count, key);
    return field ? (const char *)metric->settings + field->offset : NULL;
}

size_t metric_argmax(const float *row, size_t O) {
    size_t best = 0;
    for (size_t k = 1; k < O; k++)
        if (row[k] > row[best])
            best = k;
    return best;
}

/* ---- means over rows ------------------------------------------------------------------------- */

size_t mean_state_count(const void *settings, size_t O) {
    (void)settings;
    (void)O;
    return MEAN_STATE;
}

double mean_result(const void *settings, const double *state, size_t O) {
    (void)settings;
    (void)O;
    return ratio_or_zero(state[MEAN_TOTAL], state[MEAN_COUNT]);
}

void mean_add(double *state, double value, double weight) {
    state[MEAN_TOTAL] += value * weight;
    state[MEAN_COUNT] += weight;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool has_name(const struct metric_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i]->name, name) == 0)
            return true;
    return strcmp(name, "loss") == 0;
}

/* Make the name unique as Keras does: auc, auc_1 …; for weighted metrics weighted_auc, weighted_auc_1 … */
static void rename_metric(const struct metric_list *list, struct metric *metric) {
    char base[METRIC_NAME_SIZE], name[METRIC_NAME_SIZE + 40];
    snprintf(base, sizeof base, "%.48s", metric->name);
    snprintf(name, sizeof name, "weighted_%s", base);
    bool weighted = metric->weighted && !metric->numbered;
    for (size_t i = 1; !weighted || has_name(list, name); i++) {
        snprintf(name, sizeof name, "%s%s_%zu", weighted ? "weighted_" : "", base, i);
        if (!has_name(list, name))
            break;
    }
    snprintf(metric->name, sizeof metric->name, "%.63s", name);
}

mood_status metric_list_add(struct metric_list *list, struct metric *metric, mood_error *err) {
    struct metric **grown = NULL;
    if (list->count < METRICS_MAX)
        grown = reallocarray(list->at, list->count + 1, sizeof(struct metric *));
    if (!grown) {
        metric_free(metric);
        return list->count < METRICS_MAX ? out_of_memory(err, "making a metric")
                                         : unsupported(err, "a model has at most %d metrics", METRICS_MAX);
    }
    list->at = grown;
    if (has_name(list, metric->name))
        rename_metric(list, metric);
    list->at[list->count++] = metric;
    return MOOD_OK;
}

void metric_list_clear(struct metric_list *list) {
    for (size_t i = 0; i < list->count; i++)
        metric_free(list->at[i]);
    free(list->at);
    *list = (struct metric_list){0};
}
