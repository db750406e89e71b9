/* A labelled data set in the form that a model needs. */
#include <stdlib.h>
#include <string.h>

#include "labelled.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory for the data set's rows");
}

static mood_status make_room(size_t T, struct labelled *labelled, mood_error *err) {
    size_t cells;
    labelled->T = T;
    if (__builtin_mul_overflow(labelled->n, T, &cells))
        return no_memory(err);
    labelled->x = calloc(cells ? cells : 1, sizeof *labelled->x);
    return labelled->x ? MOOD_OK : no_memory(err);
}

/* Padding is not written: calloc's zero pages take no memory, so one long text does not cost its length in all
 * rows. */
static void copy_rows(const mood_sequences *sequences, struct labelled *labelled) {
    for (size_t i = 0; i < labelled->n; i++) {
        size_t start = sequences->starts[i], count = sequences->starts[i + 1] - start;
        if (count)
            memcpy(labelled->x + i * labelled->T, sequences->ids + start, count * sizeof *labelled->x);
    }
}

/* Make rows that are as long as the longest text. */
static mood_status make_whole_rows(const mood_text *texts, const mood_tokenizer *tokenizer,
                                   mood_sequence_counts *counts, struct labelled *labelled, mood_error *err) {
    mood_sequences sequences = MOOD_SEQUENCES;
    mood_status status = mood_tokenizer_texts_to_sequences(tokenizer, texts, labelled->n, &sequences, counts, err);
    size_t longest = status == MOOD_OK ? mood_sequences_get_longest(&sequences) : 0;
    if (status == MOOD_OK)
        status = make_room(longest ? longest : 1, labelled, err);
    if (status == MOOD_OK)
        copy_rows(&sequences, labelled);
    else if (status == MOOD_ERR_MEMORY && longest)
        status = mood_error_set(err, status, MOOD_CLASS_FATAL,
                                "the longest text has %zu words, and %zu rows of that length do not fit into memory; "
                                "shorten the longest texts",
                                longest, labelled->n);
    mood_sequences_free(&sequences);
    return status;
}

static mood_status make_rows(const mood_text *texts, const mood_recipe *recipe, size_t T, mood_sequence_counts *counts,
                             struct labelled *labelled, mood_error *err) {
    if (T == 0)
        return make_whole_rows(texts, recipe->tokenizer, counts, labelled, err);
    mood_status status = make_room(T, labelled, err);
    if (status != MOOD_OK)
        return status;
    return mood_tokenizer_padded(recipe->tokenizer, texts, labelled->n, T, recipe->padding, recipe->truncating,
                                 labelled->x, counts, err);
}

static void copy_labels(const mood_dataset *dataset, struct labelled *labelled) {
    const float *targets = mood_dataset_get_targets(dataset), *soft = mood_dataset_get_probabilities(dataset);
    const int32_t *classes = mood_dataset_get_classes(dataset);
    size_t O = labelled->O;
    for (size_t i = 0; i < labelled->n * O; i++)
        labelled->y[i] = targets ? targets[i] : soft && O == 1 ? soft[2 * i + 1] : soft ? soft[i] : (float)classes[i];
}

mood_status labelled_create(const mood_dataset *dataset, const mood_recipe *recipe, size_t T, struct labelled *labelled,
                            mood_error *err) {
    const float *targets = mood_dataset_get_targets(dataset);
    const float *soft = mood_dataset_get_probabilities(dataset);
    size_t n = mood_dataset_get_count(dataset), K = mood_dataset_get_class_count(dataset);
    size_t O = targets || (soft && K > 2) ? K : 1;
    *labelled = (struct labelled){.n = n, .O = O, .soft = soft};
    labelled->y = calloc(n ? n : 1, O * sizeof *labelled->y);
    mood_sequence_counts *counts = calloc(n ? n : 1, sizeof *counts);
    if (!labelled->y || !counts) {
        free(counts);
        labelled_destroy(labelled);
        return no_memory(err);
    }
    copy_labels(dataset, labelled);
    mood_status status = make_rows(mood_dataset_get_texts(dataset), recipe, T, counts, labelled, err);
    if (status == MOOD_OK)
        word_counts_add(&labelled->words, counts, n);
    else
        labelled_destroy(labelled);
    free(counts);
    return status;
}

mood_status labelled_separator(const struct labelled_source *source, const mood_head *head, char *separator,
                               mood_error *err) {
    *separator = !head->multi_label ? '\0' : source->options.label_separator ? source->options.label_separator : '|';
    if (source->options.label_separator && !head->multi_label)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--label-separator is for a model that gives a text several labels; this one gives each "
                              "text one of %zu",
                              head->labels);
    return MOOD_OK;
}

mood_status labelled_open(const struct common *common, const struct labelled_source *source, const mood_head *head,
                          const mood_recipe *recipe, mood_dataset **dataset, mood_error *err) {
    if (!recipe || !recipe->tokenizer)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "the model's file has no tokenizer (Keras drops it when it saves); give "
                              "Keras's tokenizer, as tokenizer.to_json() returned it or pickled, with --tokenizer "
                              "FILE, or write it into the file with mood "
                              "recipe");
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    data_options_apply(&source->options, &options);
    if (!data_options_compare(&source->options))
        options.positive = NULL; /* the model determines it */
    options.labels = (const char *const *)recipe->labels;
    options.label_count = recipe->label_count;
    mood_status status = labelled_separator(source, head, &options.label_separator, err);
    if (status == MOOD_OK)
        status = mood_dataset_open(source->path, &options, dataset, err);
    if (status == MOOD_OK)
        print_data_notes(common, source->path, &source->options, *dataset);
    return status;
}

mood_status labelled_read(const struct common *common, const struct labelled_source *source, const mood_head *head,
                          const mood_model *model, const mood_recipe *recipe, struct labelled *labelled,
                          mood_error *err) {
    mood_dataset *dataset = NULL;
    mood_status status = labelled_open(common, source, head, recipe, &dataset, err);
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

/* The probability of the second class as a row of two. */
static float *make_pairs(const struct labelled *labelled) {
    float *rows = calloc(labelled->n ? labelled->n : 1, 2 * sizeof *rows);
    for (size_t i = 0; rows && i < labelled->n; i++) {
        rows[2 * i] = 1 - labelled->y[i];
        rows[2 * i + 1] = labelled->y[i];
    }
    return rows;
}

const float *labelled_targets(const struct labelled *labelled, const mood_model *model, float **made) {
    size_t L = mood_model_get_label_width(model);
    *made = NULL;
    if (L == labelled->O)
        return labelled->y;
    return *made = labelled->soft ? make_pairs(labelled) : labelled_one_hot(labelled, L);
}

const char *head_loss(const mood_head *head) {
    bool logits = head->activation != MOOD_LINEAR;
    if (head->outputs == 1 || head->multi_label)
        return logits ? "BinaryCrossentropy(from_logits=True)" : "binary_crossentropy";
    return logits ? "SparseCategoricalCrossentropy(from_logits=True)" : "sparse_categorical_crossentropy";
}

mood_status compile_by_head(mood_model *model, const mood_head *head, mood_error *err) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    if (!head->probabilities)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "the model can't be trained: its scores are not probabilities, which a cross-entropy "
                              "needs");
    options.loss = head_loss(head);
    return mood_model_compile(model, &options, err);
}
