/* An initializer as JSON: a name, or an object with Keras's arguments. */
#include <math.h>
#include <string.h>

#include "base/errors.h"
#include "layers/initializer.h"
#include "layers/keras_object.h"

/* ---- writing --------------------------------------------------------------------------------- */

static json_t *argument_write(const struct initializer_argument *argument, const struct initializer *initializer) {
    const char *place = (const char *)initializer + argument->offset;
    double number;
    unsigned choice;
    if (argument->names) {
        memcpy(&choice, place, sizeof choice);
        return json_string(argument->names[choice]);
    }
    memcpy(&number, place, sizeof number);
    return json_real(number);
}

static bool has_defaults(const struct initializer *initializer) {
    struct initializer defaults = initializer_default(initializer->kind);
    const struct initializer_argument *argument;
    for (size_t i = 0; (argument = initializer_argument_at(initializer->kind, i)); i++) {
        size_t size = argument->names ? sizeof(unsigned) : sizeof(double);
        if (memcmp((const char *)initializer + argument->offset, (const char *)&defaults + argument->offset, size) != 0)
            return false;
    }
    return true;
}

/* The short name where the arguments are Keras's defaults. Keras before 3.4 has no short name for the identity. */
json_t *initializer_write(const struct initializer *initializer) {
    const struct initializer_type *type = initializer_type_of(initializer->kind);
    const struct initializer_argument *argument;
    if (has_defaults(initializer) && initializer->kind != INITIALIZER_IDENTITY)
        return json_string(type->name);
    json_t *config = json_object();
    for (size_t i = 0; (argument = initializer_argument_at(initializer->kind, i)); i++)
        if (json_object_set_new(config, argument->key, argument_write(argument, initializer)) < 0) {
            json_decref(config);
            return NULL;
        }
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.initializers", "class_name", type->class_name,
                     "config", config, "registered_name");
}

/* ---- reading --------------------------------------------------------------------------------- */

static const struct initializer_argument *find_argument(const char *key, enum initializer_kind kind) {
    const struct initializer_argument *argument;
    for (size_t i = 0; (argument = initializer_argument_at(kind, i)); i++)
        if (strcmp(argument->key, key) == 0)
            return argument;
    return NULL;
}

static bool argument_read(const struct initializer_argument *argument, json_t *value, struct initializer *initializer) {
    char *place = (char *)initializer + argument->offset;
    const char *name = json_string_value(value);
    double number = json_number_value(value);
    if (!argument->names) {
        memcpy(place, &number, sizeof number);
        return json_is_number(value);
    }
    for (unsigned choice = 0; name && argument->names[choice]; choice++)
        if (strcmp(argument->names[choice], name) == 0) {
            memcpy(place, &choice, sizeof choice);
            return true;
        }
    return false;
}

/* True for the seed, as mood has its own generator, for null, and for the dtype float32. */
static bool is_harmless(const char *key, json_t *value) {
    return strcmp(key, "seed") == 0 || json_is_null(value) ||
           (strcmp(key, "dtype") == 0 && setting_is_harmless(key, value));
}

static mood_status refuse_argument(const struct initializer_type *type, const char *key, json_t *value,
                                   mood_error *err) {
    char text[VALUE_TEXT_SIZE];
    value_text(value, text);
    return unsupported(err, "the initializer %s has \"%.64s\": %s, which mood does not support", type->class_name, key,
                       text);
}

static mood_status read_arguments(json_t *config, struct initializer *initializer, mood_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value) {
        const struct initializer_argument *argument = find_argument(key, initializer->kind);
        if (argument ? !argument_read(argument, value, initializer) : !is_harmless(key, value))
            return refuse_argument(initializer_type_of(initializer->kind), key, value, err);
    }
    return initializer_check(initializer, err);
}

static mood_status refuse_name(const char *name, mood_error *err) {
    char known[320] = "";
    const struct initializer_type *type;
    for (size_t i = 0; (type = initializer_type_of((enum initializer_kind)i)); i++) {
        strcat(known, i ? ", " : "");
        strcat(known, type->name);
    }
    return unsupported(err, "the initializer \"%.64s\" is not one that mood knows; it knows %s", name, known);
}

mood_status initializer_read(json_t *value, struct initializer *initializer, mood_error *err) {
    enum initializer_kind kind = INITIALIZER_GLOROT_UNIFORM; /* Keras's for null, in every layer */
    const char *name = json_is_object(value) ? json_string_value(json_object_get(value, "class_name"))
                                             : json_string_value(value);
    if (!name && !json_is_null(value))
        return broken(err, "an initializer is a name or an object with a class_name");
    if (name && json_is_object(value) && !object_is_keras(value))
        return unsupported(err, "the initializer \"%.64s\" is not Keras's own; mood does not know it", name);
    if (name && !initializer_find(name, &kind))
        return refuse_name(name, err);
    struct initializer found = initializer_default(kind);
    mood_status status = read_arguments(json_object_get(value, "config"), &found, err);
    if (status == MOOD_OK)
        *initializer = found;
    return status;
}
