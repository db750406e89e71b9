/* Keras's constraints of weights, as JSON. Source: keras/src/constraints/constraints.py */
#include <string.h>

#include "base/errors.h"
#include "layers/constraint.h"
#include "layers/keras_object.h"

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct constraint, key), NULL }
static const struct field max_norm[] = {FIELD(max_value, FIELD_NUMBER), FIELD(axis, FIELD_INTEGERS)};
static const struct field unit_norm[] = {FIELD(axis, FIELD_INTEGERS)};
static const struct field min_max_norm[] = {FIELD(min_value, FIELD_NUMBER), FIELD(max_value, FIELD_NUMBER),
                                            FIELD(rate, FIELD_NUMBER), FIELD(axis, FIELD_INTEGERS)};

/* Each class with Keras's defaults. */
static const struct constraint_type {
    const char *class_name, *short_name;
    const struct field *fields;
    size_t field_count;
    struct constraint defaults;
} types[] = {
    {"MaxNorm", "max_norm", max_norm, 2, {CONSTRAINT_MAX_NORM, 0, 2, 1, {1, false, {0}}}},
    {"NonNeg", "non_neg", NULL, 0, {.kind = CONSTRAINT_NON_NEG}},
    {"UnitNorm", "unit_norm", unit_norm, 1, {CONSTRAINT_UNIT_NORM, 0, 0, 1, {1, false, {0}}}},
    {"MinMaxNorm", "min_max_norm", min_max_norm, 4, {CONSTRAINT_MIN_MAX_NORM, 0, 1, 1, {1, false, {0}}}},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

static const struct constraint_type *find_type(const char *name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(name, types[i].class_name) == 0 || strcmp(name, types[i].short_name) == 0)
            return &types[i];
    return NULL;
}

const char *constraint_argument_at(const char *name, size_t index) {
    const struct constraint_type *type = find_type(name);
    return type && index < type->field_count ? type->fields[index].key : NULL;
}

mood_status constraint_check(const struct constraint *constraint, size_t rank, mood_error *err) {
    for (size_t i = 0; i < constraint->axis.count; i++) {
        int axis = constraint->axis.at[i];
        if (axis < -(int)rank || axis >= (int)rank)
            return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                                  "its constraint has the axis %d, but the weight has %zu axes", axis, rank);
    }
    return MOOD_OK;
}

json_t *constraint_write(const struct constraint *constraint) {
    if (constraint->kind == CONSTRAINT_NONE)
        return json_null();
    const struct constraint_type *type = types;
    while (type->defaults.kind != constraint->kind)
        type++;
    json_t *config = json_object();
    for (size_t i = 0; i < type->field_count; i++)
        if (json_object_set_new(config, type->fields[i].key, field_write(&type->fields[i], constraint)) < 0) {
            json_decref(config);
            return NULL;
        }
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.constraints", "class_name", type->class_name,
                     "config", config, "registered_name");
}

static mood_status read_arguments(const struct constraint_type *type, json_t *config, struct constraint *found,
                                  mood_error *err) {
    const char *key;
    json_t *value;
    mood_status status = MOOD_OK;
    json_object_foreach(config, key, value) {
        const struct field *field = field_find(type->fields, type->field_count, key);
        if (!field)
            return unsupported(err, "the constraint %s has no argument \"%.64s\"", type->class_name, key);
        status = field_read(field, value, found, err);
        if (status != MOOD_OK) {
            mood_error_prefix(err, "the constraint %s", type->class_name);
            return status;
        }
    }
    return MOOD_OK;
}

mood_status constraint_read(json_t *value, struct constraint *constraint, mood_error *err) {
    const char *name = object_name(value);
    if (json_is_null(value)) {
        *constraint = (struct constraint){.kind = CONSTRAINT_NONE};
        return MOOD_OK;
    }
    const struct constraint_type *type = name ? find_type(name) : NULL;
    if (!type)
        return unsupported(err,
                           "the constraint %.64s is not one that mood knows; it knows MaxNorm, NonNeg, UnitNorm and "
                           "MinMaxNorm",
                           name ? name : "");
    struct constraint found = type->defaults;
    mood_status status = read_arguments(type, json_object_get(value, "config"), &found, err);
    if (status == MOOD_OK && found.kind != CONSTRAINT_NON_NEG && found.axis.count == 0)
        status = unsupported(err, "the constraint %s has no axis; this version knows one or more", type->class_name);
    if (status == MOOD_OK)
        *constraint = found;
    return status;
}
