/* SimpleRNN: recurrent.c runs it. */
#include "layers/recurrent.h"

static const struct recurrent_settings defaults = {
    RECURRENT_DEFAULTS,
};

static const struct field fields[] = {
    RECURRENT_FIELD("units", FIELD_SIZE, units),
    RECURRENT_FIELD("activation", FIELD_ACTIVATION, activation),
    RECURRENT_WEIGHTS,
    RECURRENT_OTHERS,
};

extern const struct layer_type simple_rnn_type;
const struct layer_type simple_rnn_type = {
    RECURRENT_TYPE("SimpleRNN", "simple_rnn"),
    .traits = RECURRENT_TRAITS,
    .more_traits = recurrent_more_traits,
    .prepare = recurrent_prepare,
    .plan = recurrent_plan,
    .forward = recurrent_forward,
    .backward = recurrent_backward,
};
