/* Prepares a training: from a file of labelled texts to a compiled model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check_texts.h"
#include "class_weight.h"
#include "expression.h"
#include "fit.h"
#include "preset.h"
#include "read_file.h"

enum { MAXLEN = 50 };                       /* default for a new model of sequences */
#define MAX_ARCHITECTURE ((size_t)16 << 20) /* the limit of a model's config.json */

/* ---- data -------------------------------------------------------------------------------------------- */

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

/* Put the rows of the validation split at the end. */
static mood_status order_rows(const struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
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

static mood_status read_data(struct training *training, mood_error *err) {
    const mood_recipe *resumed = training->resumed;
    const mood_recipe_options *given = &training->arguments->recipe.options;
    mood_status status = open_data(training, training->arguments->data,
                                   resumed ? (const char *const *)resumed->labels : given->labels,
                                   resumed ? resumed->label_count : given->label_count, &training->data, err);
    if (status)
        return status;
    if (mood_dataset_get_targets(training->data) && !training->separator)
        training->separator = '|'; /* a file in fastText's format whose lines have several labels */
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

/* ---- a model's layers from a file -------------------------------------------------------------------- */

/* Check the input of --architecture against the options. */
static mood_status check_architecture(const struct training *training, size_t T, mood_error *err) {
    const mood_recipe_options *given = &training->arguments->recipe.options;
    bool bags = mood_model_get_matrix(training->model) != MOOD_MATRIX_NONE;
    bool pads = given->padding != MOOD_PAD_UNSET || given->truncating != MOOD_PAD_UNSET || given->maxlen;
    if (training->arguments->vectorizer && pads && bags)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "it takes bags of words, but the --vectorizer makes rows of ids; use an output_mode as in "
            "output_mode='count'");
    if (training->arguments->vectorizer && !bags && given->matrix != MOOD_MATRIX_NONE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it begins with an Embedding, but the --vectorizer makes bags of words; use "
                              "output_mode='int'");
    if (bags && pads)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it takes bags of words: --padding, --truncating and --maxlen can't be set");
    if (!bags && given->matrix != MOOD_MATRIX_NONE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it begins with an Embedding: --matrix is for a model of bags of words");
    if (T && given->maxlen && T != given->maxlen)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it has %zu words per text, but --maxlen is %zu", T, given->maxlen);
    return MOOD_OK;
}

/* Read the layers of --architecture and the length of its rows. */
static mood_status read_architecture(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    char *json = NULL;
    size_t size = 0, T = 0;
    mood_status status = read_file(arguments->recipe.options.architecture, MAX_ARCHITECTURE, &json, &size, err);
    if (status) {
        mood_error_prefix(err, "%s", arguments->recipe.options.architecture);
        return status;
    }
    status = mood_model_from_json(training->device, json, size, &training->model, &T, err);
    free(json);
    if (status == MOOD_OK)
        status = check_architecture(training, T, err);
    if (status)
        mood_error_prefix(err, "%s", arguments->recipe.options.architecture);
    if (T)
        training->T = T;
    return status;
}

/* The mode of a new model of bags of words. */
static mood_matrix_mode matrix_mode_of(const struct training *training) {
    mood_matrix_mode given = training->arguments->recipe.options.matrix;
    return given == MOOD_MATRIX_NONE && training->model ? mood_model_get_matrix(training->model) : given;
}

/* --num-words; with layers from a file, the size of their input. */
static size_t num_words_of(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    return arguments->recipe.options.architecture && !arguments->num_words_given
               ? mood_model_get_vocabulary(training->model)
               : arguments->num_words;
}

/* ---- recipe ------------------------------------------------------------------------------------------ */

/* --vectorizer, or a Tokenizer of --num-words; with --clean and --segment. */
static mood_status create_words(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_status status;
    if (arguments->vectorizer) {
        status = mood_tokenizer_create_from_expression(arguments->vectorizer, &training->words, NULL, err);
    } else {
        options.num_words = num_words_of(training);
        status = mood_tokenizer_create(&options, &training->words, err);
    }
    if (status == MOOD_OK && (arguments->clean || arguments->segment))
        status = mood_tokenizer_set_preparation(training->words, arguments->clean, arguments->segment, err);
    return status;
}

/* The words of the rows that are trained on, and of no others: validation should meet strangers. A given vocabulary stays
 * as it is. */
static mood_status fit_tokenizer(struct training *training, mood_error *err) {
    if (training->is_auto)
        return preset_make_words(training, err);
    mood_status status = create_words(training, err);
    if (status == MOOD_OK && mood_tokenizer_count_words(training->words) == 0)
        status =
            mood_tokenizer_fit(training->words, mood_dataset_get_texts(training->data), training_rows(training), err);
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
        recipe.matrix = resumed->matrix;
        recipe.padding = resumed->padding;
        recipe.truncating = resumed->truncating;
    } else {
        const mood_recipe_options *given = &training->arguments->recipe.options;
        recipe.matrix = matrix_mode_of(training);
        if (training->is_auto)
            recipe.padding = recipe.truncating = MOOD_PAD_POST;
        if (given->padding != MOOD_PAD_UNSET)
            recipe.padding = given->padding;
        if (given->truncating != MOOD_PAD_UNSET)
            recipe.truncating = given->truncating;
        mood_status status = fit_tokenizer(training, err);
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

/* The number of outputs that the last layer needs: one for two labels, or one per label. has: its current number;
 * 0: unknown. Losses other than cross-entropies accept both. */
static size_t required_outputs(const struct training *training, size_t has) {
    size_t classes = training->recipe.label_count;
    bool one = classes == 2 && !training->separator && !training->loss.one_class;
    if (training->loss.activation == MOOD_LINEAR && has == classes)
        one = false;
    if (training->loss.activation == MOOD_SIGMOID && !training->separator)
        one = true; /* also reports an error for more than two labels */
    return one ? 1 : classes;
}

static const char *output_activation(const struct training *training, size_t outputs) {
    return outputs == 1 || training->separator ? "sigmoid" : "softmax";
}

/* With as many outputs as the labels and the loss need. A TextVectorization pads at the end, so an LSTM learns little from
 * short texts unless padding is masked. */
static void choose_layers(const struct training *training, struct architecture *layers) {
    size_t outputs = required_outputs(training, 0);
    const char *activation = output_activation(training, outputs);
    if (training->recipe.matrix != MOOD_MATRIX_NONE)
        architecture_bags(layers, outputs, activation);
    else
        architecture_article(layers, training->vectors.dim, mood_tokenizer_is_text_vectorization(training->words),
                             outputs, activation);
}

/* input_dim of the Embedding. */
static size_t embedding_rows(const struct training *training) {
    size_t limit = mood_tokenizer_get_num_words(training->words);
    if (training->model) /* of --architecture */
        return mood_model_get_vocabulary(training->model);
    return limit ? limit : (size_t)mood_tokenizer_get_largest_id(training->words) + 1;
}

/* Add the layers of --layers, or the default ones. */
static mood_status add_layers(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    struct architecture layers = arguments->layers;
    if (!arguments->layers_given)
        choose_layers(training, &layers);
    size_t words = embedding_rows(training), outputs = required_outputs(training, 0);
    if (training->is_auto)
        return preset_add_layers(training, words, outputs, output_activation(training, outputs), err);
    mood_status status = mood_model_create(training->device, &training->model, err);
    return status == MOOD_OK ? architecture_add(&layers, words, training->model, err) : status;
}

/* Set the input of a model of bags of words: its width is the size of the vocabulary. */
static mood_status set_matrix(const struct training *training, mood_error *err) {
    size_t width = mood_tokenizer_get_matrix_width(training->words);
    size_t wanted = mood_model_get_vocabulary(training->model);
    if (training->recipe.matrix == MOOD_MATRIX_NONE)
        return MOOD_OK;
    if (wanted && width != wanted && training->arguments->vectorizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: it takes bags of %zu words, but --vectorizer makes them of %zu; use max_tokens=%zu, "
                              "pad_to_max_tokens=True, or num_words=%zu of a Tokenizer",
                              training->arguments->recipe.options.architecture, wanted, width, wanted, wanted);
    if (wanted && width != wanted)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: it takes bags of %zu words, but --num-words makes them of %zu; use --num-words %zu",
                              training->arguments->recipe.options.architecture, wanted, width, wanted);
    return mood_model_set_matrix(training->model, training->recipe.matrix, training->words, err);
}

/* Check that labels, vocabulary and loss fit the layers. */
static mood_status check_layers(const struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    size_t classes = training->recipe.label_count, outputs = mood_model_get_outputs(training->model);
    size_t wanted = required_outputs(training, outputs), rows = mood_model_get_vocabulary(training->model);
    size_t largest = (size_t)mood_tokenizer_get_largest_id(training->words);
    if (training->separator && training->loss.one_class)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "--loss: several labels per row (--label-separator) are trained with binary_crossentropy");
    if (wanted == 1 && classes != 2)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s is for two labels, but %s has %zu",
                              training->loss_text, arguments->data, classes);
    if (outputs != wanted)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "%s: the last layer has %zu unit%s, but %zu labels need dense:%zu:%s",
            arguments->recipe.options.architecture ? arguments->recipe.options.architecture : "--layers", outputs,
            outputs == 1 ? "" : "s", classes, wanted, wanted == 1 || training->separator ? "sigmoid" : "softmax");
    if (largest >= rows)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: the Embedding has %zu rows, but word ids go up to %zu; use %s%zu",
                              arguments->recipe.options.architecture, rows, largest,
                              !arguments->vectorizer                                  ? "--num-words "
                              : mood_tokenizer_is_text_vectorization(training->words) ? "max_tokens="
                                                                                      : "num_words=",
                              rows);
    return MOOD_OK;
}

/* ---- loss -------------------------------------------------------------------------------------------- */

/* Set a loss in the notation of --loss. logits: the outputs are logits. */
static mood_status set_loss(struct training *training, const char *loss, bool logits, mood_error *err) {
    mood_loss_info info = MOOD_LOSS_INFO;
    free(training->loss_text);
    training->loss_text = keras_expression(loss, NULL);
    mood_status status = training->loss_text ? mood_loss_describe(training->loss_text, &info, err) : MOOD_ERR_MEMORY;
    if (status == MOOD_OK && logits && info.activation != MOOD_LINEAR && !info.from_logits) {
        free(training->loss_text);
        training->loss_text = keras_expression(loss, "from_logits=True");
        status = training->loss_text ? mood_loss_describe(training->loss_text, &info, err) : MOOD_ERR_MEMORY;
    }
    if (status == MOOD_ERR_MEMORY)
        return mood_error_set(err, status, MOOD_CLASS_FATAL, "out of memory");
    training->loss = info;
    return status;
}

/* Set the loss of a new model: --loss, else the one that fits its last layer. */
static mood_status choose_loss(struct training *training, bool logits, mood_error *err) {
    const char *given = training->arguments->loss;
    size_t outputs = training->model ? mood_model_get_outputs(training->model) : 0;
    bool binary = outputs ? outputs == 1 : training->recipe.label_count == 2;
    return set_loss(training,
                    given                           ? given
                    : binary || training->separator ? "binary_crossentropy"
                                                    : "sparse_categorical_crossentropy",
                    logits, err);
}

/* Handle --activation for a new model whose last layer has none: its outputs are logits. */
static mood_status read_activation(struct training *training, mood_error *err) {
    const char *activation = training->arguments->recipe.options.activation;
    mood_head head;
    mood_status status = mood_model_get_head(training->model, activation, &head, err);
    if (status != MOOD_OK || head.activation == MOOD_LINEAR)
        return status;
    status = choose_loss(training, true, err);
    if (status == MOOD_OK && training->loss.activation != head.activation)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--activation: the loss of this model needs %s, not %s",
                              training->loss.activation == MOOD_SIGMOID   ? "sigmoid"
                              : training->loss.activation == MOOD_SOFTMAX ? "softmax"
                                                                          : "linear",
                              activation);
    return status;
}

/* The scores need a known meaning: that of the outputs, or of --activation, which is stored in the file. */
static mood_status check_head(struct training *training, mood_error *err) {
    const char *activation = training->arguments->recipe.options.activation;
    mood_head head;
    mood_status status = mood_model_get_head(training->model, NULL, &head, err);
    if (status != MOOD_OK && activation) {
        training->recipe.activation = (char *)activation;
        status = mood_model_get_head(training->model, activation, &head, err);
    }
    if (status != MOOD_OK || head.multi_label == (training->separator != '\0'))
        return status;
    return mood_error_set(
        err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s: the last layer's activation has to be %s: each row has %s",
        training->arguments->recipe.options.architecture ? training->arguments->recipe.options.architecture
                                                         : "--layers",
        head.multi_label ? "softmax" : "sigmoid",
        head.multi_label ? "one label" : "any number of labels (--label-separator)");
}

/* Keras compares outputs with thresholds of probabilities, also if they are logits. A metric that is given by its name alone gets
 * the threshold of logits. */
static const char *for_logits(const char *metric) {
    static const struct {
        const char *name, *expression;
    } metrics[] = {
        {"accuracy", "BinaryAccuracy(threshold=0, name='accuracy')"},
        {"acc", "BinaryAccuracy(threshold=0, name='acc')"},
        {"binary_accuracy", "BinaryAccuracy(threshold=0)"},
        {"BinaryAccuracy", "BinaryAccuracy(threshold=0)"},
        {"precision", "Precision(thresholds=0, name='precision')"},
        {"recall", "Recall(thresholds=0, name='recall')"},
        {"auc", "AUC(from_logits=True, name='auc')"},
    };
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (strcasecmp(metric, metrics[i].name) == 0)
            return metrics[i].expression;
    return metric;
}

static void set_metrics(const struct training *training, mood_compile_options *options) {
    bool logits = training->loss.from_logits && training->loss.activation == MOOD_SIGMOID;
    for (size_t i = 0; logits && i < training->arguments->metric_count; i++)
        training->arguments->metrics[i] = for_logits(training->arguments->metrics[i]);
    options->metrics = training->arguments->metrics;
    options->metric_count = training->arguments->metric_count;
}

/* ---- a new model --------------------------------------------------------------------------------------- */

static mood_status build_model(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    mood_status status = arguments->vectors ? vectors_read(&training->vectors, arguments->vectors, training->words,
                                                           embedding_rows(training), err)
                                            : MOOD_OK;
    if (status == MOOD_OK)
        status = choose_loss(training, false, err);
    if (status == MOOD_OK && training->is_auto) /* n-grams are chosen from the rows */
        status = labelled_create(training->data, &training->recipe, training->T, &training->train, err);
    if (status == MOOD_OK && !arguments->recipe.options.architecture)
        status = add_layers(training, err);
    if (status == MOOD_OK)
        status = set_matrix(training, err);
    if (status)
        return status;
    status = choose_loss(training, false, err);
    if (status == MOOD_OK)
        status = check_layers(training, err);
    if (status == MOOD_OK && arguments->recipe.options.activation)
        status = read_activation(training, err);
    if (status == MOOD_OK)
        status = mood_model_build(training->model, training->T, arguments->seed, err);
    if (status == MOOD_OK)
        status = vectors_store(&training->vectors, training->model, err);
    compile.optimizer = arguments->new_optimizer;
    compile.loss = training->loss_text;
    set_metrics(training, &compile);
    if (status == MOOD_OK)
        status = mood_model_compile(training->model, &compile, err);
    return status == MOOD_OK ? check_head(training, err) : status;
}

/* ---- a resumed model --------------------------------------------------------------------------------- */

static void note_optimizer(const struct training *training, const char *reason) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    if (mood_model_get_compile_options(training->model, &options, NULL) == MOOD_OK)
        print_note(&training->arguments->common, "%s: %s; continuing with a new %s and the loss %s",
                   training->arguments->resume, reason, options.optimizer, options.loss);
}

/* Models with one label per row and multi-label models need different losses. */
static mood_status check_loss(const struct training *training, mood_error *err) {
    const mood_head *head = &training->head;
    const mood_loss_info *loss = &training->loss;
    bool binary = head->outputs == 1 || head->multi_label;
    if (binary ? loss->one_class : loss->activation == MOOD_SIGMOID)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--loss: the model gives each text %s, which is trained with %s",
            head->multi_label    ? "any number of labels"
            : head->outputs == 1 ? "one of two labels by one output"
                                 : "one of several labels",
            binary ? "binary_crossentropy" : "categorical_crossentropy or sparse_categorical_crossentropy");
    if (head->activation != MOOD_LINEAR && loss->activation == MOOD_LINEAR)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--loss: the model's outputs are logits, which only cross-entropies take");
    return MOOD_OK;
}

/* Compile with the file's loss and --metrics. Compiling releases the strings of the model, so they are copied
 * first. */
static mood_status replace_metrics(struct training *training, mood_error *err) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_status status = mood_model_get_compile_options(training->model, &options, err);
    if (status != MOOD_OK)
        return status;
    options.optimizer = training->arguments->new_optimizer;
    set_metrics(training, &options);
    return mood_model_compile(training->model, &options, err);
}

/* Compile with a new optimizer, and with --loss or the file's loss; a file without a loss gets the default one. */
static mood_status replace_optimizer(struct training *training, bool has_loss, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    if (arguments->loss || !has_loss) {
        mood_status status = set_loss(training, arguments->loss ? arguments->loss : head_loss(&training->head),
                                      training->head.activation != MOOD_LINEAR, err);
        if (status == MOOD_OK && arguments->loss)
            status = check_loss(training, err);
        options.optimizer = arguments->new_optimizer;
        options.loss = training->loss_text;
        set_metrics(training, &options);
        return status == MOOD_OK ? mood_model_compile(training->model, &options, err) : status;
    }
    mood_error reason = {0};
    mood_status status = mood_model_reset_optimizer(training->model, arguments->new_optimizer, &reason);
    if (status == MOOD_ERR_UNSUPPORTED)
        return mood_error_set(err, status, MOOD_CLASS_INPUT, "%s; add --loss to train with another loss",
                              reason.message);
    if (status && err)
        *err = reason;
    return status == MOOD_OK && arguments->metrics ? replace_metrics(training, err) : status;
}

/* Compile as the file says, or with the new optimizer of --optimizer. */
static mood_status compile_resumed(struct training *training, mood_error *err) {
    bool replace = training->arguments->optimizer != NULL;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_error reason = {.message = "--optimizer replaces the file's optimizer and its state"};
    mood_status status = mood_model_get_compile_options(training->model, &options, &reason);
    print_skipped_metrics(&training->arguments->common, training->arguments->resume, training->model);
    if (status == MOOD_OK && !replace)
        return MOOD_OK;
    if (status == MOOD_ERR_UNSUPPORTED &&
        !replace) /* only this reset checks that mood supports the loss; the model itself is not used */
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "%s; to continue with a new Adam, whose state starts at zero, add --optimizer adam%s",
                              reason.message,
                              mood_model_reset_optimizer(training->model, NULL, NULL) == MOOD_OK ? "" : " --loss NAME");
    bool has_loss = status != MOOD_ERR_STATE;
    status = replace_optimizer(training, has_loss, err);
    if (status == MOOD_OK)
        note_optimizer(training, reason.message);
    return status;
}

/* Set the meaning of the resumed model's outputs and the separator of its labels. */
static mood_status resume_head(struct training *training, mood_error *err) {
    const struct labelled_source source = {.options = training->arguments->reading};
    mood_status status = mood_model_get_head(training->model, training->resumed->activation, &training->head, err);
    return status == MOOD_OK ? labelled_separator(&source, &training->head, &training->separator, err) : status;
}

static mood_status load_model(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    const char *path = arguments->resume;
    mood_status status =
        mood_model_load(training->device, path, &arguments->recipe.options, &training->model, &training->resumed, err);
    if (status != MOOD_OK)
        return status;
    if (!training->resumed->tokenizer)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the file has no tokenizer (Keras drops it when it saves); give "
                              "Keras's tokenizer, as tokenizer.to_json() returned it or pickled, with --tokenizer FILE",
                              path);
    recipe_print_notes(&arguments->common, path, training->resumed);
    status = resume_head(training, err);
    if (status == MOOD_OK)
        status = compile_resumed(training, err);
    if (status)
        mood_error_prefix(err, "%s", path);
    return status;
}

/* A row with several labels has no class. */
static mood_status check_class_weight(const struct training *training, mood_error *err) {
    if (!training->arguments->class_weight || !training->separator)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "--class-weight can't be used with a multi-label model (--label-separator)");
}

static mood_status make_rows(struct training *training, mood_error *err) {
    size_t T = mood_model_get_timesteps(training->model), classes = training->recipe.label_count;
    mood_status status = MOOD_OK;
    if (!training->train.x)
        status = labelled_create(training->data, &training->recipe, T, &training->train, err);
    if (status == MOOD_OK)
        status = check_class_weight(training, err);
    if (status == MOOD_OK && training->validation_data)
        status = labelled_create(training->validation_data, &training->recipe, T, &training->validation, err);
    if (status == MOOD_OK && training->arguments->class_weight)
        status = class_weight_create(training->arguments->class_weight, training->recipe.labels, classes,
                                     training->train.y, training_rows(training), &training->class_weights, err);
    if (status != MOOD_OK)
        return status;
    training->y = labelled_targets(&training->train, training->model, &training->made);
    if (training->validation_data)
        training->y_validation = labelled_targets(&training->validation, training->model, &training->made_validation);
    if (!training->y || (training->validation_data && !training->y_validation))
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_OK;
}

mood_status training_prepare(struct training *training, mood_error *err) {
    training->separator = training->arguments->reading.label_separator;
    training->is_auto = preset_applies(training->arguments);
    training->T = training->arguments->recipe.options.maxlen ? training->arguments->recipe.options.maxlen : MAXLEN;
    mood_status status = open_device(&training->arguments->common, &training->device, err);
    if (status == MOOD_OK && training->arguments->resume)
        status = load_model(training, err);
    else if (status == MOOD_OK && training->arguments->recipe.options.architecture)
        status = read_architecture(training, err);
    if (status == MOOD_OK)
        status = read_data(training, err);
    if (status == MOOD_OK && training->is_auto)
        status = preset_choose(training, err);
    if (status == MOOD_OK)
        status = make_recipe(training, err);
    if (status == MOOD_OK && !training->arguments->resume)
        status = build_model(training, err);
    if (status == MOOD_OK)
        status = make_rows(training, err);
    return status;
}

void training_destroy(struct training *training) {
    free(training->made);
    free(training->made_validation);
    free(training->loss_text);
    free(training->class_weights);
    vectors_free(&training->vectors);
    free(training->shipped_vectors);
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
