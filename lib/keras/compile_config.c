/* compile_config: the loss, the optimizer, and the metrics. mood trains on a cross-entropy. A model that Keras trained in
 * another way still predicts: it opens uncompiled and keeps the reason. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "keras/keras.h"

/* Cross-entropies. The focal ones are not trained with, but their outputs mean the same. */
static const struct {
    const char *name, *class_name;
    mood_activation activation; /* makes probabilities of logits */
    const char *alias;          /* Keras's short name, in small letters or capitals; NULL: none */
} losses[] = {
    [MOOD_BINARY_CROSSENTROPY] = {"binary_crossentropy", "BinaryCrossentropy", MOOD_SIGMOID, "bce"},
    [MOOD_CATEGORICAL_CROSSENTROPY] = {"categorical_crossentropy", "CategoricalCrossentropy", MOOD_SOFTMAX, NULL},
    [MOOD_SPARSE_CATEGORICAL_CROSSENTROPY] = {"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy",
                                              MOOD_SOFTMAX, NULL},
    {"binary_focal_crossentropy", "BinaryFocalCrossentropy", MOOD_SIGMOID, NULL},
    {"categorical_focal_crossentropy", "CategoricalFocalCrossentropy", MOOD_SOFTMAX, NULL},
};
enum { LOSS_COUNT = sizeof losses / sizeof *losses, TRAINED_LOSSES = MOOD_SPARSE_CATEGORICAL_CROSSENTROPY + 1 };

/* The loss's name where it has no settings; else an object that every Keras 3 reads. */
static json_t *loss_write(const mood_compile_options *options) {
    const char *name = losses[options->loss].name;
    if (!options->from_logits)
        return json_string(name);
    return json_pack("{s: s, s: s, s: {s: s, s: s, s: b}, s: n}", "module", "keras.losses", "class_name",
                     losses[options->loss].class_name, "config", "name", name, "reduction", "sum_over_batch_size",
                     "from_logits", 1, "registered_name");
}

/* BinaryAccuracy of several labels by its own name: "accuracy" would be CategoricalAccuracy. */
static const char *metric_name(const mood_compile_options *options, size_t outputs) {
    return options->loss == MOOD_BINARY_CROSSENTROPY && outputs > 1 ? "binary_accuracy" : "accuracy";
}

static json_t *write_compiled(const mood_model *model) {
    const mood_compile_options *options = &model->compile;
    return json_pack("{s: o, s: o, s: [s]}", "optimizer", optimizer_write(model->optimizer), "loss",
                     loss_write(options), "metrics", metric_name(options, mood_model_get_outputs(model)));
}

/* Put a file's setting in the place of mood's. */
static bool write_back(json_t *compiled, json_t *file, const char *key) {
    json_t *value = json_object_get(file, key);
    return !value || json_object_set(compiled, key, value) == 0;
}

/* An uncompiled model writes back what its file says; a compiled one takes the metrics from there. */
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

/* Refuse the file's training; the message is the reason that the uncompiled model reports. */
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

/* Of a loss object's settings mood has from_logits, and the defaults of all others. */
static mood_status read_loss_settings(const char *class_name, json_t *config, bool *from_logits, mood_error *err) {
    const char *key, *text;
    json_t *value;
    bool fine = true;
    json_object_foreach(config, key, value) {
        text = json_is_string(value) ? json_string_value(value) : "";
        if (strcmp(key, "reduction") == 0)
            fine = strcmp(text, "sum_over_batch_size") == 0;
        else if (strcmp(key, "axis") == 0) /* of outputs [B,O] */
            fine = json_integer_value(value) == -1 || json_integer_value(value) == 1;
        else if (strcmp(key, "ignore_class") == 0) /* 0 is a class */
            fine = json_is_null(value);
        else if (strcmp(key, "from_logits") == 0 && json_is_boolean(value))
            *from_logits = json_is_true(value);
        else
            fine = strcmp(key, "name") == 0 || json_is_null(value) || setting_is_harmless(key, value);
        if (!fine)
            return setting_differs(class_name, key, value, err);
    }
    return MOOD_OK;
}

/* Its place in the table; LOSS_COUNT: there is none of that name. */
static size_t find_loss(const char *name) {
    size_t i = 0;
    while (i < LOSS_COUNT && !(name && (strcmp(name, losses[i].name) == 0 || strcmp(name, losses[i].class_name) == 0 ||
                                        (losses[i].alias && strcasecmp(name, losses[i].alias) == 0))))
        i++;
    return i;
}

/* A name, a serialized object or function, or a list of one of them. name: NULL where there is none; settings: an
 * object's. */
struct named_loss {
    const char *name;
    json_t *settings;
    bool own; /* the user's, which may have the name of one of Keras's */
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

static mood_status read_loss(json_t *value, mood_compile_options *options, mood_error *err) {
    struct named_loss loss = name_loss(value);
    if (!loss.name)
        return differs(err, "with a loss that its config.json does not name");
    if (loss.own)
        return differs(err, "with the loss %.64s, which is not Keras's own", loss.name);
    size_t found = find_loss(loss.name);
    if (found >= TRAINED_LOSSES)
        return differs(err, "with the loss %.64s, which mood does not support for training", loss.name);
    options->loss = (mood_loss)found;
    return read_loss_settings(loss.name, loss.settings, &options->from_logits, err);
}

/* For messages: a file may call its loss anything. */
static bool is_identifier(const char *name) {
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return size > 0 && size < 60 && name[size] == '\0';
}

/* What the loss says about the outputs, also one that mood does not train with. */
static void read_head_loss(json_t *value, struct head_loss *loss) {
    struct named_loss named = name_loss(value);
    size_t found = find_loss(named.name);
    json_t *from_logits = json_object_get(named.settings, "from_logits");
    *loss = (struct head_loss){.activation = MOOD_LINEAR};
    if (!value || json_is_null(value))
        return;
    if (found < LOSS_COUNT && !named.own && (!from_logits || json_is_boolean(from_logits))) {
        named.name = losses[found].class_name;
        loss->activation = losses[found].activation;
        loss->from_logits = json_is_true(from_logits);
    }
    snprintf(loss->name, sizeof loss->name, "%s",
             named.name && is_identifier(named.name) ? named.name : "of another kind");
}

/* loss_weights, and what newer versions may add. */
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

/* mood reports the accuracy with a threshold of 0.5. Other metrics do not change the training. */
static mood_status check_metrics(json_t *metrics, mood_error *err) {
    size_t i;
    json_t *metric;
    json_array_foreach(metrics, i, metric) {
        const char *name = name_of_class(metric);
        json_t *threshold = json_object_get(json_object_get(metric, "config"), "threshold");
        if (name && strcmp(name, "BinaryAccuracy") == 0 && json_is_number(threshold) &&
            json_number_value(threshold) != 0.5)
            return setting_differs(name, "threshold", threshold, err);
    }
    return MOOD_OK;
}

static mood_status read_compiled(json_t *compiled, mood_model *model, mood_error *err) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    struct optimizer *optimizer = NULL;
    if (json_object_size(compiled) == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the file was saved without a loss and an optimizer");
    mood_status status = read_loss(json_object_get(compiled, "loss"), &options, err);
    if (status == MOOD_OK)
        status = check_rest(compiled, err);
    if (status == MOOD_OK) /* the loss stays if mood does not have the optimizer */
        status = model_set_loss(model, &options, err);
    if (status == MOOD_OK)
        status = read_optimizer(json_object_get(compiled, "optimizer"), &optimizer, err);
    if (status == MOOD_OK)
        status = check_metrics(json_object_get(compiled, "metrics"), err);
    if (status == MOOD_OK)
        status = check_metrics(json_object_get(compiled, "weighted_metrics"), err);
    if (status == MOOD_OK)
        return model_take_optimizer(model, optimizer, err);
    optimizer_destroy(optimizer);
    return status;
}

mood_status compile_read(json_t *compiled, mood_model *model, mood_error *err) {
    read_head_loss(json_object_get(compiled, "loss"), &model->loss);
    mood_status status = read_compiled(compiled, model, &model->uncompiled);
    if (status == MOOD_OK)
        model->uncompiled = (mood_error){0};
    else if (status != MOOD_ERR_STATE) /* also a loss that does not go with the last layer */
        model->uncompiled.status = MOOD_ERR_UNSUPPORTED;
    if (json_object_size(compiled) == 0)
        return MOOD_OK;
    model->compile_config = json_dumps(compiled, 0);
    return model->compile_config ? MOOD_OK : out_of_memory(err, "reading how the model is compiled");
}
