/* A copy of a model for gradients of its outputs by its input. */
#include <stdlib.h>

#include "base/errors.h"
#include "model/copy.h"

/* ---- layers --------------------------------------------------------------------------------------- */

static void set_zero(struct layer *layer, const char *key) {
    const struct field *field = layer_type_field(layer->type, key);
    if (field && field->kind == FIELD_FLOAT)
        *(float *)((char *)layer->settings + field->offset) = 0;
}

static mood_status copy_layer(const struct layer *layer, struct layer **copy, mood_error *err) {
    mood_status status = layer_copy(layer, copy, err);
    if (status != MOOD_OK)
        return status;
    (*copy)->trainable = false;
    (*copy)->given_mask = layer->given_mask;
    set_zero(*copy, "dropout");
    set_zero(*copy, "recurrent_dropout");
    for (size_t i = 0; i < LAYER_MAX_CHILDREN && status == MOOD_OK; i++)
        if (layer->children[i])
            status = copy_layer(layer->children[i], &(*copy)->children[i], err);
    if (status != MOOD_OK) {
        layer_destroy(*copy);
        *copy = NULL;
    }
    return status;
}

static mood_status copy_layers(const struct mood_model *model, struct mood_model *copy, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++) {
        struct layer *layer;
        status = copy_layer(model->layers[i], &layer, err);
        if (status == MOOD_OK)
            status = model_append(copy, layer, model->layers[i]->sources, model->layers[i]->source_count, err);
    }
    return status;
}

/* ---- the input, the weights ------------------------------------------------------------------------ */

static mood_status copy_input(const struct mood_model *model, struct mood_model *copy, mood_error *err) {
    const struct ngram_input *ngrams = model->ngrams;
    const struct bag *bag = &model->bag;
    if (ngrams)
        return ngrams_create(ngrams->grams, ngrams->rows, ngrams->bag.V, ngrams->row_count, ngrams->bag.mode,
                             &copy->ngrams, err);
    copy->bag = (struct bag){.V = bag->V, .first = bag->first, .unit = bag->unit};
    return bag->V ? bag_set(&copy->bag, bag->mode, bag->idf, err) : MOOD_OK;
}

/* The copy reads through its own queue: the model's may be in use by another thread. */
static mood_status copy_weights(const struct mood_model *model, struct mood_model *copy, mood_error *err) {
    float *values = malloc((model->flat_count + 1) * sizeof *values);
    if (!values)
        return out_of_memory(err, "copying a model");
    mood_status status = queue_read(copy->queue, &model->values, 0, values, model->flat_count * sizeof *values, err);
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++)
            status = model_write(copy, MODEL_VALUES, layer_variable(copy->layers[i], k),
                                 values + layer_variable(model->layers[i], k)->offset, err);
    free(values);
    return status;
}

static mood_status fill(const struct mood_model *model, struct mood_model *copy, mood_error *err) {
    copy->deterministic = true;
    mood_status status = copy_input(model, copy, err);
    if (status == MOOD_OK)
        status = copy_layers(model, copy, err);
    if (status == MOOD_OK)
        status = model_build_empty(copy, model->bag.V ? 0 : model->T, err);
    copy->shares_padding = false;
    if (status == MOOD_OK)
        status = copy_weights(model, copy, err);
    return status == MOOD_OK ? model_make_gradients(copy, err) : status; /* the layers prepare backward passes */
}

mood_status model_copy_deterministic(const struct mood_model *model, struct mood_model **created, mood_error *err) {
    struct mood_model *copy;
    *created = NULL;
    mood_status status = mood_model_create(model->device, &copy, err);
    if (status == MOOD_OK)
        status = fill(model, copy, err);
    if (status != MOOD_OK) {
        mood_model_destroy(copy);
        return status;
    }
    *created = copy;
    return MOOD_OK;
}
