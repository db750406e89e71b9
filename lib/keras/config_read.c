/* Reads layers from config.json. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/functional.h"
#include "keras/legacy.h"

#define MAX_LAYERS 1000

/* ---- layers ---------------------------------------------------------------------------------- */

/* functional: NULL for a Sequential model. */
static mood_status append_layer(json_t *object, const char *name, mood_model *model,
                                const struct functional *functional, const struct config *about, mood_error *err) {
    struct layer *layer;
    struct call call = {.count = 0};
    mood_status status = MOOD_OK;
    if (functional)
        status = functional_read_call(functional, object, name, model, &call, err);
    if (status == MOOD_OK)
        status = layer_read(object, name, about->has_weights, &layer, err);
    if (status != MOOD_OK)
        return status;
    layer->given_mask = call.masked;
    return model_append(model, layer, functional ? call.sources : NULL, call.count, err);
}

/* An InputLayer is accepted if its type can hold ids and its rows are not sparse or ragged. */
static mood_status check_input(json_t *object, const char *name, mood_error *err) {
    static const char *const shapes[] = {"name", "shape", "batch_shape", "batch_input_shape", "batch_size", NULL};
    static const char *const dtypes[] = {"float32", "float64", "int32", "int64", "uint32", "uint64", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(object, "config"), key, value)
        if (!is_one_of(key, shapes) && !setting_is_harmless(key, value) &&
            !(strcmp(key, "dtype") == 0 && json_is_string(value) && is_one_of(json_string_value(value), dtypes)))
            return layer_refuse_setting(name, key, value, err);
    return MOOD_OK;
}

/* ---- the input's length ---------------------------------------------------------------------- */

/* T of [batch, T]; 0: not fixed, or not of this form. */
static size_t read_length(json_t *shape) {
    json_t *length = json_array_get(shape, 1);
    if (json_array_size(shape) != 2 || !json_is_integer(length))
        return 0;
    json_int_t T = json_integer_value(length);
    return T >= 1 && T <= INT32_MAX ? (size_t)T : 0;
}

/* The length at any of the places where Keras stores it. */
static size_t length_of_object(json_t *object) {
    json_t *config = json_object_get(object, "config");
    json_t *const shapes[] = {
        json_object_get(config, "batch_shape"),
        json_object_get(config, "batch_input_shape"),
        json_object_get(config, "build_input_shape"),
        json_object_get(json_object_get(object, "build_config"), "input_shape"),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t T = read_length(shapes[i]);
        if (T > 0)
            return T;
    }
    return 0;
}

/* ---- the model ------------------------------------------------------------------------------- */

static mood_status check_name(const char *name, const char *noun, size_t room, mood_error *err) {
    mood_status status = layer_check_name(name, noun, room, err);
    if (status == MOOD_ERR_FORMAT)
        mood_error_prefix(err, "config.json");
    return status;
}

static mood_status layer_name(json_t *object, const char **name, mood_error *err) {
    *name = json_string_value(json_object_get(json_object_get(object, "config"), "name"));
    if (!*name)
        *name = json_string_value(json_object_get(object, "name"));
    if (!*name || !**name)
        return broken(err, "config.json has a layer without a name");
    return check_name(*name, "layer", sizeof((struct layer *)0)->name, err);
}

static bool is_input(json_t *object) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    return class_name && strcmp(class_name, "InputLayer") == 0;
}

/* Append "gru" (GRU) if it fits. */
static void list_layer(char *list, size_t size, const char *name, json_t *object) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s\"%s\" (%.40s)", used ? ", " : "", name,
             class_name ? class_name : "no class");
}

/* Several unsupported layers are reported together. */
static mood_status check_classes(json_t *layers, mood_error *err) {
    char unknown[400] = "", known[700];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(layers); i++) {
        json_t *object = json_array_get(layers, i);
        const char *name;
        mood_status status = layer_name(object, &name, err);
        if (status != MOOD_OK)
            return status;
        if (is_input(object) || functional_is_operation(NULL, object) || layer_class_is_known(object))
            continue;
        list_layer(unknown, sizeof unknown, name, object);
        count++;
    }
    if (count < 2)
        return MOOD_OK; /* the layer's own message follows later */
    layer_type_list(known, sizeof known);
    return unsupported(err, "has %zu layers that this version does not know: %s; it knows %s", count, unknown, known);
}

/* The second input is that of n-grams. */
static mood_status read_second_input(json_t *object, const char *name, const mood_model *model,
                                     struct functional *functional, mood_error *err) {
    if (!functional || functional->ngrams)
        return unsupported(err, "has more than one input; mood takes rows of ids and bags of n-grams");
    if (!model->ngrams)
        return unsupported(err,
                           "has a second input, \"%s\"; mood knows only that of n-grams, for which the file has no "
                           "ngrams.json (Keras drops it when it saves)",
                           name);
    if (length_of_object(object) != model->ngrams->bag.V)
        return broken(err, "input \"%s\" has %zu numbers, but ngrams.json has %zu n-grams", name,
                      length_of_object(object), model->ngrams->bag.V);
    functional->ngrams = name;
    return check_input(object, name, err);
}

static mood_status read_object(json_t *object, size_t index, mood_model *model, struct functional *functional,
                               struct config *config, mood_error *err) {
    const char *name = NULL;
    mood_status status = layer_name(object, &name, err);
    if (status != MOOD_OK)
        return status;
    if (index == 0)
        config->T = length_of_object(object);
    if (functional && functional_is_operation(functional, object))
        return functional_read_operation(functional, object, name, err);
    if (!is_input(object)) {
        if (functional)
            functional_note_layer(functional, object, name);
        return append_layer(object, name, model, functional, config, err);
    }
    if (index > 0)
        return read_second_input(object, name, model, functional, err);
    if (functional)
        functional->input = name;
    return check_input(object, name, err);
}

static mood_status read_layers(json_t *layers, struct functional *functional, mood_model *model, struct config *config,
                               mood_error *err) {
    size_t count = json_array_size(layers);
    if (count == 0 || count > MAX_LAYERS)
        return broken(err, "config.json has %zu layers; 1 to %d are possible", count, MAX_LAYERS);
    mood_status status = check_classes(layers, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = read_object(json_array_get(layers, i), i, model, functional, config, err);
    if (status == MOOD_OK && model->layer_count == 0)
        status = broken(err, "config.json has no layers");
    return status;
}

static mood_status read_functional(json_t *inside, mood_model *model, struct config *config, mood_error *err) {
    struct functional functional = {0};
    mood_status status = read_layers(json_object_get(inside, "layers"), &functional, model, config, err);
    functional_clear(&functional);
    return status == MOOD_OK ? functional_check_output(json_object_get(inside, "output_layers"), model, err) : status;
}

/* Without an Embedding the input is vectors [B,V] instead of rows of ids: bags of words. */
static mood_status find_bags(mood_model *model, struct config *config, mood_error *err) {
    const struct layer *first = model->layers[0];
    if (layer_setting(first, "input_dim"))
        return MOOD_OK;
    if (config->T == 0)
        return unsupported(err,
                           "begins with layer \"%s\" (%s), but its input does not have the shape (None, V): mood opens "
                           "models of rows of ids, which begin with an Embedding, and of bags of words",
                           first->name, first->type->class_name);
    model->bag.V = config->T;
    config->T = 0;
    return bag_set(&model->bag, MOOD_MATRIX_BINARY, NULL, err);
}

static bool takes_ngrams(const mood_model *model) {
    for (size_t i = 1; i < model->layer_count; i++)
        if (model->layers[i]->source_count == 0)
            return true;
    return false;
}

static mood_status read_model(json_t *document, mood_model *model, struct config *config, mood_error *err) {
    const char *class_name = json_string_value(json_object_get(document, "class_name"));
    json_t *inside = json_object_get(document, "config");
    bool functional = class_name && strcmp(class_name, "Functional") == 0;
    if (!json_is_object(inside) || !class_name)
        return broken(err, "config.json does not describe a Keras model");
    if (!object_is_keras(document) || (!functional && strcmp(class_name, "Sequential") != 0))
        return unsupported(err, "is a %.64s; mood opens Sequential and Functional models", class_name);
    const char *name = json_string_value(json_object_get(inside, "name"));
    mood_status status = MOOD_OK;
    if (name && (status = check_name(name, "model", sizeof model->name, err)) != MOOD_OK)
        return status;
    if (name)
        snprintf(model->name, sizeof model->name, "%s", name);
    if (json_is_false(json_object_get(inside, "trainable")))
        return unsupported(err, "model \"%s\": \"trainable\" is false, which this version does not know", model->name);
    status = functional ? read_functional(inside, model, config, err)
                        : read_layers(json_object_get(inside, "layers"), NULL, model, config, err);
    if (status == MOOD_OK && model->ngrams && !takes_ngrams(model))
        status = broken(err, "the file has n-grams, but the model has no input for them");
    if (config->T == 0)
        config->T = length_of_object(document);
    config->compiled = json_object_get(document, "compile_config");
    return status == MOOD_OK ? find_bags(model, config, err) : status;
}

mood_status config_read(const struct blob *text, const struct blob *metadata, bool has_weights, mood_model *model,
                        struct config *config, mood_error *err) {
    *config = (struct config){.has_weights = has_weights};
    mood_status status = json_read(text, "config.json", &config->document, err);
    if (status == MOOD_OK)
        status = config_upgrade(config->document, metadata, err);
    if (status == MOOD_OK)
        status = read_model(config->document, model, config, err);
    if (status != MOOD_OK) {
        json_decref(config->document);
        *config = (struct config){0};
    }
    return status;
}
