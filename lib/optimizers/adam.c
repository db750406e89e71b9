/* Adam, and AdamW, which has a weight decay by default. Kingma & Ba 2015, epsilon outside the bias correction; Reddi
 * et al. 2018 for amsgrad; Loshchilov & Hutter 2019 for the decay. Source: keras/src/optimizers/adam.py */
#include "optimizers/optimizer.h"

enum { MOMENTUM, VELOCITY, VELOCITY_HAT };

struct adam_settings {
    struct optimizer_common common;
    double beta_1, beta_2, epsilon;
    bool amsgrad;
};

static bool has_slot(const void *settings, size_t slot) {
    return slot != VELOCITY_HAT || ((const struct adam_settings *)settings)->amsgrad;
}

static void arguments(const void *settings, const struct update *update, struct launch *launch) {
    const struct adam_settings *s = settings;
    double alpha = update->rate * sqrt(1 - pow(s->beta_2, update->t)) / (1 - pow(s->beta_1, update->t));
    launch_float(launch, (float)alpha);
    launch_float(launch, (float)(1 - s->beta_1));
    launch_float(launch, (float)(1 - s->beta_2));
    launch_float(launch, (float)s->epsilon);
}

static const struct slot slots[] = {[MOMENTUM] = {"momentum", 0, false},
                                    [VELOCITY] = {"velocity", 0, true},
                                    [VELOCITY_HAT] = {"velocity_hat", 1, true}};

#define OWN_FIELDS                                                                                                     \
    OPTIMIZER_FIELD(adam_settings, beta_1, FIELD_FRACTION), OPTIMIZER_FIELD(adam_settings, beta_2, FIELD_FRACTION),    \
        OPTIMIZER_FIELD(adam_settings, epsilon, FIELD_POSITIVE), OPTIMIZER_FIELD(adam_settings, amsgrad, FIELD_BOOL)

static const struct adam_settings adam_defaults = {
    .common = OPTIMIZER_DEFAULTS(0.001, NAN), .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};
static const struct adam_settings adamw_defaults = {
    .common = OPTIMIZER_DEFAULTS(0.001, 0.004), .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};

static const struct field adam_fields[] = {OPTIMIZER_RATE, OWN_FIELDS, OPTIMIZER_FIELDS};
/* Its weight decay can't be None. */
static const struct field adamw_fields[] = {OPTIMIZER_RATE,
                                            OPTIMIZER_FIELD(optimizer_common, weight_decay, FIELD_NUMBER), OWN_FIELDS,
                                            OPTIMIZER_FIELDS_WITHOUT_DECAY};

#define ADAM_TYPE(class, type_defaults, type_fields)                                                                   \
    {                                                                                                                  \
        .class_name = class, .settings_size = sizeof(struct adam_settings), .defaults = &type_defaults,                \
        .fields = type_fields, .field_count = sizeof type_fields / sizeof *type_fields, .slots = slots,                \
        .slot_count = sizeof slots / sizeof *slots, .has_slot = has_slot, .kernel = "optimizer_adam",                  \
        .arguments = arguments                                                                                         \
    }

const struct optimizer_type adam_type = ADAM_TYPE("Adam", adam_defaults, adam_fields);
const struct optimizer_type adamw_type = ADAM_TYPE("AdamW", adamw_defaults, adamw_fields);
