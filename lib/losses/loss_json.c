/* A loss as JSON, in the form of Keras's config.json, and as an expression. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "layers/expression.h"
#include "layers/keras_object.h"
#include "losses/fields.h"
#include "losses/loss.h"

static struct fields fields_of(const struct loss_type *type) {
    return (struct fields){type->fields, type->field_count};
}

/* ---- writing --------------------------------------------------------------------------------- */

static json_t *write_changed(const struct loss *loss) {
    return fields_write(fields_of(loss->type), loss->settings, loss->type->defaults);
}

json_t *loss_write(const struct loss *loss) {
    const struct loss_type *type = loss->type;
    json_t *changed = write_changed(loss);
    size_t count = json_object_size(changed);
    if (changed && count == 0) {
        json_decref(changed);
        return json_string(type->name);
    }
    json_t *config = json_pack("{s: s, s: s}", "name", type->default_name ? type->default_name : type->name,
                               "reduction", "sum_over_batch_size");
    bool written = config && changed && json_object_update(config, changed) == 0;
    json_decref(changed);
    if (!written) {
        json_decref(config);
        return NULL;
    }
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.losses", "class_name", type->class_name, "config",
                     config, "registered_name");
}

char *loss_text(const struct loss *loss) {
    json_t *changed = write_changed(loss);
    if (!changed)
        return NULL;
    if (json_object_size(changed) == 0) {
        json_decref(changed);
        return strdup(loss->type->name);
    }
    json_t *object = json_pack("{s: s, s: o}", "class_name", loss->type->class_name, "config", changed);
    char *text = object ? expression_write(object) : NULL;
    json_decref(object);
    return text;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Only reductions that give the mean over the rows of a batch are supported. */
static mood_status check_reduction(json_t *config, const char **key, mood_error *err) {
    json_t *reduction = json_object_get(config, "reduction");
    const char *text = json_string_value(reduction);
    char value[VALUE_TEXT_SIZE];
    if (!reduction || (text && (strcmp(text, "sum_over_batch_size") == 0 || strcmp(text, "mean") == 0)))
        return MOOD_OK;
    *key = "reduction";
    value_text(reduction, value);
    return unsupported(err, "\"reduction\" is %s; this version knows sum_over_batch_size", value);
}

mood_status loss_check_settings(struct fields fields, const void *settings, const char **key, mood_error *err) {
    const struct field *axis = field_find(fields.at, fields.count, "axis");
    const struct field *ignored = field_find(fields.at, fields.count, "ignore_class");
    int place = axis ? *(const int *)((const char *)settings + axis->offset) : -1;
    double class = ignored ? *(const double *)((const char *)settings + ignored->offset) : NAN;
    *key = NULL;
    if (place != -1 && place != 1) { /* of outputs [B,O] */
        *key = "axis";
        return unsupported(err, "\"axis\" is %d; this version knows -1, the outputs", place);
    }
    if (!isnan(class)) {
        *key = "ignore_class";
        return unsupported(err, "\"ignore_class\" is %g; this version knows None", class);
    }
    return MOOD_OK;
}

mood_status loss_read(json_t *value, struct loss **made, const char **key, mood_error *err) {
    static const char *const ignored[] = {"name", "fn", "reduction", NULL};
    const char *name = object_name(value);
    const struct loss_type *type = name ? loss_type_find(name) : NULL;
    json_t *config = json_object_get(value, "config");
    char known[512];
    *made = NULL;
    *key = NULL;
    if (!type) {
        loss_type_list(known, sizeof known);
        return unsupported(err, "unknown loss %.64s; this version knows %s", name ? name : "", known);
    }
    mood_status status = loss_create(type, made, err);
    if (status == MOOD_OK)
        status = fields_read(fields_of(type), config, ignored, (*made)->settings, key, err);
    if (status == MOOD_OK)
        status = check_reduction(config, key, err);
    if (status == MOOD_OK)
        status = loss_check_settings(fields_of(type), (*made)->settings, key, err);
    if (status != MOOD_OK) {
        loss_destroy(*made);
        *made = NULL;
        mood_error_prefix(err, "loss %s", type->class_name);
    }
    return status;
}

/* ---- expressions ----------------------------------------------------------------------------- */

static bool find_class(const char *name, bool inner, struct expression_class *found) {
    const struct loss_type *type = inner ? NULL : loss_type_find(name);
    if (type)
        *found = (struct expression_class){type->class_name, type->fields, type->field_count};
    return type != NULL;
}

static const char *const common_arguments[] = {"name", "reduction", NULL};
static const struct expression_kind loss_expressions = {"loss", find_class, loss_type_list, common_arguments};

mood_status loss_parse(const char *text, struct loss **loss, mood_error *err) {
    json_t *object;
    const char *key;
    mood_status status = expression_parse(&loss_expressions, text, &object, err);
    *loss = NULL;
    if (status == MOOD_OK)
        status = loss_read(object, loss, &key, err);
    json_decref(object);
    return error_of_argument(status, err);
}
