/* mood tune: the command and its options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tune.h"

/* Options with keys from PASSED on are passed to mood fit unchanged. */
enum {
    OPTION_LOG = 0x100,
    OPTION_TRIALS,
    OPTION_TIME,
    OPTION_METRIC,
    OPTION_FOLDS,
    OPTION_EPOCHS,
    OPTION_SEED,
    OPTION_PRESET,
    OPTION_DRY_RUN,
    PASSED = 0x200,
    OPTION_VALIDATION
};
enum { DEFAULT_TRIALS = 30 };

static const struct argp_option options[] = {
    {"output", 'o', "MODEL.keras", 0, "save the model here", 1},
    {"log", OPTION_LOG, "FILE.jsonl", 0,
     "write a line per result here, and continue from it (the name of -o and .trials.jsonl)", 1},
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "print what is in the data and which values are tried, and do not train", 1},
    {NULL, 0, NULL, 0, "Search:", 2},
    {"trials", OPTION_TRIALS, "N", 0, "number of trials, each with other settings (30; with --time no limit)", 2},
    {"time", OPTION_TIME, "MINUTES", 0, "duration of the search, without the last training, which follows it", 2},
    {"metric", OPTION_METRIC, "accuracy|macro_f1|log_loss", 0,
     "by which trials are compared (accuracy; macro_f1 if labels have very different numbers of rows, or for several "
     "labels per row)",
     2},
    {"folds", OPTION_FOLDS, "N", 0,
     "parts of the rows for cross-validation; most trials are measured on one or two of them; 1: one validation part "
     "as in mood fit, and fewer epochs for most trials (5; from 15000 rows on 1)",
     2},
    {"epochs", OPTION_EPOCHS, "N", 0, "largest number of passes over the data (30)", 2},
    {"seed", OPTION_SEED, "N", 0, "seed of the settings, weights and shuffling (0)", 2},
    {NULL, 0, NULL, 0, "Options of mood fit; a setting that is given is not searched:", 3},
    {"preset", OPTION_PRESET, "auto:KEY=VALUE,…", 0, "keep these settings of --preset auto", 3},
    {"validation", OPTION_VALIDATION, "FILE", 0, "validate on this file instead", 3},
    {"validation-split", PASSED + 2, "PART", 0, "validation rows of the last training, and with --folds 1 (0.1)", 3},
    {"num-words", PASSED + 3, "N", 0, "use the N-1 most frequent words", 3},
    {"clean", PASSED + 4, "STEP[,STEP…]|none", 0, "clean the texts in these steps", 3},
    {"segment", PASSED + 5, "words|characters|icu", 0, "how texts are split", 3},
    {"from", PASSED + 16, "NAME|FILE|none", 0, "the base model", 3},
    {"vectors", PASSED + 6, "FILE|none", 0, "the word vectors", 3},
    {"maxlen", PASSED + 7, "N", 0, "words per text", 3},
    {"labels", PASSED + 8, "NAME,NAME...", 0, "the names of the classes", 3},
    {"batch-size", PASSED + 9, "N", 0, "texts per batch", 3},
    {"optimizer", PASSED + 10, "NAME[:KEY=VALUE,…]", 0, "the optimizer", 3},
    {"learning-rate", PASSED + 11, "RATE", 0, "its learning rate", 3},
    {"loss", PASSED + 12, "NAME[:KEY=VALUE,…]", 0, "the loss", 3},
    {"class-weight", PASSED + 13, "balanced|LABEL=WEIGHT,…", 0, "weights of the labels' rows", 3},
    {"early-stopping", PASSED + 14, "PATIENCE|none", 0,
     "stop a training if val_loss has not improved for PATIENCE epochs", 3},
    {"calibrate", PASSED + 15, NULL, 0, "after the last training fit a temperature on its validation rows", 3},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* ---- options ----------------------------------------------------------------------------------------------- */

static void no_memory(struct argp_state *state) {
    argp_failure(state, EXIT_FAILURE, 0, "out of memory");
}

/* Keep an option of a table for mood fit. */
static error_t pass(const struct argp_option *table, int key, const char *value, struct tune_arguments *arguments,
                    struct argp_state *state) {
    for (const struct argp_option *option = table; option->name || option->doc; option++)
        if (option->name && option->key == key) {
            if (!command_line_add(&arguments->given, value ? "--%s=%s" : "--%s", option->name, value))
                no_memory(state);
            return 0;
        }
    return ARGP_ERR_UNKNOWN;
}

static error_t pass_table_option(int key, char *value, struct argp_state *state) {
    return pass(table_option_table, key, value, state->input, state);
}

static error_t pass_data_option(int key, char *value, struct argp_state *state) {
    return pass(data_option_table, key, value, state->input, state);
}

static void parse_metric(struct tune_arguments *arguments, const char *name, struct argp_state *state) {
    size_t i = 0;
    while (i < TUNE_METRIC_COUNT && strcmp(tune_metric_names[i], name) != 0)
        i++;
    if (i == TUNE_METRIC_COUNT)
        argp_error(state, "--metric takes accuracy, macro_f1 or log_loss, not '%s'", name);
    arguments->metric = (enum tune_metric)i;
    arguments->metric_given = true;
}

static void parse_preset(struct tune_arguments *arguments, const char *value, struct argp_state *state) {
    static const char begin[] = "auto:";
    struct preset_settings settings;
    mood_error err;
    if (strcmp(value, "auto") == 0)
        return;
    if (strncmp(value, begin, strlen(begin)) != 0)
        argp_error(state, "--preset takes auto and its settings, not '%s': other models are not tuned", value);
    else if (preset_settings_parse(value + strlen(begin), &settings, &err) != MOOD_OK)
        argp_error(state, "--preset: %s", err.message);
    arguments->preset = value + strlen(begin);
}

static void finish(struct tune_arguments *arguments, struct argp_state *state) {
    if (!arguments->data)
        argp_error(state, "missing argument: a file of labelled texts");
    if (!arguments->output)
        argp_error(state, "missing -o MODEL.keras");
    if (arguments->data && strcmp(arguments->data, "-") == 0)
        argp_error(state, "standard input can't be used: it can be read only once, and each training reads the data");
    if (arguments->validation && arguments->folds > 1)
        argp_error(state, "--validation and --folds can't be combined: the rows of that file validate all trainings");
    if (arguments->validation)
        arguments->folds = 1;
    if (!arguments->trials_given)
        arguments->trials = arguments->minutes > 0 ? SIZE_MAX : DEFAULT_TRIALS;
    if (arguments->output && !arguments->log && asprintf(&arguments->log, "%s.trials.jsonl", arguments->output) < 0)
        no_memory(state);
}

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct tune_arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = state->child_inputs[2] = arguments;
        return 0;
    case 'o': arguments->output = value; return 0;
    case OPTION_LOG:
        free(arguments->log);
        arguments->log = strdup(value);
        if (!arguments->log)
            no_memory(state);
        return 0;
    case OPTION_DRY_RUN: arguments->dry_run = true; return 0;
    case OPTION_TRIALS:
        arguments->trials = parse_count(state, "--trials", value, 1, TUNE_MOST_TRIALS);
        arguments->trials_given = true;
        return 0;
    case OPTION_TIME: arguments->minutes = parse_real(state, "--time", value, 0.01, 1e6); return 0;
    case OPTION_METRIC: parse_metric(arguments, value, state); return 0;
    case OPTION_FOLDS: arguments->folds = parse_count(state, "--folds", value, 1, ASHA_MOST_PARTS); return 0;
    case OPTION_EPOCHS: arguments->epochs = parse_count(state, "--epochs", value, 1, 1000000); return 0;
    case OPTION_SEED: arguments->seed = parse_count(state, "--seed", value, 0, SIZE_MAX); return 0;
    case OPTION_PRESET: parse_preset(arguments, value, state); return 0;
    case OPTION_VALIDATION: arguments->validation = value; return pass(options, key, value, arguments, state);
    case ARGP_KEY_ARG:
        if (arguments->data)
            argp_error(state, "too many arguments: '%s'", value);
        arguments->data = value;
        return 0;
    case ARGP_KEY_END: finish(arguments, state); return 0;
    default: return key >= PASSED ? pass(options, key, value, arguments, state) : ARGP_ERR_UNKNOWN;
    }
}

static const struct argp table_argp = {.options = table_option_table, .parser = pass_table_option};
static const struct argp data_argp = {.options = data_option_table, .parser = pass_data_option};

static const struct argp_child children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&table_argp, 0, DATA_HEADER, 5},
    {&data_argp, 0, "Its labels:", 6},
    {NULL, 0, NULL, 0},
};

const struct argp tune_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "FILE -o MODEL.keras",
    .doc =
        "Search for better settings of mood fit for labelled texts, train the model with them, and print the command "
        "of mood fit that makes the same model. The first trial has the defaults of mood fit; other settings are taken "
        "only if they are better by more than chance."
        "\vThe same command continues a search that was stopped or killed. Ctrl-C ends the search and trains the best "
        "settings so far; the exit status is then 1. A second Ctrl-C ends this training as in mood fit, a third one "
        "the program.\n\n"
        "Examples:\n"
        "  mood tune reviews.csv -o reviews.keras --time 20\n"
        "  mood tune reviews.csv -o reviews.keras --trials 60 --metric macro_f1\n"
        "  mood tune reviews.csv -o reviews.keras --dry-run --vectors none",
    .children = children,
};

/* ---- the command ------------------------------------------------------------------------------------------- */

int tune_command(int argc, char **argv) {
    struct tune_arguments arguments = {.epochs = TUNE_DEFAULT_EPOCHS};
    int result = parse_arguments(&tune_argp, 0, argc, argv, &arguments) != 0 ? EXIT_USAGE : tune_run(&arguments);
    command_line_clear(&arguments.given);
    free(arguments.log);
    return result;
}
