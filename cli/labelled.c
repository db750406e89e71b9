/* A labelled data set as a model reads it. */
#include <stdlib.h>

#include "labelled.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory for the data set's rows");
}

mood_status labelled_create(const mood_dataset *dataset, const mood_recipe *recipe, size_t T,
                            struct labelled *labelled, mood_error *err) {
    size_t n = mood_dataset_get_count(dataset), cells;
    *labelled = (struct labelled){.n = n, .T = T};
    if (__builtin_mul_overflow(n, T, &cells))
        return no_memory(err);
    labelled->x = calloc(cells ? cells : 1, sizeof *labelled->x);
    labelled->y = calloc(n ? n : 1, sizeof *labelled->y);
    mood_sequence_counts *counts = calloc(n ? n : 1, sizeof *counts);
    if (!labelled->x || !labelled->y || !counts) {
        free(counts);
        labelled_destroy(labelled);
        return no_memory(err);
    }
    const int32_t *classes = mood_dataset_get_classes(dataset);
    for (size_t i = 0; i < n; i++)
        labelled->y[i] = (float)classes[i];
    mood_status status = mood_tokenizer_padded(recipe->tokenizer, mood_dataset_get_texts(dataset), n, T,
                                               recipe->padding, recipe->truncating, labelled->x, counts, err);
    if (status == MOOD_OK)
        word_counts_add(&labelled->words, counts, n);
    else
        labelled_destroy(labelled);
    free(counts);
    return status;
}

mood_status labelled_open(const char *path, const char *text_column, const char *label_column,
                          const mood_recipe *recipe, mood_dataset **dataset, mood_error *err) {
    if (!recipe || !recipe->tokenizer)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "the model's file has no tokenizer (Keras drops it when it saves); give the JSON that "
                              "tokenizer.to_json() returned with --tokenizer FILE, or write it into the file with mood "
                              "recipe");
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    if (text_column)
        options.text_column = text_column;
    if (label_column)
        options.label_column = label_column;
    options.labels = (const char *const *)recipe->labels;
    options.label_count = recipe->label_count;
    return mood_dataset_open(path, &options, dataset, err);
}

mood_status labelled_read(const char *path, const char *text_column, const char *label_column,
                          const mood_model *model, const mood_recipe *recipe, struct labelled *labelled,
                          mood_error *err) {
    mood_dataset *dataset = NULL;
    mood_status status = labelled_open(path, text_column, label_column, recipe, &dataset, err);
    if (status == MOOD_OK)
        status = labelled_create(dataset, recipe, mood_model_get_timesteps(model), labelled, err);
    mood_dataset_destroy(dataset);
    return status;
}

void labelled_destroy(struct labelled *labelled) {
    free(labelled->x);
    free(labelled->y);
    *labelled = (struct labelled){0};
}

float *labelled_one_hot(const struct labelled *labelled, size_t classes) {
    float *rows = calloc(labelled->n ? labelled->n : 1, classes * sizeof *rows);
    for (size_t i = 0; rows && i < labelled->n; i++)
        rows[i * classes + (size_t)labelled->y[i]] = 1.0f;
    return rows;
}

mood_status compile_by_outputs(mood_model *model, mood_error *err) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    if (mood_model_get_outputs(model) > 1)
        options.loss = MOOD_SPARSE_CATEGORICAL_CROSSENTROPY;
    return mood_model_compile(model, &options, err);
}
