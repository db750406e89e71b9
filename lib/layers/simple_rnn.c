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
    RECURRENT_BY_STEPS,
};
