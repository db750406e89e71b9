/* RMSprop. Source: keras/src/optimizers/rmsprop.py */
#include "optimizers/optimizer.h"

enum { VELOCITY, MOMENTUM, AVERAGE_GRADIENT };

struct rmsprop_settings {
    struct optimizer_common common;
    double rho, momentum, epsilon;
    bool centered;
};

static bool has_slot(const void *settings, size_t slot) {
    const struct rmsprop_settings *s = settings;
    return slot == VELOCITY || (slot == MOMENTUM && s->momentum > 0) || (slot == AVERAGE_GRADIENT && s->centered);
}

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    const struct rmsprop_settings *s = settings;
    launch_float(launch, (float)update->rate);
    launch_float(launch, (float)s->rho);
    launch_float(launch, (float)(1 - s->rho));
    launch_float(launch, (float)s->momentum);
    launch_float(launch, (float)s->epsilon);
}

static const struct rmsprop_settings defaults = {.common = OPTIMIZER_DEFAULTS(0.001, NAN), .rho = 0.9, .epsilon = 1e-7};

static const struct field fields[] = {OPTIMIZER_RATE,
                                      OPTIMIZER_FIELD(rmsprop_settings, rho, FIELD_FRACTION),
                                      OPTIMIZER_FIELD(rmsprop_settings, momentum, FIELD_NUMBER),
                                      OPTIMIZER_FIELD(rmsprop_settings, epsilon, FIELD_POSITIVE),
                                      OPTIMIZER_FIELD(rmsprop_settings, centered, FIELD_BOOL),
                                      OPTIMIZER_FIELDS};

static const struct slot slots[] = {[VELOCITY] = {"velocity", 0, true},
                                    [MOMENTUM] = {"momentum", 1, false},
                                    [AVERAGE_GRADIENT] = {"average_gradient", 2, false}};

const struct optimizer_type rmsprop_type = {
    .class_name = "RMSprop",
    .settings_size = sizeof(struct rmsprop_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .slots = slots,
    .slot_count = sizeof slots / sizeof *slots,
    .has_slot = has_slot,
    .kernel = "optimizer_rmsprop",
    .arguments = arguments,
};
