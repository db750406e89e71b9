/* A layer as JSON, in the form of Keras's config.json. Classes and settings are looked up in mood's tables only: names of
 * modules and functions in a file are compared, never resolved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/printable.h"
#include "layers/keras_object.h"
#include "layers/layer.h"

/* ---- writing --------------------------------------------------------------------------------- */

/* The settings of its file that mood does not use. */
static bool add_kept(const struct layer *layer, json_t *config) {
    json_t *kept = layer->kept ? json_loads(layer->kept, 0, NULL) : NULL;
    bool added = !layer->kept || (kept && json_object_update(config, kept) == 0);
    json_decref(kept);
    return added;
}

/* [null, …]: a shape without its batch. */
static json_t *write_shape(const struct shape *shape) {
    switch (shape->kind) {
    case SHAPE_IDS: return json_pack("[n, I]", (json_int_t)shape->T);
    case SHAPE_SEQUENCE: return json_pack("[n, I, I]", (json_int_t)shape->T, (json_int_t)shape->D);
    case SHAPE_VECTOR:
    case SHAPE_BAG: return json_pack("[n, I]", (json_int_t)shape->D);
    }
    return NULL;
}

/* A layer inside another is built by it. With a build_config of its own Keras 3.0 builds one layer more, for which the file
 * has no weights. */
static json_t *write_child(const struct layer *child) {
    json_t *object = layer_write(child);
    (void)json_object_del(object, "build_config");
    return object;
}

static json_t *write_field(const struct layer *layer, const struct field *field) {
    return field->kind == FIELD_LAYER ? write_child(layer->children[field->offset])
                                      : field_write(field, layer->settings);
}

static json_t *write_config(const struct layer *layer) {
    json_t *config = json_pack("{s: s, s: s}", "name", layer->name, "dtype", "float32");
    bool written = layer->type->traits & NOT_TRAINABLE ||
                   json_object_set_new(config, "trainable", json_boolean(layer->trainable)) == 0;
    for (size_t i = 0; i < layer->type->field_count && written; i++) {
        const struct field *field = &layer->type->fields[i];
        if (field->kind == FIELD_OLD_NUMBER || field->kind == FIELD_NEW_CHOICE)
            continue;
        written = json_object_set_new(config, field->key, write_field(layer, field)) == 0;
    }
    if (written && add_kept(layer, config))
        return config;
    json_decref(config);
    return NULL;
}

json_t *layer_write(const struct layer *layer) {
    json_t *config = write_config(layer);
    if (!config)
        return NULL;
    json_t *object = json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.layers", "class_name",
                               layer->type->class_name, "config", config, "registered_name");
    if (layer->source_count > 1) /* it has no weights, and Keras builds it when it is called */
        return object;
    json_t *build = json_pack("{s: o}", "input_shape", write_shape(&layer->in));
    if (object && json_object_set_new(object, "build_config", build) == 0)
        return object;
    json_decref(object);
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

mood_status layer_check_name(const char *name, const char *noun, size_t room, mood_error *err) {
    if (!text_is_printable((mood_text){name, strlen(name)}))
        return broken(err, "the name of a %s contains a control character or one that reorders text", noun);
    if (strlen(name) >= room)
        return unsupported(err, "%s \"%.32s…\": its name is longer than %zu bytes", noun, name, room - 1);
    return MOOD_OK;
}

/* Add "KEY" is VALUE; what has no room is left out. */
static void list_setting(char *list, size_t size, const char *key, json_t *value) {
    char text[VALUE_TEXT_SIZE];
    size_t used = strlen(list);
    value_text(value, text);
    snprintf(list + used, size - used, "%s\"%.64s\" is %s", used ? ", " : "", key, text);
}

static mood_status refuse_settings(const char *name, const char *list, mood_error *err) {
    return unsupported(err, "layer \"%s\": %s, which this version does not know; train and save the model without it",
                       name, list);
}

mood_status layer_refuse_setting(const char *name, const char *key, json_t *value, mood_error *err) {
    char list[VALUE_TEXT_SIZE + 80] = "";
    list_setting(list, sizeof list, key, value);
    return refuse_settings(name, list, err);
}

/* The initial values do not matter once a weight is trained: an initializer that mood does not know goes into `kept`, to
 * be written back unchanged. kept is NULL if the weights are still to be made. */
static mood_status read_setting(const struct field *field, struct layer *layer, json_t *value, json_t *kept,
                                mood_error *err) {
    mood_error refusal = {0};
    mood_status status = field_read(field, value, layer->settings, &refusal);
    if ((status == MOOD_ERR_UNSUPPORTED || status == MOOD_ERR_ARGUMENT) && field->kind == FIELD_INITIALIZER && kept)
        return json_object_set(kept, field->key, value) == 0 ? MOOD_OK : out_of_memory(err, "reading a layer");
    if (status == MOOD_OK || !err)
        return status;
    *err = refusal;
    mood_error_prefix(err, "layer \"%s\"", layer_label(layer));
    return status;
}

/* A wrapped layer, which has a name of its own. */
static mood_status read_child(const struct field *field, struct layer *layer, json_t *value, bool has_weights,
                              mood_error *err) {
    const char *name = json_string_value(json_object_get(json_object_get(value, "config"), "name"));
    mood_status status = MOOD_OK;
    if (json_is_null(value))
        return MOOD_OK;
    if (!json_is_object(value))
        return broken(err, "layer \"%s\": \"%s\" is not a layer", layer_label(layer), field->key);
    if (name)
        status = layer_check_name(name, "layer", sizeof layer->name, err);
    if (status == MOOD_OK)
        status = layer_read(value, name, has_weights, &layer->children[field->offset], err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "layer \"%s\": \"%s\"", layer_label(layer), field->key);
    return status;
}

static mood_status read_settings(struct layer *layer, json_t *config, bool has_weights, json_t *kept, mood_error *err) {
    const struct layer_type *type = layer->type;
    const char *key, *name = layer_label(layer);
    char refused[4 * VALUE_TEXT_SIZE] = ""; /* all of them: one message is enough */
    json_t *value;
    json_object_foreach(config, key, value) {
        const struct field *field = layer_type_field(type, key);
        mood_status status = MOOD_OK;
        if (field && field->kind == FIELD_LAYER)
            status = read_child(field, layer, value, has_weights, err);
        else if (field)
            status = read_setting(field, layer, value, kept, err);
        else if (strcmp(key, "trainable") == 0 && json_is_boolean(value))
            layer->trainable = json_is_true(value);
        else if (strcmp(key, "name") != 0 && strcmp(key, "batch_input_shape") != 0 && !setting_is_harmless(key, value))
            list_setting(refused, sizeof refused, key, value);
        if (status != MOOD_OK)
            return status;
    }
    if (*refused)
        return refuse_settings(name, refused, err);
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].kind == FIELD_SIZE && !json_object_get(config, type->fields[i].key))
            return broken(err, "layer \"%s\" has no \"%s\"", name, type->fields[i].key);
    return MOOD_OK;
}

static mood_status keep(struct layer *layer, json_t *kept, mood_error *err) {
    if (json_object_size(kept) == 0)
        return MOOD_OK;
    layer->kept = json_dumps(kept, 0);
    return layer->kept ? MOOD_OK : out_of_memory(err, "reading a layer");
}

static mood_status fill(struct layer *layer, json_t *config, bool has_weights, mood_error *err) {
    json_t *kept = has_weights ? json_object() : NULL;
    mood_status status = has_weights && !kept ? out_of_memory(err, "reading a layer")
                                              : read_settings(layer, config, has_weights, kept, err);
    if (status == MOOD_OK && layer->type->check)
        status = layer->type->check(layer, err);
    if (status == MOOD_OK)
        status = keep(layer, kept, err);
    json_decref(kept);
    return status;
}

bool layer_class_is_known(json_t *object) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    return class_name && object_is_keras(object) && layer_type_find(class_name);
}

static mood_status find_type(json_t *object, const char *name, const struct layer_type **type, mood_error *err) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (!class_name)
        return broken(err, "layer \"%s\" has no class_name", name ? name : "");
    *type = layer_class_is_known(object) ? layer_type_find(class_name) : NULL;
    if (*type)
        return MOOD_OK;
    char known[700];
    layer_type_list(known, sizeof known);
    if (!name)
        return unsupported(err, "unknown layer %.64s; this version knows %s", class_name, known);
    return unsupported(err, "layer \"%s\" is a %.64s, which this version does not know; it knows %s", name, class_name,
                       known);
}

mood_status layer_read(json_t *object, const char *name, bool has_weights, struct layer **created, mood_error *err) {
    const struct layer_type *type = NULL;
    *created = NULL;
    mood_status status = find_type(object, name, &type, err);
    if (status == MOOD_OK)
        status = layer_create(type, name, type->defaults, created, err);
    if (status == MOOD_OK)
        status = fill(*created, json_object_get(object, "config"), has_weights, err);
    if (status != MOOD_OK) {
        layer_destroy(*created);
        *created = NULL;
    }
    return status;
}
