/* Adagrad. Duchi et al. 2011. Source: keras/src/optimizers/adagrad.py */
#include "optimizers/optimizer.h"

struct adagrad_settings {
    struct optimizer_common common;
    double initial_accumulator_value, epsilon;
};

static float slot_start(const void *settings) {
    return (float)((const struct adagrad_settings *)settings)->initial_accumulator_value;
}

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    launch_float(launch, (float)update->rate);
    launch_float(launch, (float)((const struct adagrad_settings *)settings)->epsilon);
}

static const struct adagrad_settings defaults = {
    .common = OPTIMIZER_DEFAULTS(0.001, NAN), .initial_accumulator_value = 0.1, .epsilon = 1e-7};

static const struct field fields[] = {OPTIMIZER_RATE,
                                      OPTIMIZER_FIELD(adagrad_settings, initial_accumulator_value, FIELD_NUMBER),
                                      OPTIMIZER_FIELD(adagrad_settings, epsilon, FIELD_POSITIVE), OPTIMIZER_FIELDS};

static const struct slot slots[] = {{"accumulator", 0, true}};

const struct optimizer_type adagrad_type = {
    .class_name = "Adagrad",
    .settings_size = sizeof(struct adagrad_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .slots = slots,
    .slot_count = 1,
    .slot_start = slot_start,
    .kernel = "optimizer_adagrad",
    .arguments = arguments,
};
