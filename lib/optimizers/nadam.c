/* Nadam: Adam with Nesterov's momentum. Dozat 2015. Source: keras/src/optimizers/nadam.py */
#include "optimizers/optimizer.h"

struct nadam_settings {
    struct optimizer_common common;
    double beta_1, beta_2, epsilon;
};

/* The momentum of step t, which grows to beta_1. */
static double momentum_at(const struct nadam_settings *s, double t) {
    return s->beta_1 * (1 - 0.5 * pow(0.96, t));
}

static float factor(const void *settings, double t) {
    return (float)momentum_at(settings, t);
}

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    const struct nadam_settings *s = settings;
    double next = momentum_at(s, update->t + 1), product = (double)update->product;
    launch_float(launch, (float)(update->rate * next / (1 - product * next)));
    launch_float(launch, (float)(update->rate * (1 - momentum_at(s, update->t)) / (1 - product)));
    launch_float(launch, (float)(1 - s->beta_1));
    launch_float(launch, (float)(1 - s->beta_2));
    launch_float(launch, (float)(1 / (1 - pow(s->beta_2, update->t))));
    launch_float(launch, (float)s->epsilon);
}

static const struct nadam_settings defaults = {
    .common = OPTIMIZER_DEFAULTS(0.001, NAN), .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};

static const struct field fields[] = {OPTIMIZER_RATE, OPTIMIZER_FIELD(nadam_settings, beta_1, FIELD_FRACTION),
                                      OPTIMIZER_FIELD(nadam_settings, beta_2, FIELD_FRACTION),
                                      OPTIMIZER_FIELD(nadam_settings, epsilon, FIELD_POSITIVE), OPTIMIZER_FIELDS};

static const struct slot slots[] = {{"momentum", 0, false}, {"velocity", 0, true}};

const struct optimizer_type nadam_type = {
    .class_name = "Nadam",
    .settings_size = sizeof(struct nadam_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .slots = slots,
    .slot_count = sizeof slots / sizeof *slots,
    .factor = factor,
    .kernel = "optimizer_nadam",
    .arguments = arguments,
};
