/* Reads the rows of a training and checks that each label has some. */
#include <math.h>
#include <stdlib.h>

#include "training_parts.h"

size_t training_rows(const struct training *training) {
    size_t n = mood_dataset_get_count(training->data);
    double split = training->arguments->validation ? 0.0 : training->arguments->validation_split;
    return split > 0.0 ? (size_t)floor((double)n * (1.0 - split)) : n;
}

bool training_validates(const struct training *training) {
    return training->validation_data || training_rows(training) < mood_dataset_get_count(training->data);
}

static mood_status open_data(const struct training *training, const char *path, const char *const *labels,
                             size_t label_count, mood_dataset **data, mood_error *err) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    data_options_apply(&training->arguments->reading, &options);
    options.drop_empty_texts = true;
    options.label_separator = training->separator;
    options.labels = labels;
    options.label_count = label_count;
    if (labels && !data_options_compare(&training->arguments->reading))
        options.positive = NULL; /* the resumed model determines it */
    mood_status status = mood_dataset_open(path, &options, data, err);
    if (status == MOOD_OK)
        print_data_notes(&training->arguments->common, path, &training->arguments->reading, *data);
    return status;
}

/* Count the rows of each class [class_count] among the first n_train. */
static void count_classes(const mood_dataset *data, size_t n_train, size_t *rows) {
    const float *targets = mood_dataset_get_targets(data);
    const int32_t *classes = mood_dataset_get_classes(data);
    size_t K = mood_dataset_get_class_count(data);
    for (size_t i = 0; i < n_train; i++) {
        if (classes)
            rows[classes[i]]++;
        for (size_t k = 0; targets && k < K; k++)
            rows[k] += targets[i * K + k] != 0.0f;
    }
}

/* Put the rows of one fold at the end. The split then has exactly these rows. */
static mood_status order_fold(const struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    size_t rows = 0, n = mood_dataset_get_count(training->data);
    mood_status status =
        mood_dataset_fold(training->data, arguments->folds, arguments->fold, arguments->seed, &rows, err);
    if (status == MOOD_OK && rows == 0)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: %zu rows are too few for %zu folds; add rows, or use a smaller --folds",
                              arguments->data, n, arguments->folds);
    arguments->validation_split = ((double)rows - 0.5) / (double)n; /* rounding can't change the number of rows */
    return status;
}

/* Put the rows of the validation split at the end. */
static mood_status order_rows(const struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    if (arguments->folds)
        return order_fold(training, err);
    if (arguments->last_rows || arguments->validation || arguments->validation_split == 0.0)
        return MOOD_OK;
    return mood_dataset_stratify(training->data, arguments->validation_split, arguments->seed, err);
}

static mood_status refuse_untrained(const struct training *training, const char *label, size_t validation,
                                    mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          training->arguments->last_rows
                              ? "%s: no row with the label '%s' is left for training, because the last %zu rows are "
                                "used for validation; use --validation-split-mode stratified"
                              : "%s: no row with the label '%s' is left for training, because %zu rows are used for "
                                "validation; add rows with it, or use a smaller --validation-split",
                          training->arguments->data, label, validation);
}

static void note_not_validated(const struct training *training, const char *label, size_t rows, size_t validation) {
    const struct common *common = &training->arguments->common;
    if (training->arguments->last_rows)
        print_note(common,
                   "mood: none of the last %zu rows, which are used for validation, has the label '%s'; if the file is "
                   "sorted, use --validation-split-mode stratified, otherwise the validation figures mean nothing",
                   validation, label);
    else
        print_note(common,
                   "mood: none of the %zu rows for validation has the label '%s': the file has %zu row%s with it",
                   validation, label, rows, rows == 1 ? "" : "s");
}

/* One label's rows: all, and those for training. */
static mood_status check_class(const struct training *training, const char *label, size_t rows, size_t trained,
                               mood_error *err) {
    size_t validation = mood_dataset_get_count(training->data) - training_rows(training);
    if (rows == 0 && training->resumed)
        return MOOD_OK; /* a label of the resumed model; this file need not contain it */
    if (rows == 0)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: no row has the label '%s' of --labels",
                              training->arguments->data, label);
    if (trained == 0)
        return refuse_untrained(training, label, validation, err);
    if (trained == rows && validation > 0)
        note_not_validated(training, label, rows, validation);
    return MOOD_OK;
}

/* Each class must have rows for training: the validation split must not contain all of them. */
static mood_status check_classes(const struct training *training, mood_error *err) {
    const mood_dataset *data = training->data;
    size_t n = mood_dataset_get_count(data), n_train = training_rows(training);
    if (n_train == 0 ||
        (n_train == n && training->arguments->validation_split > 0.0 && !training->arguments->validation))
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: %zu rows can't be split for validation; add rows, or use --validation-split 0",
                              training->arguments->data, n);
    if (training->soft)
        return MOOD_OK; /* each row is of all classes */
    size_t *trained = calloc(mood_dataset_get_class_count(data), sizeof *trained);
    if (!trained)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    count_classes(data, n_train, trained);
    mood_status status = MOOD_OK;
    for (size_t k = 0; k < mood_dataset_get_class_count(data) && status == MOOD_OK; k++)
        status = check_class(training, mood_dataset_get_label(data, k), mood_dataset_get_class_rows(data, k),
                             trained[k], err);
    free(trained);
    return status;
}

mood_status training_read_data(struct training *training, mood_error *err) {
    const mood_recipe *resumed = training->resumed;
    const mood_recipe_options *given = &training->arguments->recipe.options;
    mood_status status = open_data(training, training->arguments->data,
                                   resumed ? (const char *const *)resumed->labels : given->labels,
                                   resumed ? resumed->label_count : given->label_count, &training->data, err);
    if (status)
        return status;
    if (mood_dataset_get_targets(training->data) && !training->separator)
        training->separator = '|'; /* a file in fastText's format whose lines have several labels */
    training->soft = mood_dataset_get_probabilities(training->data);
    training->sorted = data_is_sorted(training->data);
    status = order_rows(training, err);
    if (status == MOOD_OK)
        status = check_classes(training, err);
    if (status || !training->arguments->validation)
        return status;
    size_t classes = mood_dataset_get_class_count(training->data);
    const char **labels = calloc(classes, sizeof *labels);
    if (!labels)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t k = 0; k < classes; k++)
        labels[k] = mood_dataset_get_label(training->data, k);
    status = open_data(training, training->arguments->validation, labels, classes, &training->validation_data, err);
    free(labels);
    return status;
}
