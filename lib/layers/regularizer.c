/* Keras's regularizers of weights, as JSON. Source: keras/src/regularizers/regularizers.py */
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "layers/keras_object.h"
#include "layers/regularizer.h"

/* Each class with its default factors. An argument that the class does not have is an error. */
static const struct {
    const char *class_name, *short_name;
    bool has_l1, has_l2;
    struct regularizer defaults;
} types[] = {
    {"L1", "l1", true, false, {0.01f, 0}},
    {"L2", "l2", false, true, {0, 0.01f}},
    {"L1L2", "l1_l2", true, true, {0, 0}},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

/* The class with just the factors that are not 0. */
json_t *regularizer_write(const struct regularizer *regularizer) {
    double l1 = (double)regularizer->l1, l2 = (double)regularizer->l2;
    json_t *config;
    if (l1 == 0 && l2 == 0)
        return json_null();
    config = l2 == 0   ? json_pack("{s: f}", "l1", l1)
             : l1 == 0 ? json_pack("{s: f}", "l2", l2)
                       : json_pack("{s: f, s: f}", "l1", l1, "l2", l2);
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.regularizers", "class_name",
                     l2 == 0   ? "L1"
                     : l1 == 0 ? "L2"
                               : "L1L2",
                     "config", config, "registered_name");
}

/* Also "l1l2", which Keras's serializer writes. */
static size_t find_type(const char *name) {
    size_t i = 0;
    while (i < TYPE_COUNT && strcasecmp(name, types[i].class_name) != 0 && strcmp(name, types[i].short_name) != 0)
        i++;
    return i;
}

const char *regularizer_argument_at(const char *name, size_t index) {
    static const char *const names[] = {"l1", "l2"};
    size_t type = find_type(name);
    if (type == TYPE_COUNT)
        return NULL;
    index += !types[type].has_l1;
    return index < 1 + (size_t)types[type].has_l2 ? names[index] : NULL;
}

static bool read_factor(json_t *value, float *factor) {
    double number = json_is_number(value) ? json_number_value(value) : -1;
    if (!(number >= 0 && isfinite((float)number)))
        return false;
    *factor = (float)number;
    return true;
}

static mood_status read_factors(size_t type, json_t *config, struct regularizer *found, mood_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value) {
        bool is_l1 = strcmp(key, "l1") == 0 && types[type].has_l1, is_l2 = strcmp(key, "l2") == 0 && types[type].has_l2;
        if (json_is_null(value))
            continue;
        if ((!is_l1 && !is_l2) || !read_factor(value, is_l1 ? &found->l1 : &found->l2)) {
            char text[VALUE_TEXT_SIZE];
            value_text(value, text);
            return unsupported(err, "the regularizer %s has \"%.64s\": %s, which mood does not support",
                               types[type].class_name, key, text);
        }
    }
    return MOOD_OK;
}

mood_status regularizer_read(json_t *value, struct regularizer *regularizer, mood_error *err) {
    const char *name = object_name(value);
    if (json_is_null(value)) {
        *regularizer = (struct regularizer){0, 0};
        return MOOD_OK;
    }
    size_t type = name ? find_type(name) : TYPE_COUNT;
    if (type == TYPE_COUNT)
        return unsupported(err, "the regularizer %.64s is not one that mood knows; it knows L1, L2 and L1L2",
                           name ? name : "");
    struct regularizer found = types[type].defaults;
    mood_status status = read_factors(type, json_object_get(value, "config"), &found, err);
    if (status == MOOD_OK)
        *regularizer = found;
    return status;
}
