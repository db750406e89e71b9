/* Freeze layers, and make them trainable. The flat buffers of a built model begin with the trainable variables
 * (build.c), so its weights move, and the optimizer is reset, as in Keras after another call of compile. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "model/context.h"

/* Includes the layers in a wrapper, as in Keras. Moving averages are never trainable. */
static void set_roles(struct layer *layer, bool trainable) {
    layer->trainable = trainable;
    for (size_t i = 0; i < LAYER_MAX_CHILDREN; i++)
        if (layer->children[i])
            set_roles(layer->children[i], trainable);
    for (size_t i = 0; i < layer->variable_count; i++)
        if (layer->variables[i].role != STATE)
            layer->variables[i].role = trainable ? TRAINABLE : FROZEN;
}

static bool has_role(const struct layer *layer, enum role role) {
    for (size_t k = 0; k < layer_count_variables(layer); k++)
        if (layer_variable(layer, k)->role == role)
            return true;
    return false;
}

bool model_has_frozen_weights(const struct mood_model *model, size_t layer) {
    return has_role(model->layers[layer], FROZEN);
}

/* Copy all weights from the model's buffer, at offsets (in the order of layers), to the new buffer. */
static mood_status copy_weights(const mood_model *model, const size_t *offsets, const struct buffer *values,
                                mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0, n = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++, n++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            status = queue_copy(model->queue, &model->values, offsets[n] * sizeof(float), values,
                                variable->offset * sizeof(float), variable->count * sizeof(float), err);
        }
    return status == MOOD_OK ? queue_finish(model->queue, err) : status;
}

/* Release everything that refers to the old offsets of the weights. */
static void release_views(mood_model *model) {
    context_destroy(model->predictor);
    context_destroy(model->shared_padding);
    model->predictor = model->shared_padding = NULL;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++) {
            struct variable *variable = layer_variable(model->layers[i], k);
            buffer_destroy(&variable->value);
            buffer_destroy(&variable->gradient);
        }
    buffer_destroy(&model->gradients);
    model->prepared = model->ready = false;
}

static mood_status restart_optimizer(mood_model *model, mood_error *err) {
    if (!model->compiled)
        return MOOD_OK;
    char *text = strdup(model->compile.optimizer);
    if (!text)
        return out_of_memory(err, "making an optimizer");
    mood_status status = mood_model_reset_optimizer(model, text, err);
    free(text);
    return status;
}

static size_t *list_offsets(const mood_model *model) {
    size_t *offsets = calloc(mood_model_count_weights(model) + 1, sizeof *offsets);
    for (size_t i = 0, n = 0; i < model->layer_count && offsets; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++)
            offsets[n++] = layer_variable(model->layers[i], k)->offset;
    return offsets;
}

/* Replace the buffer of weights by one in the order of the new roles. */
static mood_status move_weights(mood_model *model, mood_error *err) {
    struct buffer values = {0};
    size_t *offsets = list_offsets(model);
    mood_status status = offsets ? MOOD_OK : out_of_memory(err, "making a layer trainable");
    if (status == MOOD_OK)
        status = model_place_variables(model, &values, err);
    if (status == MOOD_OK)
        status = copy_weights(model, offsets, &values, err);
    free(offsets);
    if (status != MOOD_OK) {
        buffer_destroy(&values);
        return status;
    }
    release_views(model);
    buffer_destroy(&model->values);
    model->values = values;
    return model_bind_variables(model, err);
}

mood_status mood_model_set_trainable(mood_model *model, const char *name, bool trainable, mood_error *err) {
    size_t index;
    if (!model || !name)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "making a layer trainable needs a model and the name of a layer");
    mood_status status = model_find_layer(model, name, &index, err);
    if (status != MOOD_OK)
        return status;
    struct layer *layer = model->layers[index];
    bool changes = has_role(layer, trainable ? FROZEN : TRAINABLE);
    set_roles(layer, trainable);
    if (!model->built || !changes)
        return MOOD_OK;
    status = move_weights(model, err);
    return status == MOOD_OK ? restart_optimizer(model, err) : status;
}
