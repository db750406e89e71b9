/* --from: the base model, whose words and recurrent layer initialize a new model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_model.h"
#include "shipped.h"

enum { WEIGHTS = 6 }; /* of a Bidirectional LSTM: kernel, recurrent kernel and bias of both directions */

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* The indices of a layer's weights; returns their number, of which at most `most` are written. */
static size_t find_weights(const mood_model *model, const char *layer, size_t *indices, size_t most) {
    size_t found = 0;
    mood_weight_info info;
    for (size_t i = 0; i < mood_model_count_weights(model); i++)
        if (mood_model_weight_info(model, i, &info, NULL) == MOOD_OK && strcmp(info.layer, layer) == 0) {
            if (found < most)
                indices[found] = i;
            found++;
        }
    return found;
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static mood_status read_shapes(struct base_model *base, mood_error *err) {
    size_t embedding, states[WEIGHTS];
    mood_weight_info words = {0}, kernel = {0}, recurrent = {0};
    if (base->recipe && base->recipe->tokenizer && find_weights(base->model, "words", &embedding, 1) == 1 &&
        find_weights(base->model, "states", states, WEIGHTS) == WEIGHTS &&
        mood_model_weight_info(base->model, embedding, &words, err) == MOOD_OK &&
        mood_model_weight_info(base->model, states[0], &kernel, err) == MOOD_OK &&
        mood_model_weight_info(base->model, states[1], &recurrent, err) == MOOD_OK && words.rank == 2 &&
        recurrent.rank == 2 && recurrent.shape[1] == 4 * recurrent.shape[0] && kernel.shape[0] == words.shape[1] &&
        kernel.shape[1] == recurrent.shape[1]) {
        base->rows = words.shape[0];
        base->dim = words.shape[1];
        base->units = recurrent.shape[0];
        base->frozen = !words.trainable;
        return MOOD_OK;
    }
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                          "%s: --from needs a model that mood fit has made with --preset auto: with a tokenizer, an "
                          "Embedding named words and a Bidirectional LSTM named states; to continue the training "
                          "of another model, use --resume",
                          base->path);
}

mood_status base_model_open(struct base_model *base, const char *name, mood_device *device, mood_error *err) {
    base->path = model_path(name);
    if (!base->path)
        return no_memory(err);
    mood_status status = mood_model_load(device, base->path, NULL, &base->model, &base->recipe, err);
    return status == MOOD_OK ? read_shapes(base, err) : status;
}

void base_model_close(struct base_model *base) {
    mood_model_destroy(base->model);
    mood_recipe_destroy(base->recipe);
    free(base->path);
    *base = (struct base_model){0};
}

/* ---- words -------------------------------------------------------------------------------------------- */

mood_status base_model_add_words(const struct base_model *base, mood_tokenizer *tokenizer, size_t *added,
                                 mood_error *err) {
    mood_text *words = calloc(base->rows, sizeof *words);
    size_t count = 0;
    if (!words)
        return no_memory(err);
    for (size_t id = 1; id < base->rows; id++) {
        mood_text word = mood_tokenizer_get_word(base->recipe->tokenizer, (int32_t)id);
        if (word.size)
            words[count++] = word;
    }
    mood_status status = mood_tokenizer_add_words(tokenizer, words, count, added, err);
    free(words);
    return status;
}

/* The row of a word in the base model's Embedding; 0: none. */
static size_t row_of(const struct base_model *base, mood_text word) {
    int32_t id = word.size ? mood_tokenizer_get_index(base->recipe->tokenizer, word) : 0;
    return id > 0 && (size_t)id < base->rows ? (size_t)id : 0;
}

mood_status base_model_fill_vectors(const struct base_model *base, const mood_tokenizer *tokenizer, size_t rows,
                                    struct vectors *vectors, mood_error *err) {
    size_t embedding, dim = base->dim, count = base->rows * dim;
    if (vectors->values && vectors->dim != dim)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: its vectors have %zu numbers, but those of %s have %zu; use --vectors none",
                              vectors->path, vectors->dim, base->path, dim);
    if (!vectors->values)
        vectors_make(vectors, base->path, rows, dim);
    float *values = malloc(count * sizeof *values);
    mood_status status = MOOD_OK;
    if (!values || !vectors->values || find_weights(base->model, "words", &embedding, 1) != 1)
        status = no_memory(err);
    if (status == MOOD_OK)
        status = mood_model_get_weight(base->model, embedding, values, count, err);
    for (size_t id = 1; id < rows && status == MOOD_OK; id++) {
        size_t row = row_of(base, mood_tokenizer_get_word(tokenizer, (int32_t)id));
        if (row)
            memcpy(vectors->values + id * dim, values + row * dim, dim * sizeof *values);
    }
    free(values);
    return status;
}

/* ---- recurrent layer ---------------------------------------------------------------------------------- */

static mood_status copy_weight(const mood_model *from, size_t source, mood_model *to, size_t target, mood_error *err) {
    mood_weight_info info;
    mood_status status = mood_model_weight_info(from, source, &info, err);
    float *values = status == MOOD_OK ? malloc(info.count * sizeof *values) : NULL;
    if (status == MOOD_OK && !values)
        status = no_memory(err);
    if (status == MOOD_OK)
        status = mood_model_get_weight(from, source, values, info.count, err);
    if (status == MOOD_OK)
        status = mood_model_set_weight(to, target, values, info.count, err);
    free(values);
    return status;
}

mood_status base_model_copy_states(const struct base_model *base, mood_model *model, mood_error *err) {
    size_t sources[WEIGHTS], targets[WEIGHTS];
    mood_status status = MOOD_OK;
    if (find_weights(base->model, "states", sources, WEIGHTS) != WEIGHTS ||
        find_weights(model, "states", targets, WEIGHTS) != WEIGHTS)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "%s: no recurrent layer to copy", base->path);
    for (size_t i = 0; i < WEIGHTS && status == MOOD_OK; i++)
        status = copy_weight(base->model, sources[i], model, targets[i], err);
    return status;
}
