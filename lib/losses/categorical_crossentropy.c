/* CategoricalCrossentropy, SparseCategoricalCrossentropy, and CategoricalFocalCrossentropy (Lin et al. 2017).
 * Source: keras/src/losses/losses.py */
#include "losses/loss.h"

static const struct crossentropy defaults = CROSSENTROPY_DEFAULTS;

static void categorical_arguments(const void *settings, bool logits, struct launch *launch) {
    const struct crossentropy *s = settings;
    (void)logits; /* outputs and logits have separate kernels */
    launch_int(launch, 0);
    launch_float(launch, (float)s->label_smoothing);
}

static void sparse_arguments(const void *settings, bool logits, struct launch *launch) {
    (void)settings;
    (void)logits;
    launch_int(launch, 1);
    launch_float(launch, 0);
}

static void focal_arguments(const void *settings, bool logits, struct launch *launch) {
    const struct crossentropy *s = settings;
    launch_float(launch, (float)s->label_smoothing);
    launch_float(launch, (float)s->alpha);
    launch_float(launch, (float)s->gamma);
    launch_int(launch, logits);
}

static const struct field categorical_fields[] = {CROSSENTROPY_FIELD(from_logits, FIELD_BOOL),
                                                  CROSSENTROPY_FIELD(label_smoothing, FIELD_FRACTION),
                                                  CROSSENTROPY_FIELD(axis, FIELD_AXIS)};
static const struct field sparse_fields[] = {CROSSENTROPY_FIELD(from_logits, FIELD_BOOL),
                                             CROSSENTROPY_FIELD(ignore_class, FIELD_OPTIONAL),
                                             CROSSENTROPY_FIELD(axis, FIELD_AXIS)};
static const struct field focal_fields[] = {
    CROSSENTROPY_FIELD(alpha, FIELD_NUMBER), CROSSENTROPY_FIELD(gamma, FIELD_NUMBER),
    CROSSENTROPY_FIELD(from_logits, FIELD_BOOL), CROSSENTROPY_FIELD(label_smoothing, FIELD_FRACTION),
    CROSSENTROPY_FIELD(axis, FIELD_AXIS)};

const struct loss_type categorical_crossentropy_type = {
    .class_name = "CategoricalCrossentropy",
    .name = "categorical_crossentropy",
    .settings_size = sizeof defaults,
    .defaults = &defaults,
    .fields = categorical_fields,
    .field_count = sizeof categorical_fields / sizeof *categorical_fields,
    .activation = MOOD_SOFTMAX,
    .one_class = true,
    .kernel = "loss_categorical_crossentropy",
    .logits_kernel = "loss_categorical",
    .arguments = categorical_arguments,
};

const struct loss_type sparse_categorical_crossentropy_type = {
    .class_name = "SparseCategoricalCrossentropy",
    .name = "sparse_categorical_crossentropy",
    .settings_size = sizeof defaults,
    .defaults = &defaults,
    .fields = sparse_fields,
    .field_count = sizeof sparse_fields / sizeof *sparse_fields,
    .activation = MOOD_SOFTMAX,
    .one_class = true,
    .takes_classes = true,
    .kernel = "loss_categorical_crossentropy",
    .logits_kernel = "loss_categorical",
    .arguments = sparse_arguments,
};

const struct loss_type categorical_focal_crossentropy_type = {
    .class_name = "CategoricalFocalCrossentropy",
    .name = "categorical_focal_crossentropy",
    .settings_size = sizeof defaults,
    .defaults = &defaults,
    .fields = focal_fields,
    .field_count = sizeof focal_fields / sizeof *focal_fields,
    .activation = MOOD_SOFTMAX,
    .one_class = true,
    .kernel = "loss_categorical_focal_crossentropy",
    .arguments = focal_arguments,
};
