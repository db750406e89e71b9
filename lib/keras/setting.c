/* One value of a layer's config, by the field's kind. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/keras.h"

json_t *setting_write(const struct layer_field *field, const void *settings) {
    const char *place = (const char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_SIZE: return json_integer((json_int_t) * (const size_t *)place);
    case FIELD_FLOAT: return json_real((double)*(const float *)place);
    case FIELD_BOOL: return json_boolean(*(const bool *)place);
    case FIELD_ACTIVATION: return json_string(activation_name(*(const mood_activation *)place));
    case FIELD_INITIALIZER: return initializer_write((const mood_initializer *)place);
    }
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A name, or an object that has one: {"class_name": "GlorotUniform", "config": {…}} for what is made
 * with settings, {"class_name": "function", "config": "relu"} for a function. NULL when it has none. */
static const char *name_of(json_t *value) {
    if (!json_is_object(value))
        return json_string_value(value);
    if (!object_is_keras(value))
        return NULL;
    const char *class_name = json_string_value(json_object_get(value, "class_name"));
    if (class_name && strcmp(class_name, "function") == 0)
        return json_string_value(json_object_get(value, "config"));
    return class_name;
}

static mood_status read_size(const struct layer_field *field, const char *layer, json_t *value, size_t *size,
                             mood_error *err) {
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (number < 1 || number > INT32_MAX)
        return broken(err, "layer \"%s\": \"%s\" is not a whole number from 1 to %ld", layer, field->key,
                      (long)INT32_MAX);
    *size = (size_t)number;
    return MOOD_OK;
}

static mood_status read_float(const struct layer_field *field, const char *layer, json_t *value, float *number,
                              mood_error *err) {
    if (!json_is_number(value) || !isfinite((float)json_number_value(value)))
        return broken(err, "layer \"%s\": \"%s\" is not a number", layer, field->key);
    *number = (float)json_number_value(value);
    return MOOD_OK;
}

static mood_status read_bool(const struct layer_field *field, const char *layer, json_t *value, bool *flag,
                             mood_error *err) {
    if (!json_is_boolean(value))
        return broken(err, "layer \"%s\": \"%s\" is neither true nor false", layer, field->key);
    *flag = json_is_true(value);
    return MOOD_OK;
}

static mood_status read_activation(const struct layer_field *field, const char *layer, json_t *value,
                                   mood_activation *activation, mood_error *err) {
    const char *name = json_is_null(value) ? "linear" : name_of(value);
    if (!name)
        return unsupported(err, "layer \"%s\": \"%s\" is not one of Keras's own functions", layer, field->key);
    if (!activation_find(name, activation))
        return unsupported(err,
                           "layer \"%s\": \"%s\" is \"%.64s\"; this version knows linear, relu, sigmoid, tanh and "
                           "softmax: train the model with one of them",
                           layer, field->key, name);
    return MOOD_OK;
}

static mood_status read_initializer(const struct layer_field *field, const char *layer, json_t *value,
                                    mood_initializer *initializer, mood_error *err) {
    mood_status status = initializer_read(value, initializer, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "layer \"%s\": \"%s\"", layer, field->key);
    return status;
}

mood_status setting_read(const struct layer_field *field, const char *layer, json_t *value, void *settings,
                         mood_error *err) {
    void *place = (char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_SIZE: return read_size(field, layer, value, place, err);
    case FIELD_FLOAT: return read_float(field, layer, value, place, err);
    case FIELD_BOOL: return read_bool(field, layer, value, place, err);
    case FIELD_ACTIVATION: return read_activation(field, layer, value, place, err);
    case FIELD_INITIALIZER: return read_initializer(field, layer, value, place, err);
    }
    return MOOD_OK;
}

/* ---- settings that mood does not have -------------------------------------------------------- */

/* "float32", or {"class_name": "DTypePolicy", "config": {"name": "float32"}}. */
static bool is_float32(json_t *value) {
    if (json_is_object(value))
        value = json_object_get(json_object_get(value, "config"), "name");
    const char *name = json_string_value(value);
    return name && strcmp(name, "float32") == 0;
}

/* Absent in all but name: what Keras writes for a setting that is off. */
static bool is_nothing(json_t *value) {
    return json_is_null(value) || json_is_false(value) || (json_is_number(value) && json_number_value(value) == 0) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

bool is_one_of(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

bool setting_is_harmless(const char *key, json_t *value) {
    /* How it was computed or where it started, which the numbers in the file already show. */
    static const char *const any[] = {"seed", "use_cudnn", "implementation", "unroll", "input_length", NULL};
    if (is_one_of(key, any))
        return true;
    if (strcmp(key, "trainable") == 0)
        return json_is_true(value);
    if (strcmp(key, "dtype") == 0)
        return is_float32(value);
    return is_nothing(value);
}

bool object_is_keras(json_t *object) {
    json_t *module = json_object_get(object, "module"), *registered = json_object_get(object, "registered_name");
    const char *module_name = json_string_value(module), *name = json_string_value(registered);
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (module_name && strcmp(module_name, "keras") != 0 && strncmp(module_name, "keras.", 6) != 0 &&
        strcmp(module_name, "builtins") != 0)
        return false;
    return !name || (class_name && (strcmp(name, class_name) == 0 || strchr(name, '>') == NULL));
}

void value_text(json_t *value, char text[VALUE_TEXT_SIZE]) {
    char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
    snprintf(text, VALUE_TEXT_SIZE, "%s", dump ? dump : "a value");
    free(dump);
}
