/* One setting of a layer, by the field's kind. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "layers/initializer.h"
#include "layers/keras_object.h"
#include "layers/regularizer.h"
#include "layers/settings.h"

json_t *field_write(const struct field *field, const void *settings) {
    const char *place = (const char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_SIZE: return json_integer((json_int_t) * (const size_t *)place);
    case FIELD_OPTIONAL_SIZE:
        return *(const size_t *)place ? json_integer((json_int_t) * (const size_t *)place) : json_null();
    case FIELD_FLOAT: return json_real((double)*(const float *)place);
    case FIELD_BOOL: return json_boolean(*(const bool *)place);
    case FIELD_ACTIVATION: return json_string(activation_name(*(const mood_activation *)place));
    case FIELD_INITIALIZER: return initializer_write((const struct initializer *)place);
    case FIELD_REGULARIZER: return regularizer_write((const struct regularizer *)place);
    case FIELD_CHOICE: return json_string(field->names[*(const unsigned *)place]);
    case FIELD_LAYER: break;
    }
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static mood_status read_size(const struct field *field, const char *layer, json_t *value, size_t *size,
                             mood_error *err) {
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (number < 1 || number > INT32_MAX)
        return broken(err, "layer \"%s\": \"%s\" is not a whole number from 1 to %ld", layer, field->key,
                      (long)INT32_MAX);
    *size = (size_t)number;
    return MOOD_OK;
}

static mood_status read_optional_size(const struct field *field, const char *layer, json_t *value, size_t *size,
                                      mood_error *err) {
    if (json_array_size(value) == 1) /* as Keras writes sizes of one dimension */
        value = json_array_get(value, 0);
    if (!json_is_null(value))
        return read_size(field, layer, value, size, err);
    *size = 0;
    return MOOD_OK;
}

static mood_status read_float(const struct field *field, const char *layer, json_t *value, float *number,
                              mood_error *err) {
    if (!json_is_number(value) || !isfinite((float)json_number_value(value)))
        return broken(err, "layer \"%s\": \"%s\" is not a number", layer, field->key);
    *number = (float)json_number_value(value);
    return MOOD_OK;
}

static mood_status read_bool(const struct field *field, const char *layer, json_t *value, bool *flag, mood_error *err) {
    if (!json_is_boolean(value))
        return broken(err, "layer \"%s\": \"%s\" is neither true nor false", layer, field->key);
    *flag = json_is_true(value);
    return MOOD_OK;
}

static mood_status read_activation(const struct field *field, const char *layer, json_t *value,
                                   mood_activation *activation, mood_error *err) {
    const char *name = json_is_null(value) ? "linear" : object_name(value);
    if (!name)
        return unsupported(err, "layer \"%s\": \"%s\" is not one of Keras's own functions", layer, field->key);
    if (!activation_find(name, activation))
        return unsupported(err,
                           "layer \"%s\": \"%s\" is \"%.64s\"; this version knows linear, relu, sigmoid, tanh and "
                           "softmax: train the model with one of them",
                           layer, field->key, name);
    return MOOD_OK;
}

static mood_status read_initializer(const struct field *field, const char *layer, json_t *value,
                                    struct initializer *initializer, mood_error *err) {
    mood_status status = initializer_read(value, initializer, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "layer \"%s\": \"%s\"", layer, field->key);
    return status;
}

static mood_status read_regularizer(const struct field *field, const char *layer, json_t *value,
                                    struct regularizer *regularizer, mood_error *err) {
    mood_status status = regularizer_read(value, regularizer, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "layer \"%s\": \"%s\"", layer, field->key);
    return status;
}

static mood_status read_choice(const struct field *field, const char *layer, json_t *value, unsigned *choice,
                               mood_error *err) {
    char text[VALUE_TEXT_SIZE], known[128] = "";
    for (unsigned i = 0; field->names[i]; i++) {
        size_t used = strlen(known);
        if (json_is_string(value) && strcmp(json_string_value(value), field->names[i]) == 0) {
            *choice = i;
            return MOOD_OK;
        }
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", field->names[i]);
    }
    value_text(value, text);
    return unsupported(err, "layer \"%s\": \"%s\" is %s; this version knows %s", layer, field->key, text, known);
}

mood_status field_read(const struct field *field, const char *layer, json_t *value, void *settings, mood_error *err) {
    void *place = (char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_SIZE: return read_size(field, layer, value, place, err);
    case FIELD_OPTIONAL_SIZE: return read_optional_size(field, layer, value, place, err);
    case FIELD_FLOAT: return read_float(field, layer, value, place, err);
    case FIELD_BOOL: return read_bool(field, layer, value, place, err);
    case FIELD_ACTIVATION: return read_activation(field, layer, value, place, err);
    case FIELD_INITIALIZER: return read_initializer(field, layer, value, place, err);
    case FIELD_REGULARIZER: return read_regularizer(field, layer, value, place, err);
    case FIELD_CHOICE: return read_choice(field, layer, value, place, err);
    case FIELD_LAYER: break;
    }
    return MOOD_OK;
}
