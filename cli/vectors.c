/* Pre-trained word vectors for the Embedding of a new model. */
#include <stdlib.h>

#include "vectors.h"

mood_status vectors_read(struct vectors *vectors, const char *path, const mood_tokenizer *tokenizer, size_t rows,
                         mood_error *err) {
    *vectors = (struct vectors){.path = path, .rows = rows, .spellings = malloc(rows)};
    if (!vectors->spellings)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = mood_tokenizer_read_vectors(tokenizer, path, rows, &vectors->values, &vectors->dim,
                                                     vectors->spellings, &vectors->found, err);
    for (size_t i = 0; i < rows && status == MOOD_OK; i++)
        vectors->other_spellings += vectors->spellings[i] == MOOD_SPELLING_OTHER;
    return status;
}

mood_status vectors_reject(const struct vectors *vectors, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "%s: no word of the training texts has a vector; use vectors of the texts' language",
                          vectors->path);
}

double vectors_coverage(const struct vectors *vectors, const mood_tokenizer *tokenizer, uint64_t occurrences) {
    uint64_t found = 0;
    for (size_t id = 1; id < vectors->rows; id++) {
        mood_text word = mood_tokenizer_get_word(tokenizer, (int32_t)id);
        if (word.data && vectors->spellings[id] != MOOD_SPELLING_NONE)
            found += mood_tokenizer_get_word_count(tokenizer, word);
    }
    return occurrences ? (double)found / (double)occurrences : 0;
}

void vectors_make(struct vectors *vectors, const char *path, size_t rows, size_t dim) {
    *vectors = (struct vectors){.path = path, .rows = rows, .dim = dim, .made = true};
    vectors->values = calloc(rows, dim * sizeof *vectors->values);
}

/* Free the values only; spellings and dim stay. */
static void free_values(struct vectors *vectors) {
    if (vectors->made)
        free(vectors->values);
    else
        mood_free(vectors->values);
    vectors->values = NULL;
}

void vectors_free(struct vectors *vectors) {
    free_values(vectors);
    free(vectors->spellings);
    *vectors = (struct vectors){0};
}

mood_status vectors_freeze(const struct vectors *vectors, mood_model *model, bool freeze, mood_error *err) {
    mood_weight_info info;
    if (vectors->dim == 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--freeze-vectors: the model has no word vectors; use --vectors FILE, or remove "
                              "the option");
    mood_status status = mood_model_weight_info(model, 0, &info, err);
    return status == MOOD_OK ? mood_model_set_trainable(model, info.layer, !freeze, err) : status;
}

mood_status vectors_store(struct vectors *vectors, mood_model *model, mood_error *err) {
    mood_weight_info info;
    if (!vectors->values)
        return MOOD_OK;
    mood_status status = mood_model_weight_info(model, 0, &info, err);
    if (status != MOOD_OK)
        return status;
    size_t dim = info.count / vectors->rows;
    if (dim != vectors->dim)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: its vectors have %zu numbers, but the Embedding has %zu; use embedding:%zu",
                              vectors->path, vectors->dim, dim, vectors->dim);
    status = mood_model_set_weight(model, 0, vectors->values, info.count, err);
    free_values(vectors);
    return status;
}
