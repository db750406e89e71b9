/* mood fit: train a model on a file of labelled texts. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epochs.h"
#include "expression.h"
#include "fit.h"
#include "interrupt.h"
#include "output.h"
#include "plot.h"
#include "preset.h"
#include "save_best.h"
#include "terminal.h"

/* ---- arguments ---------------------------------------------------------------------------------------- */

enum {
    OPTION_NUM_WORDS = 0x100,
    OPTION_PRESET,
    OPTION_DRY_RUN,
    OPTION_VECTORIZER,
    OPTION_CLEAN,
    OPTION_SEGMENT,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_SPLIT,
    OPTION_SPLIT_MODE,
    OPTION_VALIDATION,
    OPTION_OPTIMIZER,
    OPTION_LEARNING_RATE,
    OPTION_LOSS,
    OPTION_METRICS,
    OPTION_MONITOR,
    OPTION_CLASS_WEIGHT,
    OPTION_EARLY_STOPPING,
    OPTION_REDUCE_LR,
    OPTION_SAVE_BEST,
    OPTION_LAYERS,
    OPTION_VECTORS,
    OPTION_SEED,
    OPTION_HISTORY,
    OPTION_PLOT,
    OPTION_RESUME
};

static const struct argp_option options[] = {
    {"output", 'o', "MODEL.keras", 0, "save the model here", 1},
    {"resume", OPTION_RESUME, "MODEL.keras", 0,
     "continue training this model, with its vocabulary and optimizer state; with --optimizer, a new optimizer", 1},
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "print what is in the data and what would be chosen, and do not train", 1},
    {"history", OPTION_HISTORY, "FILE.csv", 0, "write one line per epoch, as Keras's CSVLogger", 1},
    {"plot", OPTION_PLOT, "FILE.svg", 0, "draw the loss and the metrics of each epoch", 1},
    {NULL, 0, NULL, 0, "Data:", 2},
    {"validation-split", OPTION_SPLIT, "PART", 0, "use this part of the rows for validation (0.1; article: 0.2)", 2},
    {"validation-split-mode", OPTION_SPLIT_MODE, "stratified|last", 0,
     "which rows: chosen at random by --seed, with each label in proportion, or the last ones, as in Keras "
     "(stratified)",
     2},
    {"validation", OPTION_VALIDATION, "FILE", 0, "validate on this file instead", 2},
    {"num-words", OPTION_NUM_WORDS, "N", 0, "use the N-1 most frequent words; 0: all (all; article: 5000)", 2},
    {"vectorizer", OPTION_VECTORIZER, "NAME[:KEY=VALUE,…]", 0,
     "how texts become rows, adapted to the training rows, as in TextVectorization(max_tokens=5000, "
     "output_mode='tf_idf') or tokenizer:num_words=5000,oov_token=<OOV> (a Tokenizer of --num-words)",
     2},
    {"clean", OPTION_CLEAN, "STEP[,STEP…]|none", 0,
     "clean the texts in these steps before they are split, as in html,urls,emoji,contractions; the model's file "
     "stores "
     "them (none)",
     2},
    {"segment", OPTION_SEGMENT, "words|characters|icu", 0,
     "how texts are split: at spaces; also around each character of scripts without spaces, as Chinese; or into the "
     "words "
     "that ICU finds (words)",
     2},
    {NULL, 0, NULL, 0, "Model and training:", 3},
    {"preset", OPTION_PRESET, "auto|article", 0,
     "choose what is not given: auto: from the data, see doc/accuracy.md; article: 50 words, the 5000 most frequent, "
     "embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid, 10 epochs (auto; article with --layers, "
     "--architecture, --vectorizer or --matrix)",
     3},
    {"layers", OPTION_LAYERS, "LINE", 0, "the layers (see --preset)", 3},
    {"vectors", OPTION_VECTORS, "FILE|none", 0,
     "use these word vectors in the Embedding, with --layers as its first weights: GloVe, word2vec or fastText (.vec), "
     "also compressed; none: also "
     "no "
     "shipped ones",
     3},
    {"epochs", OPTION_EPOCHS, "N", 0, "passes over the data (at most 30; article: 10)", 3},
    {"batch-size", OPTION_BATCH_SIZE, "N", 0, "texts per batch (32)", 3},
    {"optimizer", OPTION_OPTIMIZER, "NAME[:KEY=VALUE,…]", 0,
     "the optimizer, as in sgd:momentum=0.9 or in Keras's notation: AdamW(weight_decay=0.01) (adam)", 3},
    {"learning-rate", OPTION_LEARNING_RATE, "RATE", 0, "the learning rate of the optimizer (Keras's default)", 3},
    {"loss", OPTION_LOSS, "NAME[:KEY=VALUE,…]", 0,
     "the loss, as in mse, huber:delta=2 or in Keras's notation: BinaryCrossentropy(label_smoothing=0.1) "
     "(binary_crossentropy for two labels, sparse_categorical_crossentropy for more)",
     3},
    {"metrics", OPTION_METRICS, "NAME[,NAME…]", 0,
     "the metrics of each epoch, as in accuracy,AUC(curve='PR'),precision (accuracy)", 3},
    {"class-weight", OPTION_CLASS_WEIGHT, "balanced|LABEL=WEIGHT,…", 0,
     "multiply the loss of a label's rows by its weight (1); balanced: all labels have the same total weight", 3},
    {"early-stopping", OPTION_EARLY_STOPPING, "PATIENCE", 0,
     "stop if val_loss, or --monitor, has not improved for this many epochs, and take the best epoch's weights", 3},
    {"reduce-lr", OPTION_REDUCE_LR, "PATIENCE[:FACTOR]", 0,
     "multiply the learning rate by the factor (0.1) if val_loss, or --monitor, has not improved for this many epochs",
     3},
    {"save-best", OPTION_SAVE_BEST, NULL, 0,
     "save the model after each epoch that has the best val_loss, or --monitor, so far, and not at the end", 3},
    {"monitor", OPTION_MONITOR, "NAME", 0,
     "the metric for --early-stopping, --reduce-lr and --save-best, as in val_auc (val_loss)", 3},
    {"seed", OPTION_SEED, "N", 0, "seed of weights and shuffling; the same seed gives the same model (0)", 3},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* The option's name if --resume does not allow it, because the model determines its value; else NULL. */
static const char *fixed_by_resume(int key) {
    switch (key) {
    case OPTION_NUM_WORDS: return "--num-words";
    case OPTION_VECTORIZER: return "--vectorizer";
    case OPTION_CLEAN: return "--clean";
    case OPTION_SEGMENT: return "--segment";
    case OPTION_LAYERS: return "--layers";
    case OPTION_VECTORS: return "--vectors";
    default: return NULL;
    }
}

#define ARTICLE_SPLIT 0.2
#define AUTO_SPLIT 0.1

struct parsing {
    struct fit_arguments *arguments;
    const char *fixed;        /* a given option that --resume does not allow */
    const char *of_optimizer; /* a given option that --resume allows only together with --optimizer */
    bool split_given, preset_given;
};

static void no_memory(struct argp_state *state) {
    argp_failure(state, EXIT_FAILURE, 0, "out of memory");
}

static void refuse_expression(struct argp_state *state, const char *name, const char *value,
                              const char *(*class_at)(size_t index), const mood_error *err) {
    char hint[80];
    expression_hint(value, class_at, hint, sizeof hint);
    argp_error(state, "%s: %s%s", name, err->message, hint);
}

static void check_optimizer(struct fit_arguments *arguments, struct argp_state *state) {
    char rate[60];
    mood_error err;
    snprintf(rate, sizeof rate, "learning_rate=%.17g", arguments->learning_rate);
    const char *default_optimizer = preset_applies(arguments) ? "Adam(global_clipnorm=1.0)" : "adam";
    arguments->new_optimizer = keras_expression(arguments->optimizer ? arguments->optimizer : default_optimizer,
                                                arguments->learning_rate_given ? rate : NULL);
    if (!arguments->new_optimizer)
        no_memory(state);
    else if (mood_optimizer_check(arguments->new_optimizer, &err))
        refuse_expression(state, "--optimizer", arguments->optimizer ? arguments->optimizer : "adam",
                          mood_optimizer_class_at, &err);
}

static void check_loss(const struct fit_arguments *arguments, struct argp_state *state) {
    char *loss = arguments->loss ? keras_expression(arguments->loss, NULL) : NULL;
    mood_error err;
    if (arguments->loss && !loss)
        no_memory(state);
    else if (loss && mood_loss_check(loss, &err))
        refuse_expression(state, "--loss", arguments->loss, mood_loss_class_at, &err);
    free(loss);
}

static void parse_metrics(struct fit_arguments *arguments, char *argument, struct argp_state *state) {
    free(arguments->metrics);
    arguments->metric_count = split_expressions(argument, &arguments->metrics);
    if (!arguments->metrics)
        no_memory(state);
}

/* Callbacks monitor val_loss, or --monitor. */
static void check_callbacks(const struct fit_arguments *arguments, struct argp_state *state) {
    const char *option = arguments->early_stopping_given ? "--early-stopping"
                         : arguments->reduce_lr_given    ? "--reduce-lr"
                         : arguments->save_best          ? "--save-best"
                                                         : NULL;
    bool validates = arguments->validation || arguments->validation_split != 0;
    if (!option && arguments->monitor_given && !(preset_applies(arguments) && validates))
        argp_error(state, "--monitor is for --early-stopping, --reduce-lr and --save-best");
    if (option && !validates && strncmp(arguments->monitor, "val_", 4) == 0)
        argp_error(state, "%s needs validation rows: use --validation or --validation-split", option);
}

/* A TextVectorization decides about padding, or the mode of bags of words, itself: the recipe's options become its. */
static void take_vectorization(mood_recipe_options *given, const mood_tokenizer *vectorizer, size_t length,
                               struct argp_state *state) {
    mood_matrix_mode matrix = mood_tokenizer_get_matrix(vectorizer);
    if (given->padding != MOOD_PAD_UNSET || given->truncating != MOOD_PAD_UNSET || given->matrix != MOOD_MATRIX_NONE)
        argp_error(state,
                   "--padding, --truncating and --matrix can't be combined with a TextVectorization: it pads and "
                   "truncates at the end, and its output_mode is the mode of bags of words");
    if (given->maxlen && (length || matrix != MOOD_MATRIX_NONE))
        argp_error(state, "--maxlen can't be combined with this --vectorizer: %s",
                   length ? "it has an output_sequence_length" : "all words of a text go into its bag");
    given->matrix = matrix;
    if (matrix != MOOD_MATRIX_NONE)
        return;
    given->padding = given->truncating = MOOD_PAD_POST;
    if (length)
        given->maxlen = length;
}

static void check_preparation(const struct fit_arguments *arguments, mood_tokenizer *tokenizer,
                              struct argp_state *state) {
    mood_error err;
    if (mood_tokenizer_set_preparation(tokenizer, arguments->clean, NULL, &err))
        argp_error(state, "--clean: %s", err.message);
    else if (mood_tokenizer_set_preparation(tokenizer, arguments->clean, arguments->segment, &err))
        argp_error(state, "--segment: %s", err.message);
}

static void check_vectorizer(struct fit_arguments *arguments, struct argp_state *state) {
    mood_tokenizer *vectorizer = NULL;
    size_t length = 0;
    mood_error err;
    const char *expression = arguments->vectorizer ? arguments->vectorizer : "Tokenizer()";
    if (arguments->vectorizer && arguments->num_words_given)
        argp_error(state, "--num-words and --vectorizer can't be combined: write max_tokens=N or num_words=N in it");
    if (mood_tokenizer_create_from_expression(expression, &vectorizer, &length, &err))
        argp_error(state, "--vectorizer: %s", err.message);
    if (vectorizer && mood_tokenizer_is_text_vectorization(vectorizer))
        take_vectorization(&arguments->recipe.options, vectorizer, length, state);
    if (vectorizer && (arguments->clean || arguments->segment))
        check_preparation(arguments, vectorizer, state);
    mood_tokenizer_destroy(vectorizer);
}

/* Whether --layers and the other options are for the same input: rows of ids, or bags of words. */
static void check_input(const struct fit_arguments *arguments, struct argp_state *state) {
    const mood_recipe_options *given = &arguments->recipe.options;
    bool bags = given->matrix != MOOD_MATRIX_NONE;
    mood_error err;
    if (bags && (given->padding != MOOD_PAD_UNSET || given->truncating != MOOD_PAD_UNSET || given->maxlen))
        argp_error(state,
                   "--padding, --truncating and --maxlen can't be combined with --matrix: all words of a text go "
                   "into its bag");
    if (bags && arguments->vectors)
        argp_error(state, "--vectors can't be combined with bags of words: a model of bags of words has no Embedding");
    if (arguments->layers_given && architecture_check_input(&arguments->layers, bags, &err))
        argp_error(state, "%s", err.message);
}

static void check_arguments(const struct parsing *parsing, struct argp_state *state) {
    struct fit_arguments *arguments = parsing->arguments;
    if (!arguments->data)
        argp_error(state, "missing argument: a file of labelled texts");
    if (!arguments->output && !arguments->dry_run)
        argp_error(state, "missing -o MODEL.keras");
    if (arguments->dry_run && arguments->resume)
        argp_error(state, "--dry-run is for a new model; it can't be combined with --resume");
    if (arguments->resume && parsing->fixed)
        argp_error(state, "%s can't be combined with --resume: the model determines it", parsing->fixed);
    if (!arguments->resume && (arguments->recipe.options.tokenizer || arguments->recipe.options.word_index))
        argp_error(state, "--%s is for --resume: a new model's tokenizer is fitted on the data",
                   arguments->recipe.options.tokenizer ? "tokenizer" : "word-index");
    const char *positive = data_options_compare(&arguments->reading) ? NULL : arguments->reading.positive;
    if (arguments->resume && positive)
        argp_error(state, "--positive can't be combined with --resume, except as a comparison such as '>=4': the model "
                          "determines it");
    if (arguments->recipe.options.labels && positive)
        argp_error(state, "--labels and --positive can't be combined: the last of two labels is the positive one");
    if (arguments->resume && parsing->of_optimizer && !arguments->optimizer)
        argp_error(state, "%s with --resume needs a new optimizer: add --optimizer adam", parsing->of_optimizer);
    if (!arguments->resume)
        check_vectorizer(arguments, state);
    check_input(arguments, state);
    if (parsing->preset_given && !arguments->article && !preset_applies(arguments))
        argp_error(state, "--preset auto chooses the layers and the tokenizer; it can't be combined with --resume, "
                          "--layers, --architecture, --vectorizer and --matrix");
    if (arguments->recipe.options.architecture && arguments->layers_given)
        argp_error(state, "--architecture and --layers can't be combined");
    if (arguments->validation && parsing->split_given)
        argp_error(state, "--validation and --validation-split can't be combined");
    if (arguments->validation && arguments->last_rows)
        argp_error(state, "--validation and --validation-split-mode can't be combined");
    if (arguments->validation && strcmp(arguments->validation, "-") == 0 && strcmp(arguments->data, "-") == 0)
        argp_error(state, "standard input can be read once only");
    if (preset_applies(arguments) && !parsing->split_given)
        arguments->validation_split = AUTO_SPLIT;
    check_callbacks(arguments, state);
    check_optimizer(arguments, state);
    check_loss(arguments, state);
}

static void parse_reduce_lr(struct fit_arguments *arguments, char *argument, struct argp_state *state) {
    char *factor = strchr(argument, ':');
    if (factor)
        *factor++ = '\0';
    arguments->reduce_lr = parse_count(state, "--reduce-lr", argument, 0, 1000000);
    arguments->reduce_lr_factor = factor ? parse_real(state, "--reduce-lr", factor, 0.0, 0.999999) : 0.1;
    arguments->reduce_lr_given = true;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct parsing *parsing = state->input;
    struct fit_arguments *arguments = parsing->arguments;
    mood_error err;
    if (fixed_by_resume(key))
        parsing->fixed = fixed_by_resume(key);
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        state->child_inputs[2] = &arguments->reading;
        return 0;
    case 'o': arguments->output = argument; return 0;
    case OPTION_RESUME: arguments->resume = argument; return 0;
    case OPTION_DRY_RUN: arguments->dry_run = true; return 0;
    case OPTION_HISTORY: arguments->history = argument; return 0;
    case OPTION_PLOT: arguments->plot = argument; return 0;
    case OPTION_VALIDATION: arguments->validation = argument; return 0;
    case OPTION_SPLIT:
        arguments->validation_split = parse_real(state, "--validation-split", argument, 0.0, 0.999);
        parsing->split_given = true;
        return 0;
    case OPTION_SPLIT_MODE:
        if (strcmp(argument, "stratified") != 0 && strcmp(argument, "last") != 0)
            argp_error(state, "--validation-split-mode takes stratified or last, not '%s'", argument);
        arguments->last_rows = strcmp(argument, "last") == 0;
        return 0;
    case OPTION_NUM_WORDS:
        arguments->num_words = parse_count(state, "--num-words", argument, 0, 1 << 28);
        arguments->num_words_given = true;
        break;
    case OPTION_VECTORIZER:
        free(arguments->vectorizer);
        arguments->vectorizer = keras_expression(argument, NULL);
        if (!arguments->vectorizer)
            no_memory(state);
        break;
    case OPTION_CLEAN: arguments->clean = argument; break;
    case OPTION_SEGMENT: arguments->segment = argument; break;
    case OPTION_PRESET:
        if (strcmp(argument, "auto") != 0 && strcmp(argument, "article") != 0)
            argp_error(state, "--preset takes auto or article, not '%s'", argument);
        arguments->article = strcmp(argument, "article") == 0;
        parsing->preset_given = true;
        break;
    case OPTION_EPOCHS:
        arguments->epochs = parse_count(state, "--epochs", argument, 1, 1000000);
        arguments->epochs_given = true;
        break;
    case OPTION_BATCH_SIZE:
        arguments->batch_size = parse_count(state, "--batch-size", argument, 1, 1 << 20);
        arguments->batch_size_given = true;
        break;
    case OPTION_LEARNING_RATE:
        arguments->learning_rate = parse_real(state, "--learning-rate", argument, 1e-12, 1e6);
        arguments->learning_rate_given = true;
        parsing->of_optimizer = "--learning-rate";
        break;
    case OPTION_SEED: arguments->seed = parse_count(state, "--seed", argument, 0, SIZE_MAX); break;
    case OPTION_OPTIMIZER: arguments->optimizer = argument; break;
    case OPTION_LOSS:
        arguments->loss = argument;
        parsing->of_optimizer = "--loss";
        break;
    case OPTION_METRICS:
        parse_metrics(arguments, argument, state);
        parsing->of_optimizer = "--metrics";
        break;
    case OPTION_MONITOR:
        arguments->monitor = argument;
        arguments->monitor_given = true;
        break;
    case OPTION_CLASS_WEIGHT: arguments->class_weight = argument; break;
    case OPTION_EARLY_STOPPING:
        arguments->early_stopping = parse_count(state, "--early-stopping", argument, 0, 1000000);
        arguments->early_stopping_given = true;
        break;
    case OPTION_REDUCE_LR: parse_reduce_lr(arguments, argument, state); break;
    case OPTION_SAVE_BEST: arguments->save_best = true; break;
    case OPTION_LAYERS:
        if (architecture_parse(argument, &arguments->layers, &err))
            argp_error(state, "%s", err.message);
        arguments->layers_given = true;
        break;
    case OPTION_VECTORS:
        arguments->no_vectors = strcmp(argument, "none") == 0;
        arguments->vectors = arguments->no_vectors ? NULL : argument;
        break;
    case ARGP_KEY_ARG:
        if (arguments->data)
            argp_error(state, "too many arguments: '%s'", argument);
        arguments->data = argument;
        break;
    case ARGP_KEY_END: check_arguments(parsing, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp fit_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "FILE -o MODEL.keras",
    .doc =
        "Train a model on labelled texts: a file of CSV, JSON lines or fastText's format, also compressed, or - for "
        "standard input."
        "\vCtrl-C ends training after the current batch. If at least one epoch was finished, the model is saved with "
        "its weights of that moment; else nothing is saved. The exit status is 1 in both cases. A second Ctrl-C ends "
        "the program at once, and nothing is saved.\n\n"
        "Examples:\n"
        "  mood fit reviews.csv -o reviews.keras\n"
        "  mood fit reviews.csv --validation others.csv --epochs 4 -o reviews.keras\n"
        "  mood fit stars.jsonl --positive '>=4' --skip 3 -o reviews.keras\n"
        "  mood fit more.csv --resume reviews.keras -o reviews-2.keras",
    .children = labelled_children,
};

/* ---- printing ------------------------------------------------------------------------------------------ */

/* The words of the texts that have a row in the Embedding; row 0 is padding, and row 1 of a TextVectorization [UNK]. */
static size_t words_with_ids(const struct training *training) {
    size_t words = mood_tokenizer_count_words(training->words);
    size_t others = mood_tokenizer_is_text_vectorization(training->words) ? 2 : 1;
    return words + others < training->vectors.rows ? words : training->vectors.rows - others;
}

static void print_labels(const struct training *training) {
    const struct common *common = &training->arguments->common;
    const mood_recipe *recipe = &training->recipe;
    const char *positive = mood_dataset_get_positive(training->data);
    size_t n = mood_dataset_get_count(training->data), rows = training_rows(training);
    print_note(common, "%zu rows: %zu for training, %zu for validation", n, rows,
               training->validation_data ? mood_dataset_get_count(training->validation_data) : n - rows);
    if (training->vectors.values)
        print_note(common, "word vectors: %zu numbers each, for %zu of %zu words", training->vectors.dim,
                   training->vectors.found, words_with_ids(training));
    if (training->separator)
        print_note(common, "labels: %zu, from %s to %s, any number of them per row", recipe->label_count,
                   recipe->labels[0], recipe->labels[recipe->label_count - 1]);
    else if (recipe->label_count == 2)
        print_note(common, "labels: %s and %s; positive class: '%s'", recipe->labels[0], recipe->labels[1],
                   positive ? positive : recipe->labels[1]);
    else
        print_note(common, "labels: %zu, from %s to %s", recipe->label_count, recipe->labels[0],
                   recipe->labels[recipe->label_count - 1]);
}

/* What is in the data, and what was chosen. */
static mood_status print_data(const struct training *training, mood_error *err) {
    print_labels(training);
    if (!training->is_auto && !training->arguments->dry_run)
        return MOOD_OK;
    mood_status status = data_report_print(&training->arguments->common, training->data, training->sorted, err);
    if (status == MOOD_OK && training->is_auto)
        preset_print(training);
    return status;
}

static void add_metrics(json_t *epoch, const mood_metrics *metrics) {
    for (size_t i = 0; i < mood_metrics_count(metrics); i++) {
        double value = mood_metrics_value_at(metrics, i);
        json_object_set_new(epoch, mood_metrics_name_at(metrics, i), isfinite(value) ? json_real(value) : json_null());
    }
}

static mood_status print_json(const struct training *training, const mood_history *history, mood_error *err) {
    const mood_recipe *recipe = &training->recipe;
    json_t *labels = json_array(), *epochs = json_array();
    for (size_t k = 0; k < recipe->label_count; k++)
        json_array_append_new(labels, json_string(recipe->labels[k]));
    for (size_t i = 0; i < history->count; i++) {
        const mood_epoch *line = &history->epochs[i];
        json_t *epoch = json_pack("{sI sf}", "epoch", (json_int_t)line->epoch, "seconds", line->seconds);
        add_metrics(epoch, line->metrics);
        json_array_append_new(epochs, epoch);
    }
    json_t *report = json_pack("{ss so ss* sI so}", "model", training->arguments->output, "labels", labels, "positive",
                               recipe->label_count == 2 && !training->separator ? recipe->labels[1] : NULL, "params",
                               (json_int_t)mood_model_count_params(training->model), "history", epochs);
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

/* ---- training ------------------------------------------------------------------------------------------ */

enum { MAX_CALLBACKS = 2, CALLBACK_SIZE = 256 };

/* Keras's callbacks for the arguments; returns their number. */
static size_t make_callbacks(const struct fit_arguments *arguments, char callbacks[MAX_CALLBACKS][CALLBACK_SIZE]) {
    size_t count = 0;
    if (arguments->early_stopping_given)
        snprintf(callbacks[count++], CALLBACK_SIZE, "EarlyStopping('%.100s', patience=%zu, restore_best_weights=True)",
                 arguments->monitor, arguments->early_stopping);
    if (arguments->reduce_lr_given)
        snprintf(callbacks[count++], CALLBACK_SIZE, "ReduceLROnPlateau('%.100s', patience=%zu, factor=%.17g)",
                 arguments->monitor, arguments->reduce_lr, arguments->reduce_lr_factor);
    return count;
}

static mood_status run_fit(struct training *training, struct epochs *epochs, mood_history **history, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_fit_options fitting = MOOD_FIT_OPTIONS;
    char callbacks[MAX_CALLBACKS][CALLBACK_SIZE];
    const char *const names[MAX_CALLBACKS] = {callbacks[0], callbacks[1]};
    fitting.callback_count = make_callbacks(arguments, callbacks);
    fitting.callbacks = names;
    fitting.epochs = arguments->epochs;
    fitting.batch_size = arguments->batch_size;
    fitting.seed = arguments->seed;
    fitting.class_weight = training->class_weights;
    fitting.class_count = training->class_weights ? training->recipe.label_count : 0;
    if (training->validation_data) {
        fitting.x_val = training->validation.x;
        fitting.y_val = training->y_validation;
        fitting.n_val = training->validation.n;
    } else {
        fitting.validation_split = arguments->validation_split;
    }
    epochs_add_callbacks(epochs, &fitting);
    return mood_model_fit(training->model, training->train.x, training->train.n, training->train.T, training->y,
                          mood_model_get_label_width(training->model), &fitting, history, err);
}

/* A loss that is not finite has made the weights NaN. */
static mood_status check_history(const struct training *training, const struct save_best *best,
                                 const mood_history *history, mood_error *err) {
    const mood_epoch *last = history && history->count ? &history->epochs[history->count - 1] : NULL;
    if (last && isfinite(mood_metrics_get(last->metrics, "loss")) &&
        (!training_validates(training) || isfinite(mood_metrics_get(last->metrics, "val_loss"))))
        return MOOD_OK;
    if (best->saved)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                              "the loss is not a finite number: training diverged; %s has the weights of epoch %zu; "
                              "try a smaller --learning-rate",
                              best->path, best->epoch + 1);
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                          "the loss is not a finite number: training diverged, and nothing was saved; try a smaller "
                          "--learning-rate");
}

/* With --save-best the file already contains the best epoch. */
static mood_status save_model(const struct training *training, const struct save_best *best,
                              const mood_history *history, mood_error *err) {
    if (best->status != MOOD_OK) {
        *err = best->err;
        return best->status;
    }
    mood_status status = check_history(training, best, history, err);
    if (status != MOOD_OK || best->saved)
        return status;
    return mood_model_save(training->model, training->arguments->output, &training->recipe, err);
}

/* The first epoch with the best value of the metric, from 0. */
static size_t best_epoch(const struct save_best *best, const mood_history *history) {
    size_t found = 0;
    for (size_t i = 1; i < history->count; i++)
        if (best->direction * (mood_metrics_get(history->epochs[i].metrics, best->monitor) -
                               mood_metrics_get(history->epochs[found].metrics, best->monitor)) >
            0)
            found = i;
    return found;
}

static void print_saved(const struct training *training, const struct save_best *best, const mood_history *history,
                        bool interrupted) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    if (history->stopped && !interrupted)
        print_note(common, "early stopping after epoch %zu: %s did not improve (patience %zu)", history->count,
                   best->monitor, arguments->early_stopping);
    if (best->saved || arguments->early_stopping_given)
        print_note(common, "%s: the weights of epoch %zu, which has the best %s", arguments->output,
                   (best->saved ? best->epoch : best_epoch(best, history)) + 1, best->monitor);
    print_note(common, "%s: %zu parameters", arguments->output, mood_model_count_params(training->model));
}

/* Set the metric of --monitor. Errors: the model has no such metric, or it is unknown whether larger values are
 * better. */
static mood_status choose_monitor(const struct training *training, struct save_best *best, mood_error *err) {
    best->monitor = training->arguments->monitor;
    best->direction = mood_model_get_metric_direction(training->model, best->monitor);
    if (best->direction != 0)
        return MOOD_OK;
    return mood_error_set(
        err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
        "--monitor: %s is not the loss, or a metric of this model with a known direction; metrics are named as in the "
        "line of each epoch (--metrics AUC: val_AUC)",
        best->monitor);
}

/* Train, save and report. Returns the exit status. */
static int train_and_save(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    struct save_best best = {
        .path = arguments->save_best ? arguments->output : NULL, .model = training->model, .recipe = &training->recipe};
    struct epochs epochs;
    mood_history *history = NULL;
    int result = EXIT_FAILURE;
    mood_status status = choose_monitor(training, &best, err);
    if (status == MOOD_OK)
        status = epochs_start(&epochs, common, arguments->epochs, arguments->history, err);
    if (status)
        return fail(common, err);
    epochs.next = save_best_epoch;
    epochs.user = &best;
    status = run_fit(training, &epochs, &history, err);
    bool interrupted = interrupt_caught() && status == MOOD_OK;
    mood_error history_err = {0};
    mood_status history_status = epochs_stop(&epochs, &history_err);

    if (interrupted && epochs.finished == 0) {
        print_error("interrupted in the first epoch; nothing was saved");
        goto done;
    }
    if (status == MOOD_OK)
        status = save_model(training, &best, history, err);
    if (status == MOOD_OK && arguments->plot)
        status = plot_write(arguments->plot, history, err);
    if (status == MOOD_OK && common->json)
        status = print_json(training, history, err);
    if (status) {
        result = fail(common, err);
        goto done;
    }
    print_saved(training, &best, history, interrupted);
    result = EXIT_SUCCESS;
    if (history_status)
        result = fail(common, &history_err);
    if (interrupted) {
        print_error("interrupted in epoch %zu of %zu; the model was saved with its %s weights; continue with "
                    "--resume %s",
                    epochs.finished + 1, arguments->epochs,
                    best.saved || arguments->early_stopping_given ? "best" : "current", arguments->output);
        result = EXIT_FAILURE;
    }
done:
    mood_history_destroy(history);
    return result;
}

/* The model may replace the resumed one: it is written to a temporary file and renamed. The history is written in
 * place. */
static mood_status check_outputs(const struct fit_arguments *arguments, mood_error *err) {
    const mood_recipe_options *given = &arguments->recipe.options;
    const char *const inputs[] = {arguments->data,   arguments->validation, given->architecture, given->tokenizer,
                                  given->word_index, arguments->vectors,    arguments->resume,   arguments->output};
    mood_status status = check_not_input("-o", arguments->output, inputs, 6, err);
    if (status == MOOD_OK)
        status = check_not_input("--history", arguments->history, inputs, 8, err);
    if (status == MOOD_OK)
        status = check_not_input("--plot", arguments->plot, inputs, 8, err);
    return status == MOOD_OK && arguments->plot ? plot_check(arguments->plot, err) : status;
}

int fit_command(int argc, char **argv) {
    struct fit_arguments arguments = {
        .num_words = 5000,
        .recipe = RECIPE_ARGUMENTS,
        .epochs = 10,
        .batch_size = 32,
        .validation_split = ARTICLE_SPLIT,
        .monitor = "val_loss",
    };
    struct parsing parsing = {.arguments = &arguments};
    struct training training = {.arguments = &arguments};
    mood_error err = {0};
    int result;

    if (parse_arguments(&fit_argp, 0, argc, argv, &parsing) != 0)
        return EXIT_USAGE;
    mood_status status = check_outputs(&arguments, &err);
    if (status == MOOD_OK && arguments.output)
        status = check_writable(arguments.output, &err);
    if (status == MOOD_OK)
        status = training_prepare(&training, &err);
    if (status) {
        result = fail(&arguments.common, &err);
    } else {
        status = print_data(&training, &err);
        result = status != MOOD_OK ? fail(&arguments.common, &err) : EXIT_SUCCESS;
        if (status == MOOD_OK && !arguments.dry_run)
            result = train_and_save(&training, &err);
    }
    training_destroy(&training);
    recipe_arguments_clear(&arguments.recipe);
    data_options_clear(&arguments.reading);
    free(arguments.new_optimizer);
    free(arguments.vectorizer);
    free(arguments.metrics);
    return result;
}
