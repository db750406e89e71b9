/* The words that a Masking layer masks. */
#include <stdlib.h>

#include "base/errors.h"
#include "model/masked_words.h"

static size_t count_users(const struct mood_model *model, size_t layer) {
    size_t count = 0;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < model->layers[i]->source_count; k++)
            count += model->layers[i]->sources[k] == layer;
    return count;
}

/* Keras computes the mask from the values of any sequence. mood determines it from the ids, before the forward pass, so
 * Masking must follow the Embedding. */
static mood_status check_place(const struct mood_model *model, const struct layer *masking, mood_error *err) {
    if (masking->source_count == 1 && masking->sources[0] == 0 && model->layers[0]->in.kind == SHAPE_IDS &&
        count_users(model, 0) == 1)
        return MOOD_OK;
    return unsupported(
        err,
        "layer %s: Masking is supported only as the layer after the Embedding, and only if no other layer "
        "takes the Embedding's output",
        masking->name);
}

mood_status masked_words_create(struct mood_model *model, mood_error *err) {
    free(model->masked_words);
    model->masked_words = NULL;
    for (size_t i = 0; i < model->layer_count; i++)
        model->layers[i]->masks_zero_vectors = false;
    for (size_t i = 0; i < model->layer_count; i++) {
        if (!(layer_traits(model->layers[i]) & MASKS_ZERO_VECTORS))
            continue;
        mood_status status = check_place(model, model->layers[i], err);
        if (status != MOOD_OK)
            return status;
        model->layers[0]->masks_zero_vectors = true;
        model->masked_words = calloc(model->layers[0]->variables[0].dims[0] + 1, sizeof *model->masked_words);
        if (!model->masked_words)
            return out_of_memory(err, "building a model");
    }
    return MOOD_OK;
}

static bool is_zero(const float *vector, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (vector[i] != 0)
            return false;
    return true;
}

mood_status masked_words_update(struct mood_model *model, mood_error *err) {
    if (!model->masked_words)
        return MOOD_OK;
    const struct variable *embeddings = &model->layers[0]->variables[0];
    size_t V = embeddings->dims[0], E = embeddings->dims[1];
    float *values = malloc(embeddings->count * sizeof *values);
    if (!values)
        return out_of_memory(err, "finding the masked words");
    mood_status status =
        queue_read(model->queue, &embeddings->value, 0, values, embeddings->count * sizeof *values, err);
    for (size_t word = 0; word < V && status == MOOD_OK; word++)
        model->masked_words[word] = is_zero(values + word * E, E);
    free(values);
    return status;
}

mood_status masked_words_update_training(struct mood_model *model, mood_error *err) {
    bool trained = model->masked_words && model->layers[0]->variables[0].role == TRAINABLE;
    return trained ? masked_words_update(model, err) : MOOD_OK;
}
