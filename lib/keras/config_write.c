/* Writes config.json so that every version of Keras 3 can open it: constructor arguments of 3.0, dtypes by name,
 * initializers by name if their arguments are Keras's defaults, an InputLayer, and the shapes with which layers
 * were built. Keras rejects unknown arguments, so those of newer versions are omitted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/functional.h"

static bool is_taken(const mood_model *model, const char *name) {
    for (size_t i = 0; i < model->layer_count; i++)
        if (strcmp(model->layers[i]->name, name) == 0)
            return true;
    return false;
}

/* The width of rows of ids, or of bags of words. */
static json_int_t input_width(const mood_model *model) {
    return (json_int_t)(model->bag.V ? model->bag.V : model->T);
}

static json_t *input_layer_write(const char *name, json_int_t width) {
    return json_pack("{s: s, s: s, s: {s: [n, I], s: s, s: b, s: s}, s: n}", "module", "keras.layers", "class_name",
                     "InputLayer", "config", "batch_shape", width, "dtype", "float32", "sparse", 0, "name", name,
                     "registered_name");
}

static json_t *input_write(const mood_model *model) {
    char name[40] = "input_layer";
    for (size_t i = 1; is_taken(model, name); i++)
        snprintf(name, sizeof name, "input_layer_%zu", i);
    return input_layer_write(name, input_width(model));
}

static json_t *ngrams_input_write(const mood_model *model) {
    return model->ngrams ? input_layer_write(NGRAMS_INPUT, (json_int_t)model->ngrams->bag.V) : NULL;
}

static json_t *layers_write(const mood_model *model) {
    json_t *layers = json_array();
    if (json_array_append_new(layers, input_write(model)) < 0)
        goto fail;
    for (size_t i = 0; i < model->layer_count; i++)
        if (json_array_append_new(layers, layer_write(model->layers[i])) < 0)
            goto fail;
    return layers;
fail:
    json_decref(layers);
    return NULL;
}

static json_t *sequential_write(const mood_model *model) {
    return json_pack("{s: s, s: b, s: s, s: o, s: [n, I]}", "name", model->name, "trainable", 1, "dtype", "float32",
                     "layers", layers_write(model), "build_input_shape", input_width(model));
}

/* A chain of layers becomes a Sequential model, even if its file contained a Functional one. */
static json_t *model_write_config(const mood_model *model) {
    json_t *compiled = compile_write(model);
    if (model_is_sequential(model))
        return json_pack("{s: s, s: s, s: o, s: n, s: {s: [n, I]}, s: o}", "module", "keras", "class_name",
                         "Sequential", "config", sequential_write(model), "registered_name", "build_config",
                         "input_shape", input_width(model), "compile_config", compiled);
    return json_pack("{s: s, s: s, s: o, s: s, s: {s: n}, s: o}", "module", "keras.src.models.functional", "class_name",
                     "Functional", "config", functional_write(model, input_write(model), ngrams_input_write(model)),
                     "registered_name", "Functional", "build_config", "input_shape", "compile_config", compiled);
}

mood_status config_write(const mood_model *model, struct blob *text, mood_error *err) {
    json_t *config = model_write_config(model);
    char *dump = config ? json_dumps(config, JSON_ENSURE_ASCII) : NULL;
    json_decref(config);
    if (!dump)
        return out_of_memory(err, "writing config.json");
    *text = (struct blob){(unsigned char *)dump, strlen(dump)};
    return MOOD_OK;
}
