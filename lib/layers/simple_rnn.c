/* SimpleRNN: recurrent.c runs it. */
#include "layers/recurrent.h"

static const struct recurrent_settings defaults = {
    .activation = ACTIVATION_TANH,
    .use_bias = true,
    .kernel_initializer = INITIALIZER(INITIALIZER_GLOROT_UNIFORM),
    .recurrent_initializer = INITIALIZER(INITIALIZER_ORTHOGONAL),
    .bias_initializer = INITIALIZER(INITIALIZER_ZEROS),
};

static const struct field fields[] = {
    RECURRENT_FIELD("units", FIELD_SIZE, units),
    RECURRENT_FIELD("activation", FIELD_ACTIVATION, activation),
    RECURRENT_INITIALIZERS,
    RECURRENT_OTHERS,
};

extern const struct layer_type simple_rnn_type;
const struct layer_type simple_rnn_type = {
    .class_name = "SimpleRNN",
    .base_name = "simple_rnn",
    .settings_size = sizeof(struct recurrent_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = NEEDS_ALL_STEPS | USES_MASK,
    .more_traits = recurrent_more_traits,
    .width = recurrent_width,
    .check = recurrent_check,
    .untrainable = recurrent_untrainable,
    .build = recurrent_build,
    .prepare = recurrent_prepare,
    .plan = recurrent_plan,
    .forward = recurrent_forward,
    .backward = recurrent_backward,
};
