/* Functional models: connections between layers. For each call of a layer Keras stores the sources of its
 * arguments: {"args": [TENSOR or list of TENSORs], "kwargs": {}} with TENSOR = {"class_name": "__keras_tensor__",
 * "config": {"keras_history": [layer, call, output]}}. If an Embedding makes a mask, the operations that compute it
 * are listed among the layers, and a layer that gets the mask has it in "kwargs". */
#include <stdlib.h>
#include <string.h>

#include "keras/functional.h"
#include "keras/legacy.h"

/* ---- tensors --------------------------------------------------------------------------------- */

/* The name of the layer if a tensor is its only output; else NULL. */
static const char *tensor_layer(json_t *tensor) {
    json_t *history = json_object_get(json_object_get(tensor, "config"), "keras_history");
    bool first = json_integer_value(json_array_get(history, 1)) == 0 &&
                 json_integer_value(json_array_get(history, 2)) == 0;
    return first ? json_string_value(json_array_get(history, 0)) : NULL;
}

/* The keywords of MultiHeadAttention's inputs, in the order of its arguments. */
static const char *const input_keywords[] = {"query", "value", "key", NULL};

/* Move inputs passed as keyword arguments to the positional ones; false: out of memory. */
static bool move_keywords(json_t *node) {
    json_t *args = json_object_get(node, "args"), *kwargs = json_object_get(node, "kwargs");
    for (size_t i = json_array_size(args); json_is_array(args) && i < 3; i++) {
        json_t *tensor = json_object_get(kwargs, input_keywords[i]);
        if (!json_is_object(tensor))
            break;
        if (json_array_append(args, tensor) < 0 || json_object_del(kwargs, input_keywords[i]) < 0)
            return false;
    }
    return true;
}

/* The arguments of the only call; if the only argument is a list, its members. NULL: there are several calls. */
static json_t *call_arguments(json_t *object) {
    json_t *nodes = json_object_get(object, "inbound_nodes");
    json_t *args = json_object_get(json_array_get(nodes, 0), "args"), *first = json_array_get(args, 0);
    if (json_array_size(nodes) != 1)
        return NULL;
    return json_array_size(args) == 1 && json_is_array(first) ? first : args;
}

/* ---- masks ------------------------------------------------------------------------------------- */

/* The result of an operation: the mask of an Embedding (ids != 0), that of a Masking layer after it (vectors != 0), or
 * zeros, which do not change a mask that is combined with them by "or". */
enum mask_kind { NO_MASK, ZEROS, IDS_MASK, VECTORS_MASK };

static enum mask_kind mask_of(const struct functional *functional, json_t *tensor) {
    const char *layer = tensor_layer(tensor);
    return layer ? (enum mask_kind)json_integer_value(json_object_get(functional->masks, layer)) : NO_MASK;
}

static bool is_layer(json_t *tensor, const char *name) {
    const char *layer = tensor_layer(tensor);
    return layer && name && strcmp(layer, name) == 0;
}

static enum mask_kind kind_of_comparison(const struct functional *functional, json_t *args) {
    json_t *tensor = json_array_get(args, 0), *zero = json_array_get(args, 1);
    if (json_array_size(args) != 2 || !json_is_number(zero) || json_number_value(zero) != 0)
        return NO_MASK;
    return is_layer(tensor, functional->input)       ? IDS_MASK
           : is_layer(tensor, functional->embedding) ? VECTORS_MASK
                                                     : NO_MASK;
}

static enum mask_kind kind_of_operation(const struct functional *functional, const char *class_name, json_t *args) {
    static const char *const keep[] = {"ExpandDims",      "Any", "All", "LogicalAnd", "Concatenate",
                                       "ConvertToTensor", NULL};
    size_t masks[2] = {0}, zeros = 0, count = json_array_size(args);
    for (size_t i = 0; i < count; i++) {
        enum mask_kind kind = mask_of(functional, json_array_get(args, i));
        if (kind >= IDS_MASK)
            masks[kind - IDS_MASK]++;
        zeros += kind == ZEROS;
    }
    enum mask_kind one = masks[0] ? IDS_MASK : VECTORS_MASK;
    size_t of_one = masks[one - IDS_MASK];
    if (strcmp(class_name, "NotEqual") == 0)
        return kind_of_comparison(functional, args);
    if (strcmp(class_name, "ZerosLike") == 0)
        return ZEROS;
    if (strcmp(class_name, "LogicalOr") == 0)
        return of_one > 0 && of_one + zeros == count ? one : NO_MASK;
    return is_one_of(class_name, keep) && count > 0 && of_one == count ? one : NO_MASK;
}

void functional_clear(struct functional *functional) {
    json_decref(functional->masks);
    *functional = (struct functional){0};
}

void functional_note_layer(struct functional *functional, json_t *object, const char *name) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (class_name && strcmp(class_name, "Embedding") == 0)
        functional->embedding = name;
    if (class_name && strcmp(class_name, "Masking") == 0)
        functional->masking = true;
}

bool functional_is_operation(const struct functional *functional, json_t *object) {
    static const char *const only[] = {"NotEqual", "ZerosLike", "LogicalOr",       "LogicalAnd", "ExpandDims",
                                       "Any",      "All",       "ConvertToTensor", NULL};
    const char *module = json_string_value(json_object_get(object, "module"));
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (module)
        return strncmp(module, "keras.src.ops.", 14) == 0;
    /* In an .h5 file there are no modules, and Concatenate is both an operation and a layer. */
    return class_name && (is_one_of(class_name, only) ||
                          (functional && mask_of(functional, json_array_get(call_arguments(object), 0)) >= IDS_MASK));
}

mood_status functional_read_operation(struct functional *functional, json_t *object, const char *name,
                                      mood_error *err) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    json_t *args = call_arguments(object);
    enum mask_kind kind = class_name && args ? kind_of_operation(functional, class_name, args) : NO_MASK;
    if (kind == NO_MASK)
        return unsupported(
            err,
            "is a Functional model with the operation \"%s\" (%.40s); this version knows operations only "
            "where they compute the mask of an Embedding",
            name, class_name ? class_name : "no class");
    if (!functional->masks)
        functional->masks = json_object();
    return json_object_set_new(functional->masks, name, json_integer(kind)) == 0
               ? MOOD_OK
               : out_of_memory(err, "reading config.json");
}

/* ---- calls of layers ------------------------------------------------------------------------- */

static const char *const mask_keywords[] = {"mask", "query_mask", "value_mask", "key_mask", NULL};

/* One mask, or a list with one for each input; true if all are the mask that mood computes. */
static bool is_used_mask(const struct functional *functional, json_t *value) {
    enum mask_kind used = functional->masking ? VECTORS_MASK : IDS_MASK;
    bool all = json_array_size(value) > 0;
    if (!json_is_array(value))
        return mask_of(functional, value) == used;
    for (size_t i = 0; i < json_array_size(value); i++)
        all = all && mask_of(functional, json_array_get(value, i)) == used;
    return all;
}

/* The output of another layer as state, Dropout that is always active, or a causal mask changes what the layer
 * computes. */
static mood_status read_keywords(const struct functional *functional, json_t *kwargs, const char *name, bool *masked,
                                 mood_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach(kwargs, key, value) {
        if (is_one_of(key, mask_keywords) && is_used_mask(functional, value))
            *masked = true;
        else if (!json_is_null(value) && !json_is_false(value))
            return unsupported(
                err,
                "is a Functional model in which layer \"%s\" is called with the argument \"%.40s\", which "
                "this version does not know",
                name, key);
    }
    return MOOD_OK;
}

/* Index of the layer; layer_count: there is no layer of that name. */
static size_t find_layer(const mood_model *model, const char *name) {
    size_t i = 0;
    while (i < model->layer_count && strcmp(model->layers[i]->name, name) != 0)
        i++;
    return i;
}

static bool is_name(const char *input, const char *layer) {
    return input && layer && strcmp(input, layer) == 0;
}

static mood_status read_source(const struct functional *functional, json_t *tensor, const char *name,
                               const mood_model *model, struct call *call, mood_error *err) {
    const char *layer = tensor_layer(tensor);
    bool is_input = is_name(functional->input, layer);
    size_t source = layer ? find_layer(model, layer) : model->layer_count;
    if (!layer)
        return unsupported(err,
                           "is a Functional model in which layer \"%s\" takes something else than the output of one "
                           "layer, which this version does not know",
                           name);
    if (is_input && model->layer_count > 0)
        return unsupported(err,
                           "is a Functional model whose input is taken by layer \"%s\", too; this version knows one "
                           "layer that takes it",
                           name);
    if (is_name(functional->ngrams, layer) && model->layer_count == 0)
        return unsupported(err, "is a Functional model whose first layer, \"%s\", takes the n-grams", name);
    if (is_input || is_name(functional->ngrams, layer))
        return MOOD_OK;
    if (source == model->layer_count)
        return broken(err, "config.json: layer \"%s\" takes the output of \"%.64s\", which is not a layer before it",
                      name, layer);
    call->sources[call->count++] = source;
    return MOOD_OK;
}

static bool takes_input_and_others(const struct functional *functional, json_t *args) {
    bool takes_input = false;
    for (size_t k = 0; k < json_array_size(args); k++) {
        const char *layer = tensor_layer(json_array_get(args, k));
        takes_input = takes_input || is_name(functional->input, layer) || is_name(functional->ngrams, layer);
    }
    return takes_input && json_array_size(args) > 1;
}

mood_status functional_read_call(const struct functional *functional, json_t *object, const char *name,
                                 const mood_model *model, struct call *call, mood_error *err) {
    json_t *nodes = json_object_get(object, "inbound_nodes"), *args;
    *call = (struct call){.count = 0};
    if (!move_keywords(json_array_get(nodes, 0)))
        return out_of_memory(err, "reading config.json");
    args = call_arguments(object);
    if (json_array_size(nodes) != 1)
        return unsupported(
            err,
            "is a Functional model in which layer \"%s\" is used %zu times; this version runs each layer "
            "once",
            name, json_array_size(nodes));
    if (json_array_size(args) == 0 || json_array_size(args) > LAYER_MAX_INPUTS)
        return unsupported(err,
                           "is a Functional model in which layer \"%s\" does not take the outputs of 1 to %d layers",
                           name, LAYER_MAX_INPUTS);
    if (takes_input_and_others(functional, args))
        return unsupported(
            err, "is a Functional model in which layer \"%s\" takes the model's input together with others", name);
    mood_status status =
        read_keywords(functional, json_object_get(json_array_get(nodes, 0), "kwargs"), name, &call->masked, err);
    for (size_t k = 0; k < json_array_size(args) && status == MOOD_OK; k++)
        status = read_source(functional, json_array_get(args, k), name, model, call, err);
    return status;
}

mood_status functional_check_output(json_t *ends, const mood_model *model, mood_error *err) {
    if (json_array_size(ends) == 1)
        ends = json_array_get(ends, 0);
    const char *end = json_string_value(json_array_get(ends, 0));
    if (end && strcmp(end, model->layers[model->layer_count - 1]->name) == 0)
        return MOOD_OK;
    return unsupported(err, "is a Functional model whose output is not its last layer's");
}

/* ---- writing --------------------------------------------------------------------------------- */

static json_t *tensor_write(const char *layer, const struct shape *shape) {
    json_t *dims = shape->kind == SHAPE_SEQUENCE ? json_pack("[n, I, I]", (json_int_t)shape->T, (json_int_t)shape->D)
                                                 : json_pack("[n, I]", (json_int_t)(shape->T * shape->D));
    return json_pack("{s: s, s: {s: o, s: s, s: [s, i, i]}}", "class_name", "__keras_tensor__", "config", "shape", dims,
                     "dtype", "float32", "keras_history", layer, 0, 0);
}

/* As a list if the layer takes several tensors in one argument. */
static json_t *node_write(const mood_model *model, const struct layer *layer, const char *input) {
    input = layer->in.kind == SHAPE_BAG && model->ngrams ? NGRAMS_INPUT : input;
    json_t *tensors = json_array();
    for (size_t k = 0; k < layer->source_count && tensors; k++) {
        const struct layer *source = model->layers[layer->sources[k]];
        if (json_array_append_new(tensors, tensor_write(source->name, &source->out)) < 0) {
            json_decref(tensors);
            return NULL;
        }
    }
    if (layer->source_count == 0 && json_array_append_new(tensors, tensor_write(input, &layer->in)) < 0) {
        json_decref(tensors);
        return NULL;
    }
    bool as_list = layer->source_count > 1 && !(layer_traits(layer) & SEPARATE_INPUTS);
    return as_list ? json_pack("{s: [o], s: {}}", "args", tensors, "kwargs")
                   : json_pack("{s: o, s: {}}", "args", tensors, "kwargs");
}

static bool append_layer(const mood_model *model, const struct layer *layer, const char *input, json_t *layers) {
    json_t *object = layer_write(layer), *node = object ? node_write(model, layer, input) : NULL;
    if (node && json_object_set_new(object, "name", json_string(layer->name)) == 0 &&
        json_object_set_new(object, "inbound_nodes", json_pack("[o]", node)) == 0)
        return json_array_append_new(layers, object) == 0;
    json_decref(object);
    return false;
}

/* Append an InputLayer to the layers, and to the list of inputs. Takes a reference of the input. */
static bool append_input(json_t *input, json_t *layers, json_t *inputs) {
    json_t *name = json_object_get(json_object_get(input, "config"), "name");
    bool made = name && layers && inputs && json_object_set(input, "name", name) == 0 &&
                json_object_set_new(input, "inbound_nodes", json_array()) == 0 &&
                json_array_append_new(inputs, json_pack("[O, i, i]", name, 0, 0)) == 0;
    if (made)
        return json_array_append_new(layers, input) == 0;
    json_decref(input);
    return false;
}

/* Inputs and outputs are lists, also of one: until 3.3 Keras reads no other form. */
json_t *functional_write(const mood_model *model, json_t *input, json_t *ngrams) {
    json_t *layers = json_array(), *inputs = json_array();
    const char *name = json_string_value(json_object_get(json_object_get(input, "config"), "name"));
    bool made = append_input(input, layers, inputs);
    if (ngrams)
        made = append_input(ngrams, layers, inputs) && made;
    for (size_t i = 0; i < model->layer_count && made; i++)
        made = append_layer(model, model->layers[i], name, layers);
    json_t *config = NULL;
    if (made)
        config = json_pack("{s: s, s: b, s: O, s: O, s: [[s, i, i]]}", "name", model->name, "trainable", 1, "layers",
                           layers, "input_layers", inputs, "output_layers", model->layers[model->layer_count - 1]->name,
                           0, 0);
    json_decref(layers);
    json_decref(inputs);
    return config;
}
