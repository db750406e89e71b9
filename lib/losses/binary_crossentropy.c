/* BinaryCrossentropy, and BinaryFocalCrossentropy (Lin et al. 2017). Source: keras/src/losses/losses.py */
#include "losses/loss.h"

static const struct crossentropy defaults = CROSSENTROPY_DEFAULTS;

static void binary_arguments(const void *settings, bool logits, struct launch *launch) {
    const struct crossentropy *s = settings;
    (void)logits; /* outputs and logits have separate kernels */
    launch_float(launch, (float)s->label_smoothing);
}

static const struct field binary_fields[] = {CROSSENTROPY_FIELD(from_logits, FIELD_BOOL),
                                             CROSSENTROPY_FIELD(label_smoothing, FIELD_FRACTION),
                                             CROSSENTROPY_FIELD(axis, FIELD_AXIS)};

const struct loss_type binary_crossentropy_type = {
    .class_name = "BinaryCrossentropy",
    .name = "binary_crossentropy",
    .alias = "bce",
    .settings_size = sizeof defaults,
    .defaults = &defaults,
    .fields = binary_fields,
    .field_count = sizeof binary_fields / sizeof *binary_fields,
    .activation = MOOD_SIGMOID,
    .kernel = "loss_binary_crossentropy",
    .logits_kernel = "loss_binary",
    .arguments = binary_arguments,
};

static void focal_arguments(const void *settings, bool logits, struct launch *launch) {
    const struct crossentropy *s = settings;
    launch_float(launch, (float)s->label_smoothing);
    launch_float(launch, (float)s->alpha);
    launch_float(launch, (float)s->gamma);
    launch_int(launch, s->apply_class_balancing);
    launch_int(launch, logits);
}

static const struct field focal_fields[] = {CROSSENTROPY_FIELD(apply_class_balancing, FIELD_BOOL),
                                            CROSSENTROPY_FIELD(alpha, FIELD_NUMBER),
                                            CROSSENTROPY_FIELD(gamma, FIELD_NUMBER),
                                            CROSSENTROPY_FIELD(from_logits, FIELD_BOOL),
                                            CROSSENTROPY_FIELD(label_smoothing, FIELD_FRACTION),
                                            CROSSENTROPY_FIELD(axis, FIELD_AXIS)};

const struct loss_type binary_focal_crossentropy_type = {
    .class_name = "BinaryFocalCrossentropy",
    .name = "binary_focal_crossentropy",
    .settings_size = sizeof defaults,
    .defaults = &defaults,
    .fields = focal_fields,
    .field_count = sizeof focal_fields / sizeof *focal_fields,
    .activation = MOOD_SIGMOID,
    .kernel = "loss_binary_focal_crossentropy",
    .arguments = focal_arguments,
};
