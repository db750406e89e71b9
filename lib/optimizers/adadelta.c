/* Adadelta. Zeiler 2012. Source: keras/src/optimizers/adadelta.py */
#include "optimizers/optimizer.h"

struct adadelta_settings {
    struct optimizer_common common;
    double rho, epsilon;
};

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    const struct adadelta_settings *s = settings;
    launch_float(launch, (float)update->rate);
    launch_float(launch, (float)s->rho);
    launch_float(launch, (float)(1 - s->rho));
    launch_float(launch, (float)s->epsilon);
}

static const struct adadelta_settings defaults = {
    .common = OPTIMIZER_DEFAULTS(0.001, NAN), .rho = 0.95, .epsilon = 1e-7};

static const struct field fields[] = {OPTIMIZER_RATE, OPTIMIZER_FIELD(adadelta_settings, rho, FIELD_FRACTION),
                                      OPTIMIZER_FIELD(adadelta_settings, epsilon, FIELD_POSITIVE), OPTIMIZER_FIELDS};

static const struct slot slots[] = {{"accumulated_grad", 0, true}, {"accumulated_delta_var", 0, true}};

const struct optimizer_type adadelta_type = {
    .class_name = "Adadelta",
    .settings_size = sizeof(struct adadelta_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .slots = slots,
    .slot_count = sizeof slots / sizeof *slots,
    .kernel = "optimizer_adadelta",
    .arguments = arguments,
};
