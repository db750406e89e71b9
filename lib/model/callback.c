/* The table of callbacks, and their common code. Source: keras/src/callbacks/monitor_callback.py */
#include "model/callback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "layers/expression.h"
#include "layers/keras_object.h"

extern const struct callback_type early_stopping_type, reduce_lr_on_plateau_type;

static const struct callback_type *const types[] = {
    &early_stopping_type,
    &reduce_lr_on_plateau_type,
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

static const struct callback_type *find_type(const char *class_name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcasecmp(types[i]->class_name, class_name) == 0)
            return types[i];
    return NULL;
}

static void list_types(char *names, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < TYPE_COUNT && used < size; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", types[i]->class_name);
}

/* ---- monitor ----------------------------------------------------------------------------------- */

const char *const monitor_modes[] = {"auto", "min", "max", NULL};
enum { MODE_AUTO, MODE_MIN, MODE_MAX };

double monitor_value(const struct monitor *monitor, const mood_epoch *epoch) {
    return mood_metrics_get(epoch->metrics, monitor->metric);
}

bool monitor_is_better(const struct monitor *monitor, double value, double than) {
    return monitor->larger ? value - monitor->min_delta > than : value + monitor->min_delta < than;
}

bool monitor_update(struct monitor *monitor, double value) {
    if (monitor->has_best && !monitor_is_better(monitor, value, monitor->best))
        return false;
    monitor->has_best = true;
    monitor->best = value;
    return true;
}

/* ---- a callback -------------------------------------------------------------------------------- */

static bool find_class(const char *name, bool inner, struct expression_class *found) {
    const struct callback_type *type = inner ? NULL : find_type(name);
    if (type)
        *found = (struct expression_class){type->class_name, type->fields, type->field_count};
    return type != NULL;
}

static const char *const common_arguments[] = {"verbose", NULL};
static const struct expression_kind callback_expressions = {"callback", find_class, list_types, common_arguments};

static mood_status read_settings(struct callback *callback, json_t *config, mood_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value) {
        const struct field *field = field_find(callback->type->fields, callback->type->field_count, key);
        mood_status status = field ? field_read(field, value, callback->data, err) : MOOD_OK;
        if (status != MOOD_OK)
            return status;
    }
    return callback->type->check ? callback->type->check(callback, err) : MOOD_OK;
}

/* The names that can be monitored, for messages. */
static void list_monitored(const struct mood_model *model, bool validates, char *names, size_t size) {
    size_t used = (size_t)snprintf(names, size, "loss%s", validates ? ", val_loss" : "");
    for (size_t i = 0; i < model->objective.metrics.count && used < size; i++) {
        const char *name = model->objective.metrics.at[i]->name;
        used += (size_t)snprintf(names + used, size - used, ", %s", name);
        if (validates && used < size)
            used += (size_t)snprintf(names + used, size - used, ", val_%s", name);
    }
}

static bool has_metric(const struct mood_model *model, const char *name) {
    for (size_t i = 0; i < model->objective.metrics.count; i++)
        if (strcmp(model->objective.metrics.at[i]->name, name) == 0)
            return true;
    return strcmp(name, "loss") == 0;
}

static mood_status check_monitor(const struct callback *callback, bool validates, mood_error *err) {
    struct monitor *monitor = callback->data;
    const struct mood_model *model = callback->model;
    bool of_validation = strncmp(monitor->metric, "val_", 4) == 0;
    int direction = mood_model_get_metric_direction(model, monitor->metric);
    char known[512];
    list_monitored(model, validates, known, sizeof known);
    if (!has_metric(model, monitor->metric + (of_validation ? 4 : 0)))
        return unsupported(err, "\"monitor\" is \"%s\"; this model has %s", monitor->metric, known);
    if (of_validation && !validates)
        return broken(err, "it monitors %s, but there are no validation rows", monitor->metric);
    if (monitor->mode == MODE_AUTO && direction == 0)
        return broken(err, "\"mode\" is auto, but whether a larger %s is better is not known; use mode='min' or 'max'",
                      monitor->metric);
    monitor->larger = monitor->mode == MODE_AUTO ? direction > 0 : monitor->mode == MODE_MAX;
    return MOOD_OK;
}

static mood_status make(const struct callback_type *type, struct mood_model *model, struct callback **created,
                        mood_error *err) {
    struct callback *callback = calloc(1, sizeof *callback);
    if (callback)
        callback->data = malloc(type->size);
    if (!callback || !callback->data) {
        free(callback);
        return out_of_memory(err, "making a callback");
    }
    callback->type = type;
    callback->model = model;
    memcpy(callback->data, type->defaults, type->size);
    *created = callback;
    return MOOD_OK;
}

mood_status callback_create(const char *text, struct mood_model *model, bool validates, struct callback **callback,
                            mood_error *err) {
    json_t *object;
    *callback = NULL;
    mood_status status = expression_parse(&callback_expressions, text, &object, err);
    if (status != MOOD_OK)
        return status;
    const struct callback_type *type = find_type(json_string_value(json_object_get(object, "class_name")));
    status = make(type, model, callback, err);
    if (status == MOOD_OK)
        status = read_settings(*callback, json_object_get(object, "config"), err);
    if (status == MOOD_OK)
        status = check_monitor(*callback, validates, err);
    json_decref(object);
    if (status == MOOD_OK)
        return MOOD_OK;
    callback_destroy(*callback);
    *callback = NULL;
    mood_error_prefix(err, "callback %s", type->class_name);
    return error_of_argument(status, err);
}

void callback_destroy(struct callback *callback) {
    if (!callback)
        return;
    if (callback->type->clear)
        callback->type->clear(callback->data);
    free(callback->data);
    free(callback);
}

mood_status callback_end_epoch(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err) {
    return callback->type->end_epoch(callback, epoch, stop, err);
}

mood_status callback_end_training(struct callback *callback, mood_error *err) {
    return callback->type->end_training ? callback->type->end_training(callback, err) : MOOD_OK;
}
