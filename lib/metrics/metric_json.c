/* A metric as JSON, in the form of Keras's config.json, and as an expression. Source:
 * keras/src/trainers/compile_utils.py */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "layers/expression.h"
#include "layers/keras_object.h"
#include "metrics/metric.h"

extern const struct metric_type binary_accuracy_metric, categorical_accuracy_metric, sparse_categorical_accuracy_metric;

static const char *default_name(const struct metric_type *type) {
    return type->default_name ? type->default_name : type->name;
}

/* ---- writing --------------------------------------------------------------------------------- */

json_t *metric_write(const struct metric *metric) {
    const struct metric_type *type = metric->type;
    if (*metric->given)
        return json_string(metric->given);
    json_t *config = json_pack("{s: s}", "name", metric->name);
    json_t *settings = fields_write(metric_fields(type), metric->settings, metric_defaults(type));
    bool written = config && settings && json_object_update(config, settings) == 0;
    json_decref(settings);
    if (!written) {
        json_decref(config);
        return NULL;
    }
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.metrics", "class_name", type->class_name, "config",
                     config, "registered_name");
}

char *metric_text(const struct metric *metric) {
    const struct metric_type *type = metric->type;
    if (*metric->given)
        return strdup(metric->given);
    json_t *config = fields_write(metric_fields(type), metric->settings, metric_defaults(type));
    if (config && strcmp(metric->name, default_name(type)) != 0 &&
        json_object_set_new(config, "name", json_string(metric->name)) < 0) {
        json_decref(config);
        return NULL;
    }
    json_t *object = config ? json_pack("{s: s, s: o}", "class_name", type->class_name, "config", config) : NULL;
    char *text = object ? expression_write(object) : NULL;
    json_decref(object);
    return text;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_accuracy(const char *name) {
    return strcasecmp(name, "accuracy") == 0 || strcasecmp(name, "acc") == 0;
}

/* The type for "accuracy". As in Keras, the shapes of outputs and labels determine it. */
static const struct metric_type *accuracy_for(const struct metric_place *place) {
    return place->O == 1   ? &binary_accuracy_metric
           : place->L == 1 ? &sparse_categorical_accuracy_metric
                           : &categorical_accuracy_metric;
}

static mood_status make(const struct metric_type *type, const char *name, bool weighted, struct metric **made,
                        mood_error *err) {
    struct metric *metric = calloc(1, sizeof *metric);
    size_t size = type->loss ? type->loss->settings_size : type->settings_size;
    if (metric)
        metric->settings = malloc(size + 1);
    if (!metric || !metric->settings) {
        free(metric);
        return out_of_memory(err, "making a metric");
    }
    metric->type = type;
    metric->weighted = weighted;
    if (size)
        memcpy(metric->settings, metric_defaults(type), size);
    snprintf(metric->name, sizeof metric->name, "%s", name);
    *made = metric;
    return MOOD_OK;
}

/* Keras writes one threshold as a number or as a list of one, and default thresholds as None. */
static mood_status read_settings(struct metric *metric, json_t *config, mood_error *err) {
    static const char *const ignored[] = {"name", "dtype", "fn", "reduction", NULL};
    const struct field *field =
        field_find(metric_fields(metric->type).at, metric_fields(metric->type).count, "thresholds");
    json_t *thresholds = json_object_get(config, "thresholds"), *copy = json_copy(config);
    const char *key;
    if (config && !copy)
        return out_of_memory(err, "reading a metric");
    if (field && field->kind == FIELD_OPTIONAL && json_array_size(thresholds) == 1)
        json_object_set(copy, "thresholds", json_array_get(thresholds, 0));
    if (field && field->kind == FIELD_NUMBERS && json_is_null(thresholds))
        json_object_del(copy, "thresholds");
    mood_status status = fields_read(metric_fields(metric->type), copy, ignored, metric->settings, &key, err);
    json_decref(copy);
    return status;
}

static mood_status check_labels(const struct metric_type *type, const struct metric_place *place, mood_error *err) {
    if (metric_takes_classes(type) && place->O == 1)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "it needs an output for each class, but the model has one output");
    if (place->L == (metric_takes_classes(type) ? 1 : place->O))
        return MOOD_OK;
    return mood_error_set(
        err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
        metric_takes_classes(type)
            ? "its labels are the numbers of classes, but the loss of this model takes one number for each "
              "output (sparse_categorical_crossentropy takes numbers of classes)"
            : "its labels are one number for each output, but the loss of this model takes the numbers of "
              "classes (categorical_crossentropy takes one number for each output)");
}

static mood_status check(const struct metric *metric, const struct metric_place *place, mood_error *err) {
    const char *key;
    mood_status status = loss_check_settings(metric_fields(metric->type), metric->settings, &key, err);
    if (status == MOOD_OK)
        status = check_labels(metric->type, place, err);
    return status == MOOD_OK && metric->type->check ? metric->type->check(metric->settings, place->O, err) : status;
}

static mood_status unknown(const char *name, mood_error *err) {
    char known[1024];
    metric_type_list(known, sizeof known);
    return unsupported(err, "unknown metric %.64s; this version knows %s", name ? name : "", known);
}

/* Names are restricted, because they are printed and are columns of the history. */
static bool is_name(const char *text) {
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] == '\0' && *text;
}

/* name: as the user gave it, without settings; NULL: the settings are in config. */
static mood_status read(const struct metric_type *type, const char *name, json_t *config,
                        const struct metric_place *place, struct metric **made, mood_error *err) {
    const char *given = json_string_value(json_object_get(config, "name"));
    if (!name && given && (strncmp(given, "val_", 4) == 0 || strcmp(given, "epoch") == 0))
        return unsupported(err, "metric %s: it can't be named %.20s, as a history has other values of that name",
                           type->class_name, given);
    if (!name && given && (strlen(given) >= METRIC_NAME_SIZE || !is_name(given)))
        return broken(err, "metric %s: \"name\" has to be 1 to %d letters, digits, _, - and .", type->class_name,
                      METRIC_NAME_SIZE - 1);
    mood_status status = make(type, name ? name : given ? given : default_name(type), place->weighted, made, err);
    if (status != MOOD_OK)
        return status;
    (*made)->numbered = type->numbered && !name && !given;
    if (name)
        snprintf((*made)->given, METRIC_NAME_SIZE, "%s", name);
    status = read_settings(*made, config, err);
    if (status == MOOD_OK)
        status = check(*made, place, err);
    if (status != MOOD_OK) {
        metric_free(*made);
        *made = NULL;
        mood_error_prefix(err, "metric %s", type->class_name);
    }
    return status;
}

mood_status metric_read(json_t *value, const struct metric_place *place, struct metric **made, mood_error *err) {
    const char *name = object_name(value);
    bool function = json_is_string(json_object_get(value, "config")), by_name = json_is_string(value);
    *made = NULL;
    const struct metric_type *type = !name                          ? NULL
                                     : by_name && is_accuracy(name) ? accuracy_for(place)
                                                                    : metric_type_find(name);
    if (!type || (by_name && strlen(name) >= METRIC_NAME_SIZE))
        return unknown(name, err);
    return read(type, by_name || function ? name : NULL, function || by_name ? NULL : json_object_get(value, "config"),
                place, made, err);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static bool find_class(const char *name, bool inner, struct expression_class *found) {
    const struct metric_type *type = inner ? NULL : metric_type_find(name);
    if (type)
        *found = (struct expression_class){type->class_name, metric_fields(type).at, metric_fields(type).count};
    return type != NULL;
}

static const char *const common_arguments[] = {"name", "dtype", NULL};
static const struct expression_kind metric_expressions = {"metric", find_class, metric_type_list, common_arguments};

mood_status metric_parse(const char *text, const struct metric_place *place, struct metric **metric, mood_error *err) {
    json_t *object = NULL;
    mood_status status = MOOD_OK;
    *metric = NULL;
    if (is_name(text))
        object = json_string(text);
    else
        status = expression_parse(&metric_expressions, text, &object, err);
    if (status == MOOD_OK && !object)
        status = out_of_memory(err, "reading a metric");
    if (status == MOOD_OK)
        status = metric_read(object, place, metric, err);
    json_decref(object);
    return error_of_argument(status, err);
}
