/* Converts configurations of Keras 2 to those of Keras 3. Parts that are the same in both are unchanged. */
#include <string.h>

#include "keras/legacy.h"
#include "layers/keras_object.h"

/* Layers with several names in Keras 2. cuDNN's layers have a different layout of weights: see legacy_weights.c. */
static const struct {
    const char *old, *new;
} class_names[] = {
    {"CuDNNGRU", "GRU"},
    {"CuDNNLSTM", "LSTM"},
    {"BatchNormalizationV1", "BatchNormalization"},
    {"BatchNormalizationV2", "BatchNormalization"},
};

#define DEEPEST 8 /* nesting limit of layers: higher than in Keras's files */

/* In Keras before 2.2 GRUs have no reset_after; cuDNN's always have it. */
static bool set_reset_after(json_t *object) {
    const char *name = json_string_value(json_object_get(object, "class_name"));
    json_t *config = json_object_get(object, "config");
    bool cudnn = name && strcmp(name, "CuDNNGRU") == 0;
    bool old = name && strcmp(name, "GRU") == 0 && !json_object_get(object, "module");
    return (!cudnn && !old) || !json_is_object(config) || json_object_get(config, "reset_after") ||
           json_object_set_new(config, "reset_after", json_boolean(cudnn)) == 0;
}

static bool rename_class(json_t *object) {
    const char *name = json_string_value(json_object_get(object, "class_name"));
    for (size_t i = 0; name && i < sizeof class_names / sizeof *class_names; i++)
        if (strcmp(name, class_names[i].old) == 0)
            return json_object_set_new(object, "class_name", json_string(class_names[i].new)) == 0;
    return true;
}

/* Keras 3 has another function of this name, so mood uses a different name for this one. */
static bool rename_hard_sigmoid(json_t *config) {
    static const char *const keys[] = {"activation", "recurrent_activation", NULL};
    for (const char *const *key = keys; *key; key++) {
        const char *name = object_name(json_object_get(config, *key));
        if (name && strcmp(name, "hard_sigmoid") == 0 &&
            json_object_set_new(config, *key, json_string("keras2>hard_sigmoid")) < 0)
            return false;
    }
    return true;
}

/* Keras 3 writes the module of every layer; so does Keras 2 from 2.12 on. */
static bool is_keras_2(const json_t *object, const char *version) {
    return version ? version[0] < '3' : !json_object_get(object, "module");
}

/* Convert ["embedding", 0, 0, {}] to {"class_name": "__keras_tensor__", …}; NULL: another form. */
static json_t *upgrade_tensor(json_t *tensor) {
    json_t *name = json_array_get(tensor, 0);
    if (!json_is_string(name) || json_array_size(tensor) < 3)
        return NULL;
    return json_pack("{s: s, s: {s: [O, O, O]}}", "class_name", "__keras_tensor__", "config", "keras_history", name,
                     json_array_get(tensor, 1), json_array_get(tensor, 2));
}

/* Inputs passed as keyword arguments, for MultiHeadAttention; false: out of memory. */
static bool upgrade_keywords(json_t *kwargs) {
    static const char *const keys[] = {"query", "value", "key", NULL};
    for (const char *const *key = keys; *key; key++) {
        json_t *upgraded = upgrade_tensor(json_object_get(kwargs, *key));
        if (upgraded && json_object_set_new(kwargs, *key, upgraded) < 0)
            return false;
    }
    return true;
}

/* Convert [TENSOR, …] or a single TENSOR to {"args": […], "kwargs": {}}. */
static json_t *upgrade_node(json_t *node) {
    bool alone = !json_is_array(json_array_get(node, 0));
    size_t count = alone ? 1 : json_array_size(node);
    json_t *kwargs = json_array_get(alone ? node : json_array_get(node, 0), 3), *tensors = json_array();
    for (size_t i = 0; i < count && tensors; i++)
        if (json_array_append_new(tensors, upgrade_tensor(alone ? node : json_array_get(node, i))) < 0) {
            json_decref(tensors);
            return NULL;
        }
    if (!upgrade_keywords(kwargs)) {
        json_decref(tensors);
        return NULL;
    }
    kwargs = json_is_object(kwargs) ? json_incref(kwargs) : json_object();
    return count > 1 ? json_pack("{s: [o], s: o}", "args", tensors, "kwargs", kwargs)
                     : json_pack("{s: o, s: o}", "args", tensors, "kwargs", kwargs);
}

/* Nodes of another form are unchanged: the reader rejects unknown forms. */
static bool upgrade_nodes(json_t *object) {
    json_t *nodes = json_object_get(object, "inbound_nodes");
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        json_t *node = json_array_get(nodes, i);
        json_t *upgraded = json_is_array(node) ? upgrade_node(node) : NULL;
        if (upgraded && json_array_set_new(nodes, i, upgraded) < 0)
            return false;
    }
    return true;
}

static bool upgrade_layer(json_t *object, const char *version, int depth) {
    json_t *config = json_object_get(object, "config");
    return depth > DEEPEST || !json_is_object(object) ||
           (set_reset_after(object) && (!is_keras_2(object, version) || rename_hard_sigmoid(config)) &&
            rename_class(object) && upgrade_nodes(object) &&
            upgrade_layer(json_object_get(config, "layer"), version, depth + 1) &&
            upgrade_layer(json_object_get(config, "backward_layer"), version, depth + 1));
}

static bool upgrade_model(json_t *document, const char *version) {
    json_t *config = json_object_get(document, "config");
    if (!version)
        version = json_string_value(json_object_get(document, "keras_version"));
    const char *class_name = json_string_value(json_object_get(document, "class_name"));
    if (json_is_array(config)) { /* a Sequential's layers */
        json_t *made = json_pack("{s: O}", "layers", config);
        if (!made || json_object_set_new(document, "config", made) < 0)
            return false;
        config = made;
    }
    if (class_name && strcmp(class_name, "Model") == 0 &&
        json_object_set_new(document, "class_name", json_string("Functional")) < 0)
        return false;
    json_t *layers = json_object_get(config, "layers");
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!upgrade_layer(json_array_get(layers, i), version, 0))
            return false;
    return true;
}

/* "keras_version" of metadata.json, in *document; *version is NULL if it is missing. */
static mood_status read_version(const struct blob *metadata, json_t **document, const char **version, mood_error *err) {
    *document = NULL;
    *version = NULL;
    if (!metadata || !metadata->data)
        return MOOD_OK;
    mood_status status = json_read(metadata, "metadata.json", document, err);
    *version = json_string_value(json_object_get(*document, "keras_version"));
    return status;
}

mood_status config_upgrade(json_t *document, const struct blob *metadata, mood_error *err) {
    json_t *of_file;
    const char *version;
    mood_status status = read_version(metadata, &of_file, &version, err);
    if (status == MOOD_OK && !upgrade_model(document, version))
        status = out_of_memory(err, "reading config.json");
    json_decref(of_file);
    return status;
}

/* ---- training -------------------------------------------------------------------------------- */

/* Keras 3 rejects unknown settings; these have no effect on training. */
static void drop_settings(json_t *config) {
    json_t *decay = json_object_get(config, "decay");
    if (json_is_number(decay) && json_number_value(decay) == 0)
        json_object_del(config, "decay");
    json_object_del(config, "is_legacy_optimizer");
    json_object_del(config, "jit_compile");
}

/* Keras 3 needs the module of a class. */
static bool set_module(json_t *object, const char *module) {
    return !json_is_object(object) || json_object_get(object, "module") ||
           (json_object_set_new(object, "module", json_string(module)) == 0 &&
            json_object_set_new(object, "registered_name", json_null()) == 0);
}

/* Keras from 2.11 on writes its own optimizers as if they were registered by a user. */
static bool rename_optimizer(json_t *optimizer) {
    static const char *const own[] = {"Adadelta", "Adafactor", "Adagrad", "Adam",    "AdamW", "Adamax",
                                      "Ftrl",     "Lion",      "Nadam",   "RMSprop", "SGD",   NULL};
    const char *name = json_string_value(json_object_get(optimizer, "class_name"));
    bool registered = name && strncmp(name, "Custom>", 7) == 0 && is_one_of(name + 7, own);
    if (registered && json_object_set_new(optimizer, "class_name", json_string(name + 7)) < 0)
        return false;
    return !(registered || (name && is_one_of(name, own))) || set_module(optimizer, "keras.optimizers");
}

static bool upgrade_optimizer(json_t *optimizer) {
    json_t *config = json_object_get(optimizer, "config"), *rate = json_object_get(config, "lr");
    drop_settings(config);
    if (!rename_optimizer(optimizer))
        return false;
    if (!rate || json_object_get(config, "learning_rate"))
        return true;
    bool renamed = json_object_set(config, "learning_rate", rate) == 0;
    json_object_del(config, "lr");
    return renamed;
}

/* Keras 2 calls the mean over the batch "auto". */
static bool upgrade_loss(json_t *loss) {
    json_t *config = json_object_get(loss, "config");
    const char *reduction = json_string_value(json_object_get(config, "reduction"));
    json_object_del(config, "fn");
    if (json_is_object(loss) && !set_module(loss, "keras.losses"))
        return false;
    return !reduction || strcmp(reduction, "auto") != 0 ||
           json_object_set_new(config, "reduction", json_string("sum_over_batch_size")) == 0;
}

/* Keras 2 writes a metric that is a function by the function's name. */
static json_t *upgrade_metric(json_t *metric) {
    const char *class_name = json_string_value(json_object_get(metric, "class_name"));
    json_t *name = json_object_get(json_object_get(metric, "config"), "name");
    bool wrapper = class_name && strcmp(class_name, "MeanMetricWrapper") == 0 && json_is_string(name);
    if (!wrapper && !set_module(metric, "keras.metrics"))
        return NULL;
    return json_incref(wrapper ? name : metric);
}

/* A list, or in tf.keras a list of one list. */
static json_t *upgrade_metrics(json_t *metrics) {
    if (json_array_size(metrics) == 1 && json_is_array(json_array_get(metrics, 0)))
        metrics = json_array_get(metrics, 0);
    if (!json_is_array(metrics))
        return json_incref(metrics);
    json_t *upgraded = json_array();
    for (size_t i = 0; i < json_array_size(metrics) && upgraded; i++)
        if (json_array_append_new(upgraded, upgrade_metric(json_array_get(metrics, i))) < 0) {
            json_decref(upgraded);
            upgraded = NULL;
        }
    return upgraded;
}

static bool copy_member(json_t *training, const char *key, json_t *compiled, const char *new_key,
                        json_t *(*upgrade)(json_t *)) {
    json_t *value = json_object_get(training, key);
    if (!value)
        return true;
    json_t *copy = upgrade ? upgrade(value) : json_incref(value);
    return copy && json_object_set_new(compiled, new_key, copy) == 0;
}

json_t *training_config_upgrade(json_t *training) {
    json_t *compiled = json_object();
    json_t *weights = json_object_get(training, "loss_weights");
    bool made = compiled && upgrade_optimizer(json_object_get(training, "optimizer_config")) &&
                upgrade_loss(json_object_get(training, "loss")) &&
                copy_member(training, "optimizer_config", compiled, "optimizer", NULL) &&
                copy_member(training, "loss", compiled, "loss", NULL) &&
                copy_member(training, "metrics", compiled, "metrics", upgrade_metrics) &&
                copy_member(training, "weighted_metrics", compiled, "weighted_metrics", upgrade_metrics) &&
                (!weights || json_is_null(weights) || json_object_set(compiled, "loss_weights", weights) == 0);
    if (made)
        return compiled;
    json_decref(compiled);
    return NULL;
}
