/* Reading and writing one setting, depending on the field's kind. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "layers/constraint.h"
#include "layers/initializer.h"
#include "layers/keras_object.h"
#include "layers/regularizer.h"
#include "layers/settings.h"

const struct field *field_find(const struct field *fields, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

#define AXES_MAX 8 /* more than any input has */

static json_t *write_numbers(const struct numbers *numbers) {
    json_t *list = json_array();
    for (size_t i = 0; i < numbers->count; i++)
        if (json_array_append_new(list, json_real(numbers->at[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *write_integers(const struct integers *integers) {
    if (!integers->is_list)
        return integers->count ? json_integer(integers->at[0]) : json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < integers->count; i++)
        if (json_array_append_new(list, json_integer(integers->at[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* As in Keras: a built-in function by name, a registered one ("package>name") as an object. */
static json_t *write_activation(enum activation activation) {
    const char *name = activation_name(activation);
    if (!strchr(name, '>'))
        return json_string(name);
    return json_pack("{s: s, s: s, s: s, s: s}", "module", "builtins", "class_name", "function", "config", name,
                     "registered_name", "function");
}

static json_t *write_choice(const char *name) {
    return *name ? json_string(name) : json_null();
}

json_t *field_write(const struct field *field, const void *settings) {
    const char *place = (const char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_SIZE: return json_integer((json_int_t) * (const size_t *)place);
    case FIELD_OPTIONAL_SIZE:
        return *(const size_t *)place ? json_integer((json_int_t) * (const size_t *)place) : json_null();
    case FIELD_FLOAT: return json_real((double)*(const float *)place);
    case FIELD_BOOL: return json_boolean(*(const bool *)place);
    case FIELD_ACTIVATION: return write_activation(*(const enum activation *)place);
    case FIELD_INITIALIZER: return initializer_write((const struct initializer *)place);
    case FIELD_REGULARIZER: return regularizer_write((const struct regularizer *)place);
    case FIELD_CONSTRAINT: return constraint_write((const struct constraint *)place);
    case FIELD_CHOICE: return write_choice(field->names[*(const unsigned *)place]);
    case FIELD_NAME: return json_string(place);
    case FIELD_NUMBER:
    case FIELD_FRACTION:
    case FIELD_POSITIVE: return json_real(*(const double *)place);
    case FIELD_OPTIONAL: return isnan(*(const double *)place) ? json_null() : json_real(*(const double *)place);
    case FIELD_NUMBERS: return write_numbers((const struct numbers *)place);
    case FIELD_AXIS: return json_integer(*(const int *)place);
    case FIELD_INTEGERS: return write_integers((const struct integers *)place);
    case FIELD_OLD_NUMBER:
    case FIELD_NEW_CHOICE:
    case FIELD_LAYER:
    case FIELD_RATE: break;
    }
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static mood_status read_size(const struct field *field, json_t *value, size_t *size, mood_error *err) {
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (number < 1 || number > INT32_MAX)
        return broken(err, "\"%s\" is not a whole number from 1 to %ld", field->key, (long)INT32_MAX);
    *size = (size_t)number;
    return MOOD_OK;
}

static mood_status read_optional_size(const struct field *field, json_t *value, size_t *size, mood_error *err) {
    if (json_array_size(value) == 1) /* as Keras writes sizes of one dimension */
        value = json_array_get(value, 0);
    if (!json_is_null(value))
        return read_size(field, value, size, err);
    *size = 0;
    return MOOD_OK;
}

static mood_status read_float(const struct field *field, json_t *value, float *number, mood_error *err) {
    if (!json_is_number(value) || !isfinite((float)json_number_value(value)))
        return broken(err, "\"%s\" is not a number", field->key);
    *number = (float)json_number_value(value);
    return MOOD_OK;
}

static mood_status read_bool(const struct field *field, json_t *value, bool *flag, mood_error *err) {
    if (!json_is_boolean(value))
        return broken(err, "\"%s\" is neither true nor false", field->key);
    *flag = json_is_true(value);
    return MOOD_OK;
}

static mood_status read_activation(const struct field *field, json_t *value, enum activation *activation,
                                   mood_error *err) {
    const char *name = json_is_null(value) ? "linear" : object_name(value);
    if (!name)
        return unsupported(err, "\"%s\" is not one of Keras's own functions", field->key);
    if (activation_find(name, activation))
        return MOOD_OK;
    char known[512];
    if (activation_why_not(name))
        return unsupported(err, "\"%s\" is \"%s\", which this version does not support: %s", field->key, name,
                           activation_why_not(name));
    activation_list(known, sizeof known);
    return unsupported(err, "\"%s\" is \"%.64s\"; this version knows %s: train the model with one of them", field->key,
                       name, known);
}

static mood_status read_initializer(const struct field *field, json_t *value, struct initializer *initializer,
                                    mood_error *err) {
    mood_status status = initializer_read(value, initializer, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "\"%s\"", field->key);
    return status;
}

static mood_status read_regularizer(const struct field *field, json_t *value, struct regularizer *regularizer,
                                    mood_error *err) {
    mood_status status = regularizer_read(value, regularizer, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "\"%s\"", field->key);
    return status;
}

static mood_status read_constraint(const struct field *field, json_t *value, struct constraint *constraint,
                                   mood_error *err) {
    mood_status status = constraint_read(value, constraint, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "\"%s\"", field->key);
    return status;
}

static mood_status read_choice(const struct field *field, json_t *value, unsigned *choice, mood_error *err) {
    char text[VALUE_TEXT_SIZE], known[128] = "";
    const char *name = json_is_null(value) ? "" : json_string_value(value);
    for (unsigned i = 0; field->names[i]; i++) {
        size_t used = strlen(known);
        if (name && strcmp(name, field->names[i]) == 0) {
            *choice = i;
            return MOOD_OK;
        }
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", *field->names[i] ? field->names[i] : "None");
    }
    value_text(value, text);
    return unsupported(err, "\"%s\" is %s; this version knows %s", field->key, text, known);
}

static mood_status read_name(const struct field *field, json_t *value, char *name, mood_error *err) {
    size_t size = json_string_length(value);
    if (!json_is_string(value) || size == 0 || size >= FIELD_NAME_SIZE)
        return broken(err, "\"%s\" is not a name of at most %d bytes", field->key, FIELD_NAME_SIZE - 1);
    snprintf(name, FIELD_NAME_SIZE, "%s", json_string_value(value));
    return MOOD_OK;
}

/* Whether a number is in the range of the field's kind, and in that of a float. */
static bool in_range(enum field_kind kind, double number) {
    return isfinite((float)number) && number >= 0 && !(kind == FIELD_FRACTION && number >= 1) &&
           !(kind == FIELD_POSITIVE && number == 0);
}

static mood_status read_number(const struct field *field, json_t *value, double *number, mood_error *err) {
    char text[VALUE_TEXT_SIZE];
    if (field->kind == FIELD_OPTIONAL && json_is_null(value)) {
        *number = NAN;
        return MOOD_OK;
    }
    if (json_is_number(value) && in_range(field->kind, json_number_value(value))) {
        *number = json_number_value(value);
        return MOOD_OK;
    }
    value_text(value, text);
    return broken(err, "\"%s\" is %s; it must be a number, %s", field->key, text,
                  field->kind == FIELD_FRACTION   ? "0 to below 1"
                  : field->kind == FIELD_POSITIVE ? "above 0"
                                                  : "0 or more");
}

static mood_status read_numbers(const struct field *field, json_t *value, struct numbers *numbers, mood_error *err) {
    size_t i;
    json_t *number;
    numbers->count = json_array_size(value);
    if (!json_is_array(value) || numbers->count > NUMBERS_MAX)
        return unsupported(err, "\"%s\" is not a list of at most %d numbers", field->key, NUMBERS_MAX);
    json_array_foreach(value, i, number) {
        numbers->at[i] = json_is_number(number) ? json_number_value(number) : NAN;
        if (!in_range(FIELD_NUMBER, numbers->at[i]))
            return broken(err, "\"%s\": item %zu is not a number, 0 or more", field->key, i);
    }
    return MOOD_OK;
}

static mood_status read_axis(const struct field *field, json_t *value, int *axis, mood_error *err) {
    char text[VALUE_TEXT_SIZE];
    json_t *number = json_array_size(value) == 1 ? json_array_get(value, 0) : value;
    json_int_t place = json_integer_value(number);
    if (json_is_integer(number) && place >= -AXES_MAX && place < AXES_MAX) {
        *axis = (int)place;
        return MOOD_OK;
    }
    value_text(value, text);
    return unsupported(err, "\"%s\" is %s; this version knows one axis, the last: -1", field->key, text);
}

static mood_status read_integers(const struct field *field, json_t *value, struct integers *integers, mood_error *err) {
    struct integers found = {.is_list = json_is_array(value)};
    size_t count = found.is_list ? json_array_size(value) : !json_is_null(value);
    char text[VALUE_TEXT_SIZE];
    for (; found.count < count && found.count < INTEGERS_MAX; found.count++) {
        json_t *item = found.is_list ? json_array_get(value, found.count) : value;
        json_int_t number = json_integer_value(item);
        if (!json_is_integer(item) || number < -INT32_MAX || number > INT32_MAX)
            break;
        found.at[found.count] = (int)number;
    }
    if (found.count == count) {
        *integers = found;
        return MOOD_OK;
    }
    value_text(value, text);
    return broken(err, "\"%s\" is %s; it must be a whole number, or a list of at most %d", field->key, text,
                  INTEGERS_MAX);
}

mood_status field_read(const struct field *field, json_t *value, void *settings, mood_error *err) {
    void *place = (char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_SIZE: return read_size(field, value, place, err);
    case FIELD_OPTIONAL_SIZE: return read_optional_size(field, value, place, err);
    case FIELD_FLOAT: return read_float(field, value, place, err);
    case FIELD_BOOL: return read_bool(field, value, place, err);
    case FIELD_ACTIVATION: return read_activation(field, value, place, err);
    case FIELD_INITIALIZER: return read_initializer(field, value, place, err);
    case FIELD_REGULARIZER: return read_regularizer(field, value, place, err);
    case FIELD_CONSTRAINT: return read_constraint(field, value, place, err);
    case FIELD_NEW_CHOICE:
    case FIELD_CHOICE: return read_choice(field, value, place, err);
    case FIELD_NAME: return read_name(field, value, place, err);
    case FIELD_NUMBER:
    case FIELD_FRACTION:
    case FIELD_POSITIVE:
    case FIELD_OLD_NUMBER:
    case FIELD_OPTIONAL: return read_number(field, value, place, err);
    case FIELD_NUMBERS: return read_numbers(field, value, place, err);
    case FIELD_AXIS: return read_axis(field, value, place, err);
    case FIELD_INTEGERS: return read_integers(field, value, place, err);
    case FIELD_LAYER:
    case FIELD_RATE: break;
    }
    return MOOD_OK;
}
