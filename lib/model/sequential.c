/* A model is a list of layers, each after the layers whose outputs it uses. In a Sequential model that is the
 * previous one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "layers/expression.h"
#include "model/context.h"
#include "model/model.h"

static mood_status out_of_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making a model");
}

mood_status mood_model_create(mood_device *device, mood_model **created, mood_error *err) {
    *created = NULL;
    if (!device)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "a model needs a device");
    mood_model *model = calloc(1, sizeof *model);
    if (!model)
        return out_of_memory(err);
    model->device = device;
    snprintf(model->name, sizeof model->name, "sequential");
    mood_status status = queue_create(device, &model->queue, err);
    if (status != MOOD_OK) {
        free(model);
        return status;
    }
    *created = model;
    return MOOD_OK;
}

void mood_model_destroy(mood_model *model) {
    if (!model)
        return;
    if (model->queue)
        queue_finish(model->queue, NULL);
    context_destroy(model->predictor);
    context_destroy(model->shared_padding);
    for (size_t i = 0; i < model->layer_count; i++)
        layer_destroy(model->layers[i]);
    free(model->layers);
    objective_clear(&model->objective);
    free(model->compile_config);
    free(model->masked_words);
    bag_clear(&model->bag);
    ngrams_destroy(model->ngrams);
    buffer_destroy(&model->values);
    buffer_destroy(&model->gradients);
    model_drop_optimizer(model);
    queue_destroy(model->queue);
    free(model);
}

/* ---- default names, as in Keras: lstm, lstm_1, lstm_2 … ------------------------------------------ */

static bool name_taken(const mood_model *model, const char *name) {
    for (size_t i = 0; i < model->layer_count; i++)
        if (strcmp(model->layers[i]->name, name) == 0)
            return true;
    return false;
}

static void give_name(const mood_model *model, struct layer *layer) {
    snprintf(layer->name, sizeof layer->name, "%s", layer->type->base_name);
    for (size_t i = 1; name_taken(model, layer->name); i++)
        snprintf(layer->name, sizeof layer->name, "%s_%zu", layer->type->base_name, i);
}

static mood_status check_sources(const struct layer *layer, size_t count, mood_error *err) {
    bool merges = layer_traits(layer) & MERGES;
    if (count > LAYER_MAX_INPUTS)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT, "layer %s has %zu inputs; the maximum is %d",
                              layer_label(layer), count, LAYER_MAX_INPUTS);
    if (merges ? count >= 2 : count <= 1)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "layer %s: %s takes the %s of %s, not of %zu",
                          layer_label(layer), layer->type->class_name, merges ? "outputs" : "output",
                          merges ? "at least two layers" : "one layer", count);
}

static mood_status check_append(const mood_model *model, const struct layer *layer, size_t source_count,
                                mood_error *err) {
    if (model->built)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model is built; add layers before that");
    if (model->ngrams && strcmp(layer->name, NGRAMS_INPUT) == 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "no layer can be called %s: this is an input",
                              layer->name);
    if (layer->name[0] && name_taken(model, layer->name))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "two layers are called %s", layer->name);
    return check_sources(layer, source_count, err);
}

mood_status model_append(struct mood_model *model, struct layer *layer, const size_t *sources, size_t source_count,
                         mood_error *err) {
    size_t before = model->layer_count - 1;
    if (!sources) {
        sources = &before;
        source_count = model->layer_count > 0;
    }
    mood_status status = check_append(model, layer, source_count, err);
    struct layer **grown = NULL;
    if (status == MOOD_OK && !(grown = realloc(model->layers, (model->layer_count + 1) * sizeof *grown)))
        status = out_of_memory(err);
    if (status != MOOD_OK) {
        layer_destroy(layer);
        return status;
    }
    model->layers = grown;
    if (!layer->name[0])
        give_name(model, layer);
    layer->index = model->layer_count;
    layer->source_count = source_count;
    memcpy(layer->sources, sources, source_count * sizeof *sources);
    model->layers[model->layer_count++] = layer;
    model->compiled = false;
    objective_clear(&model->objective); /* the loss was checked against another last layer */
    return MOOD_OK;
}

/* ---- adding layers ------------------------------------------------------------------------------ */

/* The name among its arguments; NULL: none. */
static mood_status find_name(json_t *object, const char **name, mood_error *err) {
    json_t *value = json_object_get(json_object_get(object, "config"), "name");
    *name = json_string_value(value);
    if (value && !*name && !json_is_null(value))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "a layer's name is a string");
    return *name ? layer_check_name(*name, "layer", sizeof((struct layer *)0)->name, err) : MOOD_OK;
}

/* The reader reports bad data of a file; here the error is a bad argument. */
static mood_status as_argument(mood_status status, mood_error *err) {
    if (status != MOOD_ERR_FORMAT)
        return status;
    if (err)
        err->status = MOOD_ERR_ARGUMENT;
    return MOOD_ERR_ARGUMENT;
}

/* *layer is new. */
static mood_status read_text(const char *text, struct layer **layer, mood_error *err) {
    json_t *object;
    const char *name;
    mood_status status = expression_parse(&layer_expressions, text, &object, err);
    if (status != MOOD_OK)
        return status;
    status = find_name(object, &name, err);
    if (status == MOOD_OK)
        status = layer_read(object, name, false, layer, err);
    json_decref(object);
    return as_argument(status, err);
}

mood_status mood_model_add(mood_model *model, const char *text, mood_error *err) {
    struct layer *layer;
    if (!model || !text)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "adding a layer needs a model and the layer");
    mood_status status = read_text(text, &layer, err);
    return status == MOOD_OK ? model_append(model, layer, NULL, 0, err) : status;
}

mood_status model_find_layer(const struct mood_model *model, const char *name, size_t *index, mood_error *err) {
    for (*index = 0; *index < model->layer_count; ++*index)
        if (name && strcmp(model->layers[*index]->name, name) == 0)
            return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "the model has no layer \"%s\"", name ? name : "");
}

mood_status mood_model_connect(mood_model *model, const char *text, const char *const *inputs, size_t input_count,
                               mood_error *err) {
    struct layer *layer;
    size_t sources[LAYER_MAX_INPUTS];
    mood_status status = MOOD_OK;
    if (!model || !text || !inputs || input_count == 0 || input_count > LAYER_MAX_INPUTS)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "connecting a layer needs a model, the layer, and the names of 1 to %d layers",
                              LAYER_MAX_INPUTS);
    bool takes_ngrams = model->ngrams && input_count == 1 && inputs[0] && strcmp(inputs[0], NGRAMS_INPUT) == 0;
    if (takes_ngrams)
        input_count = 0;
    for (size_t i = 0; i < input_count && status == MOOD_OK; i++)
        status = model_find_layer(model, inputs[i], &sources[i], err);
    if (status == MOOD_OK)
        status = read_text(text, &layer, err);
    return status == MOOD_OK ? model_append(model, layer, sources, input_count, err) : status;
}

mood_status mood_layer_check(const char *text, mood_error *err) {
    struct layer *layer = NULL;
    if (!text)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no layer to check");
    mood_status status = read_text(text, &layer, err);
    layer_destroy(layer);
    return status;
}

const char *mood_layer_class_at(size_t index) {
    const struct layer_type *type = layer_type_at(index);
    return type ? type->class_name : NULL;
}

bool mood_layer_has_setting(const char *class_name, const char *setting) {
    const struct layer_type *type;
    for (size_t i = 0; (type = layer_type_at(i)); i++)
        if (strcasecmp(type->class_name, class_name) == 0)
            return layer_type_field(type, setting) != NULL;
    return false;
}

/* ---- n-grams ------------------------------------------------------------------------------------ */

static mood_status check_ngrams(const mood_model *model, const mood_ngrams_options *options, mood_error *err) {
    if (options->size != sizeof *options)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "these are not mood_ngrams_options of this version; begin with MOOD_NGRAMS_OPTIONS");
    if (options->shortest < 1 || options->shortest > options->longest || options->longest > NGRAM_LONGEST)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "n-grams have 1 to %d words, not %zu to %zu",
                              NGRAM_LONGEST, options->shortest, options->longest);
    if (options->max_columns < 1 || options->max_columns > NGRAM_MOST_COLUMNS)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%zu n-grams: the range is 1 to %zu",
                              options->max_columns, NGRAM_MOST_COLUMNS);
    if (!ngrams_has_mode(options->mode))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "bags of n-grams have the modes multi_hot, count and tf_idf");
    if (model->built || model->ngrams)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model %s",
                              model->built ? "is built; set its n-grams before that" : "has n-grams already");
    if (name_taken(model, NGRAMS_INPUT))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "a layer is called %s, as the input of n-grams; rename it", NGRAMS_INPUT);
    if (model->bag.V || !mood_model_get_vocabulary(model))
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "n-grams are for a model that begins with an Embedding");
    if (mood_model_get_vocabulary(model) > (size_t)NGRAM_LARGEST_ID + 1)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "n-grams are for ids up to %d; the Embedding has %zu", NGRAM_LARGEST_ID,
                              mood_model_get_vocabulary(model));
    return MOOD_OK;
}

mood_status mood_model_set_ngrams(mood_model *model, const mood_ngrams_options *options, const int32_t *x, size_t n,
                                  size_t T, mood_error *err) {
    const mood_ngrams_options defaults = MOOD_NGRAMS_OPTIONS;
    if (!model || !x || n == 0 || n > UINT32_MAX || T == 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "n-grams need a model and 1 to 2^32 - 1 rows of ids");
    options = options ? options : &defaults;
    mood_status status = check_ngrams(model, options, err);
    if (status == MOOD_OK)
        status = model_check_ids(model, x, n, T, err);
    return status == MOOD_OK ? ngrams_choose(x, n, T, options, &model->ngrams, err) : status;
}

size_t mood_model_count_ngrams(const mood_model *model) {
    return model->ngrams ? model->ngrams->bag.V : 0;
}

/* ---- bags of words ------------------------------------------------------------------------------ */

static mood_status check_matrix(const mood_model *model, mood_matrix_mode mode, size_t width, mood_error *err) {
    if (!mood_matrix_name(mode))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown matrix mode %d", (int)mode);
    if (width == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "a bag of words has no width yet; set the tokenizer's num_words, or fit it first (a "
                              "TextVectorization of output_mode \"int\" makes no bags of words)");
    if (!model->bag.V && (model->built || mood_model_get_vocabulary(model)))
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the model takes rows of ids, not bags of words: its first layer is an Embedding");
    if (model->bag.V && model->bag.V != width)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the tokenizer makes bags of %zu words, but the model takes %zu: they do not belong "
                              "together",
                              width, model->bag.V);
    return MOOD_OK;
}

mood_status mood_model_set_matrix(mood_model *model, mood_matrix_mode mode, const mood_tokenizer *tokenizer,
                                  mood_error *err) {
    if (!model || !tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "bags of words need a model and a tokenizer");
    size_t width = mood_tokenizer_get_matrix_width(tokenizer);
    mood_status status = check_matrix(model, mode, width, err);
    if (status != MOOD_OK)
        return status;
    mood_matrix_mode own = mood_tokenizer_get_matrix(tokenizer);
    bool vectorization = mood_tokenizer_is_text_vectorization(tokenizer);
    if (vectorization ? mode != own : mode == MOOD_MATRIX_MULTI_HOT || mode == MOOD_MATRIX_TF_IDF)
        return mood_error_set(
            err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL, "the words are a %s's, which makes no bags of mode %s",
            vectorization ? "TextVectorization of another output_mode" : "Tokenizer", mood_matrix_name(mode));
    double *idf = bag_weighs(mode) ? malloc(width * sizeof *idf) : NULL;
    if (bag_weighs(mode) && !idf)
        return out_of_memory(err);
    if (idf)
        status = mood_tokenizer_get_idf(tokenizer, idf, err);
    struct bag bag = {.V = width, .first = vectorization, .unit = model->bag.unit};
    if (status == MOOD_OK)
        status = bag_set(&bag, mode, idf, err);
    free(idf);
    if (status != MOOD_OK)
        return status;
    bag_clear(&model->bag);
    model->bag = bag;
    return MOOD_OK;
}

mood_matrix_mode mood_model_get_matrix(const mood_model *model) {
    return model->bag.V ? model->bag.mode : MOOD_MATRIX_NONE;
}

/* ---- access ------------------------------------------------------------------------------------- */

size_t mood_model_get_timesteps(const mood_model *model) {
    return model->T;
}

size_t mood_model_get_outputs(const mood_model *model) {
    size_t width = 0;
    if (model->built)
        return model->layers[model->layer_count - 1]->out.D;
    for (size_t i = 0; i < model->layer_count; i++)
        if (model->layers[i]->type->width)
            width = model->layers[i]->type->width(model->layers[i], width);
    return width;
}

bool model_is_sequential(const struct mood_model *model) {
    for (size_t i = 1; i < model->layer_count; i++)
        if (model->layers[i]->source_count != 1 || model->layers[i]->sources[0] != i - 1)
            return false;
    return true;
}

size_t mood_model_get_vocabulary(const mood_model *model) {
    if (model->bag.V)
        return model->bag.V + (size_t)model->bag.first;
    const size_t *input_dim = model->layer_count ? layer_setting(model->layers[0], "input_dim") : NULL;
    return input_dim ? *input_dim : 0;
}

size_t mood_model_count_params(const mood_model *model) {
    return model->param_count;
}
