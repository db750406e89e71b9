/* compile_config: loss, optimizer and metrics. A model whose training mood does not support can still predict: it
 * is opened uncompiled, with the reason. */
#include <stdio.h>
#include <string.h>

#include "keras/keras.h"

static json_t *write_metrics(const struct metric_list *metrics, bool weighted) {
    json_t *list = json_array();
    bool written = list != NULL;
    for (size_t i = 0; i < metrics->count && written; i++)
        if (metrics->at[i]->weighted == weighted)
            written = json_array_append_new(list, metric_write(metrics->at[i])) == 0;
    if (written && (!weighted || json_array_size(list)))
        return list;
    json_decref(list);
    return written ? json_null() : NULL;
}

static json_t *write_compiled(const mood_model *model) {
    const struct objective *objective = &model->objective;
    return json_pack("{s: o, s: o, s: o, s: o}", "optimizer", optimizer_write(model->optimizer), "loss",
                     loss_write(objective->loss), "metrics", write_metrics(&objective->metrics, false),
                     "weighted_metrics", write_metrics(&objective->metrics, true));
}

/* Replace mood's setting by the file's. */
static bool write_back(json_t *compiled, json_t *file, const char *key) {
    json_t *value = json_object_get(file, key);
    return !value || json_object_set(compiled, key, value) == 0;
}

/* An uncompiled model writes the settings of its file; a compiled one only takes the metrics from there. */
json_t *compile_write(const mood_model *model) {
    json_t *file = model->compile_config ? json_loads(model->compile_config, 0, NULL) : json_object();
    if (!file || !model->compiled)
        return file;
    json_t *compiled = write_compiled(model);
    if (!write_back(compiled, file, "metrics") || !write_back(compiled, file, "weighted_metrics")) {
        json_decref(compiled);
        compiled = NULL;
    }
    json_decref(file);
    return compiled;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Reject the file's training; the message becomes the reason that the uncompiled model reports. */
#define differs(err, ...) unsupported(err, "the file was trained " __VA_ARGS__)

static mood_status setting_differs(const char *class_name, const char *key, json_t *value, mood_error *err) {
    char text[VALUE_TEXT_SIZE];
    const char *schedule = json_string_value(json_object_get(value, "class_name"));
    value_text(value, text);
    return differs(err, "with %.64s whose %.64s is %.80s, which mood does not support for training", class_name, key,
                   schedule ? schedule : text);
}

static const char *name_of_class(json_t *value) {
    const char *name = json_string_value(json_object_get(value, "class_name"));
    return name ? name : json_is_string(value) ? json_string_value(value) : NULL;
}

/* ---- the loss */

/* A loss: a name, a serialized object or function, or a list with one of them. name: NULL: none; settings: of an
 * object. */
struct named_loss {
    const char *name;
    json_t *settings;
    bool own; /* defined by the user, possibly with the name of one of Keras's */
};

static struct named_loss name_loss(json_t *value) {
    if (json_is_array(value) && json_array_size(value) == 1)
        value = json_array_get(value, 0);
    if (json_is_string(value))
        return (struct named_loss){.name = json_string_value(value)};
    json_t *config = json_object_get(value, "config");
    if (json_is_string(config))
        return (struct named_loss){.name = json_string_value(config), .own = !object_is_keras(value)};
    return (struct named_loss){name_of_class(value), config, !object_is_keras(value)};
}

static mood_status read_loss(json_t *value, struct loss **loss, mood_error *err) {
    struct named_loss named = name_loss(value);
    const char *key;
    *loss = NULL;
    if (!named.name)
        return differs(err, "with a loss that its config.json does not name");
    if (named.own)
        return differs(err, "with the loss %.64s, which is not Keras's own", named.name);
    if (!loss_type_find(named.name))
        return differs(err, "with the loss %.64s, which mood does not support for training", named.name);
    json_t *object = json_pack("{s: s, s: O*}", "class_name", named.name, "config", named.settings);
    mood_status status = object ? loss_read(object, loss, &key, err) : out_of_memory(err, "reading a loss");
    if (status != MOOD_OK && object && key)
        status =
            setting_differs(loss_type_find(named.name)->class_name, key, json_object_get(named.settings, key), err);
    json_decref(object);
    return status;
}

/* For messages: a file may contain any name. */
static bool is_identifier(const char *name) {
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return size > 0 && size < 60 && name[size] == '\0';
}

/* Read what the loss says about the outputs, also if mood can't train with it. */
static void read_head_loss(json_t *value, struct head_loss *loss) {
    struct named_loss named = name_loss(value);
    const struct loss_type *found = named.name ? loss_type_find(named.name) : NULL;
    json_t *from_logits = json_object_get(named.settings, "from_logits");
    *loss = (struct head_loss){.activation = MOOD_LINEAR};
    if (!value || json_is_null(value))
        return;
    if (found && !named.own && (!from_logits || json_is_boolean(from_logits))) {
        named.name = found->class_name;
        loss->activation = found->activation;
        loss->from_logits = json_is_true(from_logits);
        loss->one_class = found->one_class;
        loss->signs = found->signs;
    }
    snprintf(loss->name, sizeof loss->name, "%s",
             named.name && is_identifier(named.name) ? named.name : "of another kind");
}

/* loss_weights, and settings of newer versions. */
static mood_status check_rest(json_t *compiled, mood_error *err) {
    static const char *const known[] = {
        "optimizer",       "loss", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution", "jit_compile",
        "auto_scale_loss", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(compiled, key, value)
        if (!is_one_of(key, known) && !json_is_null(value))
            return setting_differs("compile()", key, value, err);
    return MOOD_OK;
}

/* ---- the optimizer */

static mood_status read_optimizer(json_t *value, struct optimizer **optimizer, mood_error *err) {
    const char *name = name_of_class(value), *key;
    const struct optimizer_type *type = name ? optimizer_type_find(name) : NULL;
    char known[256];
    if (!name)
        return differs(err, "with an optimizer that its config.json does not name");
    if (json_is_object(value) && !object_is_keras(value))
        return differs(err, "with the optimizer %.64s, which is not Keras's own", name);
    optimizer_type_list(known, sizeof known);
    if (!type)
        return differs(err, "with %.64s, and mood trains with %s only", name, known);
    mood_error why = {0};
    mood_status status = optimizer_read(value, optimizer, &key, &why);
    if (status != MOOD_OK && key)
        return setting_differs(type->class_name, key, json_object_get(json_object_get(value, "config"), key), err);
    if (status != MOOD_OK && err)
        *err = why;
    return status;
}

/* ---- metrics */

/* A list, or nested lists and objects for each output. Unsupported metrics are kept in the file and skipped. */
static mood_status read_metrics(json_t *value, bool weighted, struct objective *objective, mood_error *err) {
    struct metric_place place = objective_place(objective, weighted);
    struct metric *metric = NULL;
    mood_status status = MOOD_OK;
    const char *key;
    json_t *inner;
    size_t i;
    if (json_is_array(value)) {
        json_array_foreach(value, i, inner)
            if (status == MOOD_OK)
                status = read_metrics(inner, weighted, objective, err);
        return status;
    }
    if (json_is_object(value) && !json_object_get(value, "class_name")) {
        json_object_foreach(value, key, inner)
            if (status == MOOD_OK)
                status = read_metrics(inner, weighted, objective, err);
        return status;
    }
    if (json_is_null(value) || !value)
        return MOOD_OK;
    status = metric_read(value, &place, &metric, err);
    if (status == MOOD_OK)
        status = metric_list_add(&objective->metrics, metric, err);
    if (status == MOOD_OK || status == MOOD_ERR_MEMORY)
        return status;
    const char *name = object_name(value);
    objective_skip_metric(objective, name && is_identifier(name) ? name : "(unnamed)");
    return MOOD_OK;
}

/* The loss is kept if mood does not support the optimizer. */
static mood_status read_objective(json_t *compiled, mood_model *model, mood_error *err) {
    struct objective objective;
    struct loss *loss;
    mood_status status = read_loss(json_object_get(compiled, "loss"), &loss, err);
    if (status == MOOD_OK && (status = check_rest(compiled, err)) != MOOD_OK)
        loss_destroy(loss);
    if (status == MOOD_OK)
        status = objective_create(model, loss, &objective, err);
    if (status != MOOD_OK)
        return status;
    status = read_metrics(json_object_get(compiled, "metrics"), false, &objective, err);
    if (status == MOOD_OK)
        status = read_metrics(json_object_get(compiled, "weighted_metrics"), true, &objective, err);
    if (status == MOOD_OK && objective.metrics.count == 0)
        status = objective_add_default(model, &objective, err);
    if (status == MOOD_OK)
        return objective_install(&objective, model, err);
    objective_clear(&objective);
    return status;
}

static mood_status read_compiled(json_t *compiled, mood_model *model, mood_error *err) {
    struct optimizer *optimizer = NULL;
    if (json_object_size(compiled) == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the file was saved without a loss and an optimizer");
    mood_status status = read_objective(compiled, model, err);
    if (status == MOOD_OK)
        status = read_optimizer(json_object_get(compiled, "optimizer"), &optimizer, err);
    return status == MOOD_OK ? model_take_optimizer(model, optimizer, err) : status;
}

mood_status compile_read(json_t *compiled, mood_model *model, mood_error *err) {
    read_head_loss(json_object_get(compiled, "loss"), &model->head);
    mood_status status = read_compiled(compiled, model, &model->uncompiled);
    if (status == MOOD_OK)
        model->uncompiled = (mood_error){0};
    else if (status != MOOD_ERR_STATE) /* also a loss that does not fit the last layer */
        model->uncompiled.status = MOOD_ERR_UNSUPPORTED;
    if (json_object_size(compiled) == 0)
        return MOOD_OK;
    model->compile_config = json_dumps(compiled, 0);
    return model->compile_config ? MOOD_OK : out_of_memory(err, "reading how the model is compiled");
}
