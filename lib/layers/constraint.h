/* Keras's constraints of weights: after each step of the optimizer a weight is projected. */
#ifndef LAYERS_CONSTRAINT_H
#define LAYERS_CONSTRAINT_H

#include "layers/kernel_types.h"
#include "layers/settings.h"

struct constraint {
    enum constraint_kind kind;
    double min_value, max_value, rate;
    struct integers axis; /* a norm is computed along these axes of the weight */
};

/* The key of argument number `index` of a class or short name: "max_value"; NULL if there are no more. */
const char *constraint_argument_at(const char *name, size_t index);

/* Check that the axes exist in a weight of this rank. */
mood_status constraint_check(const struct constraint *constraint, size_t rank, mood_error *err);

/* As in config.json: null, or an object of class MaxNorm, NonNeg, UnitNorm or MinMaxNorm. */
json_t *constraint_write(const struct constraint *constraint);
/* Also reads Keras's short names: "non_neg". On failure *constraint is unchanged. */
mood_status constraint_read(json_t *value, struct constraint *constraint, mood_error *err);

#endif
