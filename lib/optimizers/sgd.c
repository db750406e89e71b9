/* SGD, with momentum or Nesterov's momentum. Source: keras/src/optimizers/sgd.py */
#include "optimizers/optimizer.h"

struct sgd_settings {
    struct optimizer_common common;
    double momentum;
    bool nesterov;
};

static bool has_slot(const void *settings, size_t slot) {
    (void)slot;
    return ((const struct sgd_settings *)settings)->momentum != 0;
}

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    const struct sgd_settings *s = settings;
    launch_float(launch, (float)update->rate);
    launch_float(launch, (float)s->momentum);
    launch_int(launch, s->nesterov);
}

static const struct sgd_settings defaults = {.common = OPTIMIZER_DEFAULTS(0.01, NAN)};

static const struct field fields[] = {OPTIMIZER_RATE, OPTIMIZER_FIELD(sgd_settings, momentum, FIELD_NUMBER),
                                      OPTIMIZER_FIELD(sgd_settings, nesterov, FIELD_BOOL), OPTIMIZER_FIELDS};

static const struct slot slots[] = {{"momentum", 0, false}};

const struct optimizer_type sgd_type = {
    .class_name = "SGD",
    .settings_size = sizeof(struct sgd_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .slots = slots,
    .slot_count = 1,
    .has_slot = has_slot,
    .kernel = "optimizer_sgd",
    .arguments = arguments,
};
