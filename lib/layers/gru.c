/* GRU: recurrent.c runs it. */
#include "layers/recurrent.h"

static const struct recurrent_settings defaults = {
    RECURRENT_DEFAULTS,
    .reset_after = true,
};

static const struct field fields[] = {
    RECURRENT_FIELD("units", FIELD_SIZE, units),
    RECURRENT_FIELD("activation", FIELD_ACTIVATION, activation),
    RECURRENT_FIELD("recurrent_activation", FIELD_ACTIVATION, recurrent_activation),
    RECURRENT_WEIGHTS,
    RECURRENT_OTHERS,
    RECURRENT_FIELD("reset_after", FIELD_BOOL, reset_after),
};

extern const struct layer_type gru_type;
const struct layer_type gru_type = {
    RECURRENT_TYPE("GRU", "gru"),
    RECURRENT_BY_STEPS,
};
