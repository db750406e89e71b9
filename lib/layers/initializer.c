/* The table of initializers. A new one is a row here and a case in model/initialize.c. */
#include <math.h>
#include <string.h>

#include "layers/initializer.h"

/* ---- names and arguments ----------------------------------------------------------------------- */

static const struct initializer_type types[] = {
    [INITIALIZER_ZEROS] = {"zeros", "Zeros", "zero", 0},
    [INITIALIZER_ONES] = {"ones", "Ones", "one", 0},
    [INITIALIZER_RANDOM_UNIFORM] = {"random_uniform", "RandomUniform", "uniform", ARGUMENTS_RANGE},
    [INITIALIZER_GLOROT_UNIFORM] = {"glorot_uniform", "GlorotUniform", NULL, 0},
    [INITIALIZER_GLOROT_NORMAL] = {"glorot_normal", "GlorotNormal", NULL, 0},
    [INITIALIZER_HE_UNIFORM] = {"he_uniform", "HeUniform", NULL, 0},
    [INITIALIZER_ORTHOGONAL] = {"orthogonal", "OrthogonalInitializer", "Orthogonal", ARGUMENTS_GAIN},
    [INITIALIZER_CONSTANT] = {"constant", "Constant", NULL, ARGUMENTS_VALUE},
    [INITIALIZER_RANDOM_NORMAL] = {"random_normal", "RandomNormal", "normal", ARGUMENTS_NORMAL},
    [INITIALIZER_TRUNCATED_NORMAL] = {"truncated_normal", "TruncatedNormal", NULL, ARGUMENTS_NORMAL},
    [INITIALIZER_VARIANCE_SCALING] = {"variance_scaling", "VarianceScaling", NULL, ARGUMENTS_SCALING},
    [INITIALIZER_HE_NORMAL] = {"he_normal", "HeNormal", NULL, 0},
    [INITIALIZER_LECUN_UNIFORM] = {"lecun_uniform", "LecunUniform", NULL, 0},
    [INITIALIZER_LECUN_NORMAL] = {"lecun_normal", "LecunNormal", NULL, 0},
    [INITIALIZER_IDENTITY] = {"identity", "IdentityInitializer", "Identity", ARGUMENTS_GAIN},
};
#define TYPE_COUNT (sizeof types / sizeof *types)

static const char *const modes[] = {[FAN_IN] = "fan_in", [FAN_OUT] = "fan_out", [FAN_AVG] = "fan_avg", NULL};
static const char *const distributions[] = {
    [TRUNCATED_NORMAL] = "truncated_normal", [UNTRUNCATED_NORMAL] = "untruncated_normal", [UNIFORM] = "uniform", NULL};

#define AT(member) offsetof(struct initializer, member)
static const struct initializer_argument arguments[] = {
    {"value", ARGUMENTS_VALUE, AT(value), NULL},
    {"minval", ARGUMENTS_RANGE, AT(minval), NULL},
    {"maxval", ARGUMENTS_RANGE, AT(maxval), NULL},
    {"mean", ARGUMENTS_NORMAL, AT(mean), NULL},
    {"stddev", ARGUMENTS_NORMAL, AT(stddev), NULL},
    {"scale", ARGUMENTS_SCALING, AT(scale), NULL},
    {"mode", ARGUMENTS_SCALING, AT(mode), modes},
    {"distribution", ARGUMENTS_SCALING, AT(distribution), distributions},
    {"gain", ARGUMENTS_GAIN, AT(gain), NULL},
};

const struct initializer_type *initializer_type_of(enum initializer_kind kind) {
    return (size_t)kind < TYPE_COUNT ? &types[kind] : NULL;
}

const struct initializer_argument *initializer_argument_at(enum initializer_kind kind, size_t index) {
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if ((arguments[i].belongs & types[kind].arguments) && index-- == 0)
            return &arguments[i];
    return NULL;
}

bool initializer_find(const char *name, enum initializer_kind *kind) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(types[i].name, name) == 0 || strcmp(types[i].class_name, name) == 0 ||
            (types[i].alias && strcmp(types[i].alias, name) == 0)) {
            *kind = (enum initializer_kind)i;
            return true;
        }
    return false;
}

struct initializer initializer_default(enum initializer_kind kind) {
    struct initializer initializer = INITIALIZER(kind);
    return initializer;
}

static mood_status bad_argument(mood_error *err, const char *key, double value, const char *range) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s is %g; it must be %s", key, value, range);
}

mood_status initializer_check(const struct initializer *initializer, mood_error *err) {
    const struct initializer_type *type = initializer_type_of(initializer->kind);
    if (!type)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown initializer %d",
                              (int)initializer->kind);
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        double value = 0;
        if (!(arguments[i].belongs & type->arguments) || arguments[i].names)
            continue;
        memcpy(&value, (const char *)initializer + arguments[i].offset, sizeof value);
        if (!isfinite((float)value))
            return bad_argument(err, arguments[i].key, value, "a number that a 32-bit float can hold");
    }
    if ((type->arguments & ARGUMENTS_NORMAL) && initializer->stddev < 0)
        return bad_argument(err, "stddev", initializer->stddev, "0 or more");
    if ((type->arguments & ARGUMENTS_RANGE) && initializer->minval > initializer->maxval)
        return bad_argument(err, "minval", initializer->minval, "at most maxval");
    if ((type->arguments & ARGUMENTS_SCALING) && !(initializer->scale > 0))
        return bad_argument(err, "scale", initializer->scale, "above 0");
    if ((type->arguments & ARGUMENTS_SCALING) &&
        ((unsigned)initializer->mode > FAN_AVG || (unsigned)initializer->distribution > UNIFORM))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no such mode or distribution");
    return MOOD_OK;
}
