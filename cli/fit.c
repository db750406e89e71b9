/* mood fit: train a model on a CSV file of labelled texts. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epochs.h"
#include "fit.h"
#include "output.h"
#include "terminal.h"

/* ---- arguments ---------------------------------------------------------------------------------------- */

enum {
    OPTION_NUM_WORDS = 0x100,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_SPLIT,
    OPTION_VALIDATION,
    OPTION_OPTIMIZER,
    OPTION_LEARNING_RATE,
    OPTION_LOSS,
    OPTION_LAYERS,
    OPTION_TEXT,
    OPTION_LABEL,
    OPTION_POSITIVE,
    OPTION_SEPARATOR,
    OPTION_SEED,
    OPTION_HISTORY,
    OPTION_RESUME
};

static const struct argp_option options[] = {
    {"output", 'o', "MODEL.keras", 0, "save the model here", 1},
    {"resume", OPTION_RESUME, "MODEL.keras", 0,
     "continue training this model, with its vocabulary and optimizer state; with --optimizer, a new optimizer", 1},
    {"history", OPTION_HISTORY, "FILE.csv", 0, "write one line per epoch, as Keras's CSVLogger", 1},
    {NULL, 0, NULL, 0, "Data:", 2},
    {"text", OPTION_TEXT, "COLUMN", 0, "the column of the texts (text)", 2},
    {"label", OPTION_LABEL, "COLUMN", 0, "the column of the labels (label)", 2},
    {"positive", OPTION_POSITIVE, "NAME", 0,
     "the positive one of two labels (1, pos, positive, yes, true or good, else the second in sorted order)", 2},
    {"label-separator", OPTION_SEPARATOR, "CHAR", 0,
     "a row has any number of labels, separated by this character, as in joy|anger (with --resume of a multi-label "
     "model: |)",
     2},
    {"validation-split", OPTION_SPLIT, "PART", 0, "use this part of the rows, the last ones, for validation (0.2)", 2},
    {"validation", OPTION_VALIDATION, "FILE.csv", 0, "validate on this file instead", 2},
    {"num-words", OPTION_NUM_WORDS, "N", 0, "use the N-1 most frequent words; 0: all (5000)", 2},
    {NULL, 0, NULL, 0, "Model and training:", 3},
    {"layers", OPTION_LAYERS, "LINE", 0, "the layers (embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid)", 3},
    {"epochs", OPTION_EPOCHS, "N", 0, "passes over the data (10)", 3},
    {"batch-size", OPTION_BATCH_SIZE, "N", 0, "texts per batch (32)", 3},
    {"optimizer", OPTION_OPTIMIZER, "adam", 0, "the only optimizer", 3},
    {"learning-rate", OPTION_LEARNING_RATE, "RATE", 0, "the learning rate of the optimizer (0.001)", 3},
    {"loss", OPTION_LOSS, "NAME", 0,
     "binary_crossentropy, categorical_crossentropy or sparse_categorical_crossentropy (the first for two labels, the "
     "last for more)",
     3},
    {"seed", OPTION_SEED, "N", 0, "seed of weights and shuffling; the same seed gives the same model (0)", 3},
    {NULL, 0, NULL, 0, NULL, 0},
};

static mood_loss parse_loss(const char *name, struct argp_state *state) {
    static const char *const names[] = {"binary_crossentropy", "categorical_crossentropy",
                                        "sparse_categorical_crossentropy"};
    enum { COUNT = sizeof names / sizeof *names };
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (mood_loss)i; /* the names stand in the enumeration's order */
    const char *nearest = nearest_name(name, names, COUNT);
    argp_error(state, "--loss: unknown loss '%s'%s%s%s", name, nearest ? "; did you mean '" : "",
               nearest ? nearest : "", nearest ? "'?" : "");
    return MOOD_BINARY_CROSSENTROPY;
}

/* What --resume takes from the model, and can't be told otherwise. */
static const char *fixed_by_resume(int key) {
    switch (key) {
    case OPTION_NUM_WORDS: return "--num-words";
    case OPTION_LAYERS: return "--layers";
    case OPTION_POSITIVE: return "--positive";
    default: return NULL;
    }
}

struct parsing {
    struct fit_arguments *arguments;
    const char *fixed;        /* an option given that does not go with --resume */
    const char *of_optimizer; /* an option given that goes with --resume only where --optimizer is given, too */
    bool split_given;
};

static void check_arguments(const struct parsing *parsing, struct argp_state *state) {
    const struct fit_arguments *arguments = parsing->arguments;
    if (!arguments->data)
        argp_error(state, "missing argument: a CSV file of labelled texts");
    if (!arguments->output)
        argp_error(state, "missing -o MODEL.keras");
    if (arguments->resume && parsing->fixed)
        argp_error(state, "%s can't be combined with --resume: the model determines it", parsing->fixed);
    if (!arguments->resume && (arguments->recipe.options.tokenizer || arguments->recipe.options.word_index))
        argp_error(state, "--%s is for --resume: a new model's tokenizer is fitted on the data",
                   arguments->recipe.options.tokenizer ? "tokenizer" : "word-index");
    if (arguments->recipe.options.labels && arguments->positive)
        argp_error(state, "--labels and --positive can't be combined: the last of two labels is the positive one");
    if (arguments->resume && parsing->of_optimizer && !arguments->optimizer_given)
        argp_error(state, "%s with --resume needs a new optimizer: add --optimizer adam", parsing->of_optimizer);
    if (arguments->recipe.options.architecture && arguments->layers_given)
        argp_error(state, "--architecture and --layers can't be combined");
    if (arguments->positive && arguments->separator)
        argp_error(state, "--positive and --label-separator can't be combined");
    if (arguments->validation && parsing->split_given)
        argp_error(state, "--validation and --validation-split can't be combined");
    if (arguments->validation && strcmp(arguments->validation, "-") == 0 && strcmp(arguments->data, "-") == 0)
        argp_error(state, "standard input can be read once only");
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
        return 0;
    case 'o': arguments->output = argument; return 0;
    case OPTION_RESUME: arguments->resume = argument; return 0;
    case OPTION_HISTORY: arguments->history = argument; return 0;
    case OPTION_TEXT: arguments->text = argument; return 0;
    case OPTION_LABEL: arguments->label = argument; return 0;
    case OPTION_POSITIVE: arguments->positive = argument; return 0;
    case OPTION_SEPARATOR: arguments->separator = parse_character(state, "--label-separator", argument); return 0;
    case OPTION_VALIDATION: arguments->validation = argument; return 0;
    case OPTION_SPLIT:
        arguments->validation_split = parse_real(state, "--validation-split", argument, 0.0, 0.999);
        parsing->split_given = true;
        return 0;
    case OPTION_NUM_WORDS:
        arguments->num_words = parse_count(state, "--num-words", argument, 0, 1 << 28);
        arguments->num_words_given = true;
        break;
    case OPTION_EPOCHS: arguments->epochs = parse_count(state, "--epochs", argument, 1, 1000000); break;
    case OPTION_BATCH_SIZE: arguments->batch_size = parse_count(state, "--batch-size", argument, 1, 1 << 20); break;
    case OPTION_LEARNING_RATE:
        arguments->learning_rate = parse_real(state, "--learning-rate", argument, 1e-12, 1e6);
        parsing->of_optimizer = "--learning-rate";
        break;
    case OPTION_SEED: arguments->seed = parse_count(state, "--seed", argument, 0, SIZE_MAX); break;
    case OPTION_OPTIMIZER:
        if (strcmp(argument, "adam") != 0)
            argp_error(state, "--optimizer: unknown optimizer '%s'; only adam is supported", argument);
        arguments->optimizer_given = true;
        break;
    case OPTION_LOSS:
        arguments->loss = parse_loss(argument, state);
        arguments->loss_given = true;
        parsing->of_optimizer = "--loss";
        break;
    case OPTION_LAYERS:
        if (architecture_parse(argument, &arguments->layers, &err))
            argp_error(state, "%s", err.message);
        arguments->layers_given = true;
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
    .args_doc = "DATA.csv -o MODEL.keras",
    .doc =
        "Train a model on labelled texts: a CSV file (or .csv.gz, or - for standard input) whose first row names the "
        "columns."
        "\vCtrl-C ends training after the current batch. If at least one epoch was finished, the model is saved with "
        "its weights of that moment; else nothing is saved. The exit status is 1 in both cases. A second Ctrl-C ends "
        "the program at once, and nothing is saved.\n\n"
        "Examples:\n"
        "  mood fit reviews.csv -o reviews.keras\n"
        "  mood fit reviews.csv --validation others.csv --epochs 4 -o reviews.keras\n"
        "  mood fit more.csv --resume reviews.keras -o reviews-2.keras",
    .children = recipe_children,
};

/* ---- telling ------------------------------------------------------------------------------------------- */

static void tell_labels(const struct training *training) {
    const struct common *common = &training->arguments->common;
    const mood_recipe *recipe = &training->recipe;
    const char *positive = mood_dataset_get_positive(training->data);
    size_t n = mood_dataset_get_count(training->data), rows = training_rows(training);
    print_note(common, "%zu rows: %zu for training, %zu for validation", n, rows,
               training->validation_data ? mood_dataset_get_count(training->validation_data) : n - rows);
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

static void add_metric(json_t *epoch, const char *name, double value) {
    json_object_set_new(epoch, name, isnan(value) ? json_null() : json_real(value));
}

static mood_status tell_json(const struct training *training, const mood_history *history, mood_error *err) {
    const mood_recipe *recipe = &training->recipe;
    json_t *labels = json_array(), *epochs = json_array();
    for (size_t k = 0; k < recipe->label_count; k++)
        json_array_append_new(labels, json_string(recipe->labels[k]));
    for (size_t i = 0; i < history->count; i++) {
        const mood_epoch *line = &history->epochs[i];
        json_t *epoch = json_pack("{sI sf}", "epoch", (json_int_t)line->epoch, "seconds", line->seconds);
        add_metric(epoch, "accuracy", line->accuracy);
        add_metric(epoch, "loss", line->loss);
        add_metric(epoch, "val_accuracy", line->val_accuracy);
        add_metric(epoch, "val_loss", line->val_loss);
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

static mood_status run_fit(struct training *training, struct epochs *epochs, mood_history **history, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_fit_options fitting = MOOD_FIT_OPTIONS;
    fitting.epochs = arguments->epochs;
    fitting.batch_size = arguments->batch_size;
    fitting.seed = arguments->seed;
    if (training->validation_data) {
        fitting.x_val = training->validation.x;
        fitting.y_val = training->y_validation ? training->y_validation : training->validation.y;
        fitting.n_val = training->validation.n;
    } else {
        fitting.validation_split = arguments->validation_split;
    }
    epochs_watch(epochs, &fitting);
    const float *y = training->y ? training->y : training->train.y;
    return mood_model_fit(training->model, training->train.x, training->train.n, training->train.T, y,
                          training->outputs, &fitting, history, err);
}

/* A loss that is not finite makes the weights NaN. */
static mood_status check_history(const struct training *training, const mood_history *history, mood_error *err) {
    const mood_epoch *last = history && history->count ? &history->epochs[history->count - 1] : NULL;
    if (last && isfinite(last->loss) && (!training_validates(training) || isfinite(last->val_loss)))
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                          "the loss is not a finite number: training diverged, and nothing was saved; try a smaller "
                          "--learning-rate");
}

/* Train, save, tell; the exit status. */
static int train_and_save(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    struct epochs epochs;
    mood_history *history = NULL;
    int result = EXIT_FAILURE;
    mood_status status = epochs_start(&epochs, common, arguments->epochs, arguments->history, err);
    if (status)
        return fail(common, err);
    status = run_fit(training, &epochs, &history, err);
    bool interrupted = epochs_interrupted() && status == MOOD_OK;
    mood_error history_err = {0};
    mood_status history_status = epochs_stop(&epochs, &history_err);

    if (interrupted && epochs.finished == 0) {
        print_error("interrupted in the first epoch; nothing was saved");
        goto done;
    }
    if (status == MOOD_OK)
        status = check_history(training, history, err);
    if (status == MOOD_OK)
        status = mood_model_save(training->model, arguments->output, &training->recipe, err);
    if (status == MOOD_OK && common->json)
        status = tell_json(training, history, err);
    if (status) {
        result = fail(common, err);
        goto done;
    }
    print_note(common, "%s: %zu parameters", arguments->output, mood_model_count_params(training->model));
    result = EXIT_SUCCESS;
    if (history_status)
        result = fail(common, &history_err);
    if (interrupted) {
        print_error("interrupted in epoch %zu of %zu; the model was saved with its current weights; continue with "
                    "--resume %s",
                    epochs.finished + 1, arguments->epochs, arguments->output);
        result = EXIT_FAILURE;
    }
done:
    mood_history_destroy(history);
    return result;
}

/* The model may replace the one that is resumed: it is written beside it and renamed. The history is not. */
static mood_status check_outputs(const struct fit_arguments *arguments, mood_error *err) {
    const mood_recipe_options *given = &arguments->recipe.options;
    const char *const inputs[] = {arguments->data,     arguments->validation, given->architecture, given->tokenizer,
                                  given->word_index, arguments->resume,     arguments->output};
    mood_status status = check_not_input("-o", arguments->output, inputs, 5, err);
    return status == MOOD_OK ? check_not_input("--history", arguments->history, inputs, 7, err) : status;
}

int fit_command(int argc, char **argv) {
    struct fit_arguments arguments = {
        .num_words = 5000,
        .recipe = RECIPE_ARGUMENTS,
        .epochs = 10,
        .batch_size = 32,
        .validation_split = 0.2,
        .learning_rate = 0.001,
    };
    struct parsing parsing = {.arguments = &arguments};
    struct training training = {.arguments = &arguments};
    mood_error err = {0};
    int result;

    if (parse_arguments(&fit_argp, 0, argc, argv, &parsing) != 0)
        return EXIT_USAGE;
    mood_status status = check_outputs(&arguments, &err);
    if (status == MOOD_OK)
        status = check_writable(arguments.output, &err);
    if (status == MOOD_OK)
        status = training_prepare(&training, &err);
    if (status) {
        result = fail(&arguments.common, &err);
    } else {
        tell_labels(&training);
        result = train_and_save(&training, &err);
    }
    training_destroy(&training);
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
