/* Losses of the difference between outputs and labels, and CosineSimilarity. Source: keras/src/losses/losses.py */
#include "losses/loss.h"

const struct loss_type mean_squared_error_type = {
    .class_name = "MeanSquaredError",
    .name = "mean_squared_error",
    .alias = "mse",
    .kernel = "loss_mean_squared_error",
};

const struct loss_type mean_absolute_error_type = {
    .class_name = "MeanAbsoluteError",
    .name = "mean_absolute_error",
    .alias = "mae",
    .kernel = "loss_mean_absolute_error",
};

const struct loss_type mean_absolute_percentage_error_type = {
    .class_name = "MeanAbsolutePercentageError",
    .name = "mean_absolute_percentage_error",
    .alias = "mape",
    .kernel = "loss_mean_absolute_percentage_error",
};

const struct loss_type mean_squared_logarithmic_error_type = {
    .class_name = "MeanSquaredLogarithmicError",
    .name = "mean_squared_logarithmic_error",
    .alias = "msle",
    .kernel = "loss_mean_squared_logarithmic_error",
};

const struct loss_type log_cosh_type = {
    .class_name = "LogCosh",
    .name = "log_cosh",
    .alias = "logcosh",
    .kernel = "loss_log_cosh",
};

struct huber {
    double delta;
};

static void huber_arguments(const void *settings, bool logits, struct launch *launch) {
    (void)logits;
    launch_float(launch, (float)((const struct huber *)settings)->delta);
}

static const struct huber huber_defaults = {.delta = 1};
static const struct field huber_fields[] = {{"delta", FIELD_NUMBER, offsetof(struct huber, delta), NULL}};

const struct loss_type huber_type = {
    .class_name = "Huber",
    .name = "huber",
    .default_name = "huber_loss",
    .settings_size = sizeof huber_defaults,
    .defaults = &huber_defaults,
    .fields = huber_fields,
    .field_count = 1,
    .kernel = "loss_huber",
    .arguments = huber_arguments,
};

struct cosine {
    int axis;
};

static const struct cosine cosine_defaults = {.axis = -1};
static const struct field cosine_fields[] = {{"axis", FIELD_AXIS, offsetof(struct cosine, axis), NULL}};

const struct loss_type cosine_similarity_type = {
    .class_name = "CosineSimilarity",
    .name = "cosine_similarity",
    .settings_size = sizeof cosine_defaults,
    .defaults = &cosine_defaults,
    .fields = cosine_fields,
    .field_count = 1,
    .kernel = "loss_cosine_similarity",
};
