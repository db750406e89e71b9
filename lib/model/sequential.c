/* The Sequential model: a list of layers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/context.h"
#include "model/initializers.h"
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
    context_destroy(model->lead);
    for (size_t i = 0; i < model->layer_count; i++)
        layer_destroy(model->layers[i]);
    free(model->layers);
    free(model->compile_config);
    buffer_destroy(&model->values);
    buffer_destroy(&model->gradients);
    buffer_destroy(&model->moment_1);
    buffer_destroy(&model->moment_2);
    queue_destroy(model->queue);
    free(model);
}

/* ---- names, as Keras gives them: lstm, lstm_1, lstm_2 … ------------------------------------------ */

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

static mood_status check_initializers(const struct layer *layer, mood_error *err) {
    for (size_t i = 0; i < layer->type->field_count; i++) {
        const struct layer_field *field = &layer->type->fields[i];
        if (field->kind != FIELD_INITIALIZER)
            continue;
        mood_status status = initializer_check((const void *)((const char *)layer->settings + field->offset), err);
        if (status != MOOD_OK) {
            mood_error_prefix(err, "layer %s: %s", layer->name[0] ? layer->name : layer->type->base_name, field->key);
            return status;
        }
    }
    return MOOD_OK;
}

static mood_status check_append(const mood_model *model, const struct layer *layer, mood_error *err) {
    if (model->built)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model is built; add layers before that");
    if (layer->name[0] && name_taken(model, layer->name))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "two layers are called %s", layer->name);
    return check_initializers(layer, err);
}

mood_status model_append(struct mood_model *model, struct layer *layer, mood_error *err) {
    mood_status status = check_append(model, layer, err);
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
    model->layers[model->layer_count++] = layer;
    model->compiled = model->has_loss = false; /* the loss was checked against another last layer */
    return MOOD_OK;
}

/* ---- adding layers ------------------------------------------------------------------------------ */

static mood_status add(mood_model *model, const struct layer_type *type, const char *name, const void *settings,
                       mood_error *err) {
    struct layer *layer;
    mood_status status = layer_create(type, name, settings, &layer, err);
    return status == MOOD_OK ? model_append(model, layer, err) : status;
}

static mood_status refuse(mood_error *err, const char *option) {
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                          "%s is not supported in this version; leave it at its default", option);
}

static mood_status wrong_size(mood_error *err, const char *type) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "these are not %s of this version; begin with the macro that makes them", type);
}

static mood_status no_units(mood_error *err, const char *what) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s has to be at least 1", what);
}

mood_status mood_model_add_embedding(mood_model *model, size_t input_dim, size_t output_dim,
                                     const mood_embedding_options *options, mood_error *err) {
    mood_embedding_options o = MOOD_EMBEDDING_OPTIONS;
    if (options && options->size != sizeof o)
        return wrong_size(err, "mood_embedding_options");
    if (options)
        o = *options;
    if (o.mask_zero)
        return refuse(err, "mask_zero");
    if (o.embeddings_l2 != 0)
        return refuse(err, "embeddings_l2");
    if (!o.trainable)
        return refuse(err, "trainable = false");
    if (input_dim == 0 || output_dim == 0)
        return no_units(err, input_dim ? "an Embedding's output_dim" : "an Embedding's input_dim");
    struct embedding_settings settings = {input_dim, output_dim, o.embeddings_initializer};
    return add(model, &embedding_type, o.name, &settings, err);
}

mood_status mood_model_add_lstm(mood_model *model, size_t units, const mood_lstm_options *options, mood_error *err) {
    mood_lstm_options o = MOOD_LSTM_OPTIONS;
    if (options && options->size != sizeof o)
        return wrong_size(err, "mood_lstm_options");
    if (options)
        o = *options;
    if (o.kernel_l2 != 0 || o.recurrent_l2 != 0 || o.bias_l2 != 0)
        return refuse(err, "an LSTM's l2");
    if (o.dropout != 0 || o.recurrent_dropout != 0)
        return refuse(err, "an LSTM's dropout");
    if (o.go_backwards || o.stateful)
        return refuse(err, o.stateful ? "stateful" : "go_backwards");
    if (!o.trainable)
        return refuse(err, "trainable = false");
    if (units == 0)
        return no_units(err, "an LSTM's units");
    struct lstm_settings settings = {
        .units = units,
        .activation = o.activation,
        .recurrent_activation = o.recurrent_activation,
        .use_bias = o.use_bias,
        .unit_forget_bias = o.unit_forget_bias,
        .return_sequences = o.return_sequences,
        .kernel_initializer = o.kernel_initializer,
        .recurrent_initializer = o.recurrent_initializer,
        .bias_initializer = o.bias_initializer,
    };
    return add(model, &lstm_type, o.name, &settings, err);
}

mood_status mood_model_add_dense(mood_model *model, size_t units, const mood_dense_options *options, mood_error *err) {
    mood_dense_options o = MOOD_DENSE_OPTIONS;
    if (options && options->size != sizeof o)
        return wrong_size(err, "mood_dense_options");
    if (options)
        o = *options;
    if (o.kernel_l2 != 0 || o.bias_l2 != 0)
        return refuse(err, "a Dense's l2");
    if (!o.trainable)
        return refuse(err, "trainable = false");
    if (!activation_name(o.activation))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown activation %d", (int)o.activation);
    if (units == 0)
        return no_units(err, "a Dense's units");
    struct dense_settings settings = {units, o.activation, o.use_bias, o.kernel_initializer, o.bias_initializer};
    return add(model, &dense_type, o.name, &settings, err);
}

/* ---- looking in --------------------------------------------------------------------------------- */

size_t mood_model_get_timesteps(const mood_model *model) {
    return model->T;
}

size_t mood_model_get_outputs(const mood_model *model) {
    if (model->layer_count == 0)
        return 0;
    const struct layer *last = model->layers[model->layer_count - 1];
    return *(const size_t *)((const char *)last->settings + last->type->width);
}

size_t mood_model_get_vocabulary(const mood_model *model) {
    if (model->layer_count == 0 || model->layers[0]->type != &embedding_type)
        return 0;
    return ((const struct embedding_settings *)model->layers[0]->settings)->input_dim;
}

size_t mood_model_count_params(const mood_model *model) {
    return model->param_count;
}
