/* Metrics that are the mean of a loss over the rows. The loss's kernel computes them. Source:
 * keras/src/metrics/probabilistic_metrics.py, regression_metrics.py, hinge_metrics.py */
#include <math.h>

#include "metrics/metric.h"

static void add(const void *settings, double *state, const struct metric_rows *rows) {
    (void)settings;
    for (size_t i = 0; i < rows->n; i++)
        mean_add(state, (double)rows->values[i], metric_weight(rows, i));
}

/* For CosineSimilarity: the metric is the negative of the loss. */
static double negative_result(const void *settings, const double *state, size_t O) {
    return -mean_result(settings, state, O);
}

static double root_result(const void *settings, const double *state, size_t O) {
    return sqrt(mean_result(settings, state, O));
}

/* These types have the fields of their losses (metric_fields). */
#define MEAN_LOSS_OF(type, loss_of, class, small_name, short_name, given_name, better, type_result)                    \
    extern const struct loss_type loss_of##_type;                                                                      \
    const struct metric_type type##_metric = {.class_name = class,                                                     \
                                              .name = small_name,                                                      \
                                              .alias = short_name,                                                     \
                                              .default_name = given_name,                                              \
                                              .direction = better,                                                     \
                                              .loss = &loss_of##_type,                                                 \
                                              .state_count = mean_state_count,                                         \
                                              .add = add,                                                              \
                                              .result = type_result};
#define MEAN_LOSS(type, class, short_name)                                                                             \
    MEAN_LOSS_OF(type, type, class, #type, short_name, NULL, METRIC_DOWN, mean_result)

MEAN_LOSS(binary_crossentropy, "BinaryCrossentropy", "bce")
MEAN_LOSS(categorical_crossentropy, "CategoricalCrossentropy", NULL)
MEAN_LOSS(sparse_categorical_crossentropy, "SparseCategoricalCrossentropy", NULL)
MEAN_LOSS(kl_divergence, "KLDivergence", NULL)
MEAN_LOSS(poisson, "Poisson", NULL)
MEAN_LOSS(hinge, "Hinge", NULL)
MEAN_LOSS(squared_hinge, "SquaredHinge", NULL)
MEAN_LOSS(categorical_hinge, "CategoricalHinge", NULL)
MEAN_LOSS(mean_squared_error, "MeanSquaredError", "mse")
MEAN_LOSS(mean_absolute_error, "MeanAbsoluteError", "mae")
MEAN_LOSS(mean_absolute_percentage_error, "MeanAbsolutePercentageError", "mape")
MEAN_LOSS(mean_squared_logarithmic_error, "MeanSquaredLogarithmicError", "msle")
MEAN_LOSS_OF(root_mean_squared_error, mean_squared_error, "RootMeanSquaredError", "root_mean_squared_error", NULL, NULL,
             METRIC_DOWN, root_result)
MEAN_LOSS_OF(log_cosh_error, log_cosh, "LogCoshError", "log_cosh_error", NULL, "logcosh", METRIC_DOWN, mean_result)
MEAN_LOSS_OF(cosine_similarity, cosine_similarity, "CosineSimilarity", "cosine_similarity", NULL, NULL, METRIC_UP,
             negative_result)
