/* The settings of a loss or a metric as JSON. */
#include "losses/fields.h"

#include "base/errors.h"
#include "layers/keras_object.h"

json_t *fields_write(struct fields fields, const void *settings, const void *usual) {
    json_t *config = json_object();
    for (size_t i = 0; i < fields.count; i++) {
        json_t *value = field_write(&fields.at[i], settings);
        json_t *other = usual ? field_write(&fields.at[i], usual) : NULL;
        bool left_out = other && json_equal(value, other);
        json_decref(other);
        if (left_out) {
            json_decref(value);
        } else if (json_object_set_new(config, fields.at[i].key, value) < 0) {
            json_decref(config);
            return NULL;
        }
    }
    return config;
}

static mood_status read_one(struct fields fields, const char *key, json_t *value, const char *const *ignored,
                            void *settings, mood_error *err) {
    const struct field *field = field_find(fields.at, fields.count, key);
    char text[VALUE_TEXT_SIZE];
    if (field)
        return field_read(field, value, settings, err);
    if (is_one_of(key, ignored) || setting_is_harmless(key, value))
        return MOOD_OK;
    value_text(value, text);
    return unsupported(err, "\"%.64s\" is %s, which this version does not know", key, text);
}

mood_status fields_read(struct fields fields, json_t *config, const char *const *ignored, void *settings,
                        const char **key, mood_error *err) {
    const char *name;
    json_t *value;
    *key = NULL;
    json_object_foreach(config, name, value) {
        mood_status status = read_one(fields, name, value, ignored, settings, err);
        if (status != MOOD_OK) {
            *key = name;
            return status;
        }
    }
    return MOOD_OK;
}
