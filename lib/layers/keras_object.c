/* Objects as Keras serializes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/keras_object.h"

bool object_is_keras(json_t *object) {
    json_t *module = json_object_get(object, "module"), *registered = json_object_get(object, "registered_name");
    const char *module_name = json_string_value(module), *name = json_string_value(registered);
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (module_name && strcmp(module_name, "keras") != 0 && strncmp(module_name, "keras.", 6) != 0 &&
        strcmp(module_name, "builtins") != 0)
        return false;
    return !name || (class_name && (strcmp(name, class_name) == 0 || strchr(name, '>') == NULL));
}

/* {"class_name": "GlorotUniform", "config": {…}} for a class, {"class_name": "function", "config": "relu"} for a
 * function. */
const char *object_name(json_t *value) {
    if (!json_is_object(value))
        return json_string_value(value);
    if (!object_is_keras(value))
        return NULL;
    const char *class_name = json_string_value(json_object_get(value, "class_name"));
    if (class_name && strcmp(class_name, "function") == 0)
        return json_string_value(json_object_get(value, "config"));
    return class_name;
}

/* "float32", or {"class_name": "DTypePolicy", "config": {"name": "float32"}}. */
static bool is_float32(json_t *value) {
    if (json_is_object(value))
        value = json_object_get(json_object_get(value, "config"), "name");
    const char *name = json_string_value(value);
    return name && strcmp(name, "float32") == 0;
}

/* What Keras writes for a setting that is off. */
static bool is_off(json_t *value) {
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
    /* How the layer was computed, or how its weights started: the weights in the file already show it. A momentum of
     * renorm has no effect, because renorm itself is refused. Keras 2 notes the shapes that a MultiHeadAttention was
     * built with. */
    static const char *const any[] = {
        "seed",        "use_cudnn",   "implementation", "unroll", "input_length", "renorm_momentum",
        "query_shape", "value_shape", "key_shape",      NULL};
    if (is_one_of(key, any))
        return true;
    if (strcmp(key, "trainable") == 0)
        return json_is_true(value);
    if (strcmp(key, "dtype") == 0)
        return is_float32(value);
    return is_off(value);
}

void value_text(json_t *value, char text[VALUE_TEXT_SIZE]) {
    char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
    snprintf(text, VALUE_TEXT_SIZE, "%s", dump ? dump : "a value");
    free(dump);
}
