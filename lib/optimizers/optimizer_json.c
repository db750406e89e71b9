/* An optimizer as JSON, in the form of Keras's config.json, and as an expression. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "layers/expression.h"
#include "layers/keras_object.h"
#include "optimizers/optimizer.h"

/* ---- writing --------------------------------------------------------------------------------- */

static json_t *write_field(const struct field *field, const void *settings) {
    return field->kind == FIELD_RATE ? learning_rate_write((const void *)((const char *)settings + field->offset))
                                     : field_write(field, settings);
}

/* changed: only the learning rate, and settings that do not have their defaults. */
static json_t *write_settings(const struct optimizer *optimizer, bool changed) {
    const struct optimizer_type *type = optimizer->type;
    json_t *config = json_object();
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        json_t *value = write_field(field, optimizer->settings), *usual = write_field(field, type->defaults);
        bool left_out = changed && field->kind != FIELD_RATE && json_equal(value, usual);
        json_decref(usual);
        if (left_out) {
            json_decref(value);
        } else if (json_object_set_new(config, field->key, value) < 0) {
            json_decref(config);
            return NULL;
        }
    }
    return config;
}

json_t *optimizer_write(const struct optimizer *optimizer) {
    json_t *config = write_settings(optimizer, false);
    if (!config)
        return NULL;
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.optimizers", "class_name",
                     optimizer->type->class_name, "config", config, "registered_name");
}

char *optimizer_text(const struct optimizer *optimizer) {
    json_t *config = write_settings(optimizer, true);
    json_t *object = config ? json_pack("{s: s, s: o}", "class_name", optimizer->type->class_name, "config", config)
                            : NULL;
    char *text = object ? expression_write(object) : NULL;
    json_decref(object);
    return text;
}

/* ---- reading --------------------------------------------------------------------------------- */

static mood_status read_setting(struct optimizer *optimizer, const char *key, json_t *value, mood_error *err) {
    /* They have no effect on the training, but on how the program ran. */
    static const char *const any[] = {"name", "jit_compile", "is_legacy_optimizer", NULL};
    const struct field *field = field_find(optimizer->type->fields, optimizer->type->field_count, key);
    char text[VALUE_TEXT_SIZE];
    if (field && field->kind == FIELD_RATE)
        return learning_rate_read(value, &optimizer_common(optimizer)->learning_rate, err);
    if (field)
        return field_read(field, value, optimizer->settings, err);
    if (is_one_of(key, any) || setting_is_harmless(key, value))
        return MOOD_OK;
    value_text(value, text);
    return unsupported(err, "\"%.64s\" is %s, which this version does not know", key, text);
}

/* As Keras's constructor. */
static mood_status check_clipping(const struct optimizer_common *common, mood_error *err) {
    if (!isnan(common->clipnorm) + !isnan(common->clipvalue) + !isnan(common->global_clipnorm) <= 1)
        return MOOD_OK;
    return broken(err, "only one of clipnorm, clipvalue and global_clipnorm can be set");
}

static mood_status read_settings(struct optimizer *optimizer, json_t *config, const char **wrong, mood_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value) {
        mood_status status = read_setting(optimizer, key, value, err);
        if (status != MOOD_OK) {
            *wrong = key;
            return status;
        }
    }
    return check_clipping(optimizer_common(optimizer), err);
}

mood_status optimizer_read(json_t *value, struct optimizer **created, const char **key, mood_error *err) {
    const char *name = object_name(value);
    const struct optimizer_type *type = name ? optimizer_type_find(name) : NULL;
    char known[256];
    *created = NULL;
    *key = NULL;
    if (!type) {
        optimizer_type_list(known, sizeof known);
        return unsupported(err, "unknown optimizer %.64s; this version knows %s", name ? name : "", known);
    }
    mood_status status = optimizer_create(type, created, err);
    if (status == MOOD_OK)
        status = read_settings(*created, json_object_get(value, "config"), key, err);
    if (status != MOOD_OK) {
        optimizer_destroy(*created);
        *created = NULL;
        mood_error_prefix(err, "optimizer %s", type->class_name);
    }
    return status;
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* A schedule is the value of an argument. */
static bool find_class(const char *name, bool inner, struct expression_class *found) {
    const struct optimizer_type *type = inner ? NULL : optimizer_type_find(name);
    const struct schedule_type *schedule = inner ? schedule_type_find(name) : NULL;
    if (type)
        *found = (struct expression_class){type->class_name, type->fields, type->field_count};
    if (schedule)
        *found = (struct expression_class){schedule->class_name, schedule->fields, schedule->field_count};
    return type || schedule;
}

static const char *const common_arguments[] = {"name", NULL};
static const struct expression_kind optimizer_expressions = {"optimizer", find_class, optimizer_type_list,
                                                             common_arguments};

mood_status optimizer_parse(const char *text, struct optimizer **optimizer, mood_error *err) {
    json_t *object;
    const char *key;
    mood_status status = expression_parse(&optimizer_expressions, text, &object, err);
    *optimizer = NULL;
    if (status == MOOD_OK)
        status = optimizer_read(object, optimizer, &key, err);
    json_decref(object);
    return error_of_argument(status, err);
}
