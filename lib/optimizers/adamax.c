/* Adamax: Adam with the maximum of the gradients instead of their squares. Kingma & Ba 2015, section 7.
 * Source: keras/src/optimizers/adamax.py */
#include "optimizers/optimizer.h"

struct adamax_settings {
    struct optimizer_common common;
    double beta_1, beta_2, epsilon;
};

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    const struct adamax_settings *s = settings;
    launch_float(launch, (float)(update->rate / (1 - pow(s->beta_1, update->t))));
    launch_float(launch, (float)(1 - s->beta_1));
    launch_float(launch, (float)s->beta_2);
    launch_float(launch, (float)s->epsilon);
}

static const struct adamax_settings defaults = {
    .common = OPTIMIZER_DEFAULTS(0.001, NAN), .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};

static const struct field fields[] = {OPTIMIZER_RATE, OPTIMIZER_FIELD(adamax_settings, beta_1, FIELD_FRACTION),
                                      OPTIMIZER_FIELD(adamax_settings, beta_2, FIELD_FRACTION),
                                      OPTIMIZER_FIELD(adamax_settings, epsilon, FIELD_POSITIVE), OPTIMIZER_FIELDS};

static const struct slot slots[] = {{"momentum", 0, false}, {"norm", 0, true}};

const struct optimizer_type adamax_type = {
    .class_name = "Adamax",
    .settings_size = sizeof(struct adamax_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .slots = slots,
    .slot_count = sizeof slots / sizeof *slots,
    .kernel = "optimizer_adamax",
    .arguments = arguments,
};
