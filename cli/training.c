/* From a CSV file to a model that is ready to be trained. */
#include <math.h>
#include <stdlib.h>

#include "fit.h"

/* ---- data -------------------------------------------------------------------------------------------- */

size_t training_rows(const struct training *training) {
    size_t n = mood_dataset_get_count(training->data);
    double split = training->arguments->validation ? 0.0 : training->arguments->validation_split;
    return split > 0.0 ? (size_t)floor((double)n * (1.0 - split)) : n;
}

static mood_status open_data(const struct training *training, const char *path, const char *const *labels,
                             size_t label_count, mood_dataset **data, mood_error *err) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    if (training->arguments->text)
        options.text_column = training->arguments->text;
    if (training->arguments->label)
        options.label_column = training->arguments->label;
    options.positive = training->arguments->positive;
    options.labels = labels;
    options.label_count = label_count;
    if (labels)
        options.positive = NULL; /* the model has decided */
    return mood_dataset_open(path, &options, data, err);
}

/* What is held back must not take all rows of a class away. */
static mood_status check_classes(const struct training *training, mood_error *err) {
    const mood_dataset *data = training->data;
    const int32_t *classes = mood_dataset_get_classes(data);
    size_t n = mood_dataset_get_count(data), n_train = training_rows(training);
    if (n_train == 0 || (n_train == n && training->arguments->validation_split > 0.0 &&
                         !training->arguments->validation))
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: %zu rows can't be split for validation; add rows, or --validation-split 0",
                              training->arguments->data, n);
    for (size_t k = 0; k < mood_dataset_get_class_count(data); k++) {
        const char *label = mood_dataset_get_label(data, k);
        size_t rows = mood_dataset_get_class_rows(data, k), trained = 0;
        if (rows == 0 && training->resumed)
            continue; /* a label that the model knows; this file may do without */
        for (size_t i = 0; i < n_train; i++)
            trained += classes[i] == (int32_t)k;
        if (trained == 0)
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                  "%s: no row with the label '%s' is left to train on, as the last %zu rows are held "
                                  "back for validation; shuffle the file, or say --validation-split 0",
                                  training->arguments->data, label, n - n_train);
        if (trained == rows && n_train < n)
            print_note(&training->arguments->common,
                       "mood: none of the last %zu rows, held back for validation, has the label '%s': is the file "
                       "sorted? Shuffle it for figures that mean something", n - n_train, label);
    }
    return MOOD_OK;
}

static mood_status read_data(struct training *training, mood_error *err) {
    const mood_recipe *resumed = training->resumed;
    mood_status status = open_data(training, training->arguments->data,
                                   resumed ? (const char *const *)resumed->labels : NULL,
                                   resumed ? resumed->label_count : 0, &training->data, err);
    if (status)
        return status;
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

/* ---- recipe ------------------------------------------------------------------------------------------ */

/* The words of the rows that are trained on, and of no others: validation should meet strangers. */
static mood_status learn_words(struct training *training, mood_error *err) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = training->arguments->num_words;
    mood_status status = mood_tokenizer_create(&options, &training->words, err);
    if (status == MOOD_OK)
        status = mood_tokenizer_fit(training->words, mood_dataset_get_texts(training->data), training_rows(training),
                                    err);
    if (status == MOOD_OK && mood_tokenizer_count_words(training->words) == 0)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: the texts have no words",
                                training->arguments->data);
    return status;
}

static mood_status make_recipe(struct training *training, mood_error *err) {
    mood_recipe recipe = MOOD_RECIPE;
    const mood_recipe *resumed = training->resumed;
    size_t classes = mood_dataset_get_class_count(training->data);
    if (resumed) {
        recipe.padding = resumed->padding;
        recipe.truncating = resumed->truncating;
    } else {
        mood_status status = learn_words(training, err);
        if (status)
            return status;
    }
    recipe.tokenizer = resumed ? resumed->tokenizer : training->words;
    recipe.data_digest = (char *)mood_dataset_get_digest(training->data);
    training->recipe = recipe;
    training->recipe.labels = calloc(classes, sizeof *recipe.labels);
    if (!training->recipe.labels)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    training->recipe.label_count = classes;
    for (size_t k = 0; k < classes; k++)
        training->recipe.labels[k] = (char *)(resumed ? resumed->labels[k] : mood_dataset_get_label(training->data, k));
    return check_texts_create(recipe.tokenizer, &training->recipe.check_texts, &training->recipe.check_count, err);
}

/* ---- model ------------------------------------------------------------------------------------------- */

/* --loss, else what the labels and the last layer ask for. */
static mood_loss choose_loss(const struct training *training, size_t classes) {
    const struct fit_arguments *arguments = training->arguments;
    if (arguments->loss_given)
        return arguments->loss;
    const struct architecture *layers = &arguments->layers;
    bool softmax = arguments->layers_given && layers->layers[layers->count - 1].activation == MOOD_SOFTMAX;
    return classes == 2 && !softmax ? MOOD_BINARY_CROSSENTROPY : MOOD_SPARSE_CATEGORICAL_CROSSENTROPY;
}

static mood_status build_model(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    size_t classes = training->recipe.label_count;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    compile.loss = choose_loss(training, classes);
    compile.learning_rate = arguments->learning_rate;
    size_t wanted = compile.loss == MOOD_BINARY_CROSSENTROPY ? 1 : classes;
    if (wanted == 1 && classes != 2)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "binary_crossentropy tells two labels apart, and %s has %zu", arguments->data, classes);

    struct architecture layers = arguments->layers;
    if (!arguments->layers_given)
        architecture_article(&layers, wanted);
    size_t last = layers.layers[layers.count - 1].units;
    if (last != wanted)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--layers: the last layer has %zu unit%s where %zu labels want dense:%zu:%s", last,
                              last == 1 ? "" : "s", classes, wanted, wanted == 1 ? "sigmoid" : "softmax");
    size_t words = arguments->num_words ? arguments->num_words : mood_tokenizer_count_words(training->words) + 1;
    mood_status status = mood_model_create(training->device, &training->model, err);
    if (status == MOOD_OK)
        status = architecture_add(&layers, words, training->model, err);
    if (status == MOOD_OK)
        status = mood_model_build(training->model, arguments->maxlen, arguments->seed, err);
    if (status == MOOD_OK)
        status = mood_model_compile(training->model, &compile, err);
    if (status == MOOD_OK && compile.loss == MOOD_CATEGORICAL_CROSSENTROPY)
        training->outputs = classes;
    return status;
}

static mood_status load_model(struct training *training, mood_error *err) {
    const char *path = training->arguments->resume;
    mood_status status = mood_model_load(training->device, path, &training->model, &training->resumed, err);
    if (status == MOOD_OK && !training->resumed)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                "%s has no tokenizer and no labels, so training can't go on from texts", path);
    return status;
}

/* How a loaded model wants its labels, which only its loss knows: class numbers, or one-hot rows. A model that
 * was saved without a loss is given the usual one. */
static mood_status ask_outputs(struct training *training, mood_error *err) {
    const struct labelled *rows = &training->train;
    mood_metrics ignored;
    mood_status status = mood_model_evaluate(training->model, rows->x, 1, rows->T, rows->y, 1, 1, &ignored, err);
    if (status == MOOD_ERR_SHAPE)
        training->outputs = training->recipe.label_count;
    else if (status == MOOD_ERR_STATE)
        return compile_by_outputs(training->model, err);
    return status == MOOD_ERR_SHAPE ? MOOD_OK : status;
}

static mood_status make_rows(struct training *training, mood_error *err) {
    size_t T = mood_model_get_timesteps(training->model), classes = training->recipe.label_count;
    mood_status status = labelled_create(training->data, &training->recipe, T, &training->train, err);
    if (status == MOOD_OK && training->resumed)
        status = ask_outputs(training, err);
    if (status == MOOD_OK && training->validation_data)
        status = labelled_create(training->validation_data, &training->recipe, T, &training->validation, err);
    if (status || training->outputs == 1)
        return status;
    training->y = labelled_one_hot(&training->train, classes);
    training->y_validation = labelled_one_hot(&training->validation, classes);
    if (!training->y || !training->y_validation)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_OK;
}

mood_status training_prepare(struct training *training, mood_error *err) {
    training->outputs = 1;
    mood_status status = open_device(&training->arguments->common, &training->device, err);
    if (status == MOOD_OK && training->arguments->resume)
        status = load_model(training, err);
    if (status == MOOD_OK)
        status = read_data(training, err);
    if (status == MOOD_OK)
        status = make_recipe(training, err);
    if (status == MOOD_OK && !training->arguments->resume)
        status = build_model(training, err);
    if (status == MOOD_OK)
        status = make_rows(training, err);
    return status;
}

void training_destroy(struct training *training) {
    free(training->y);
    free(training->y_validation);
    labelled_destroy(&training->train);
    labelled_destroy(&training->validation);
    check_texts_destroy(training->recipe.check_texts, training->recipe.check_count);
    free(training->recipe.labels);
    mood_tokenizer_destroy(training->words);
    mood_recipe_destroy(training->resumed);
    mood_dataset_destroy(training->data);
    mood_dataset_destroy(training->validation_data);
    mood_model_destroy(training->model);
    mood_device_destroy(training->device);
}
