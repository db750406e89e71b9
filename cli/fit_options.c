/* The options of mood fit. */
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "fit.h"
#include "plot.h"
#include "shipped.h"

enum {
    OPTION_PROBABILITIES = 0x100,
    OPTION_NUM_WORDS,
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
    OPTION_CALIBRATE,
    OPTION_THRESHOLD,
    OPTION_LAYERS,
    OPTION_FROM,
    OPTION_VECTORS,
    OPTION_FREEZE_VECTORS,
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
    {"plot", OPTION_PLOT, PLOT_OPTION, 0, "draw the loss and the metrics of each epoch; -: as text (needs gnuplot)", 1},
    {NULL, 0, NULL, 0, "Data:", 2},
    {"probabilities", OPTION_PROBABILITIES, "COLUMN[,COLUMN…]", 0,
     "soft labels: the column with the probability of the positive label, or one column per label with its "
     "probability or its number of votes",
     2},
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
     "stores them (none)",
     2},
    {"segment", OPTION_SEGMENT, "words|characters|icu", 0,
     "how texts are split: at spaces; also around each character of scripts without spaces, as Chinese; or into the "
     "words that ICU finds (words)",
     2},
    {NULL, 0, NULL, 0, "Model and training:", 3},
    {"preset", OPTION_PRESET, "auto|article", 0,
     "choose what is not given: auto: from the data, see doc/accuracy.md; its settings can be given, as in "
     "auto:units=128,dropout=0.3; article: 50 words, the 5000 most frequent, "
     "embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid, 10 epochs (auto; article with --layers, "
     "--architecture, --vectorizer or --matrix)",
     3},
    {"layers", OPTION_LAYERS, "LINE", 0, "the layers (see --preset)", 3},
    {"vectors", OPTION_VECTORS, "FILE|none", 0,
     "use these word vectors in the Embedding, with --layers as its first weights: GloVe, word2vec or fastText (.vec), "
     "also compressed; none: also no shipped ones",
     3},
    {"freeze-vectors", OPTION_FREEZE_VECTORS, "EPOCHS", 0,
     "freeze the vectors for this many epochs, then train them (--preset auto: all epochs; --layers: 0)", 3},
    {"from", OPTION_FROM, "NAME|FILE|none", 0,
     "initialize words and recurrent layer from this base model: a shipped one, as english-reviews, or one of "
     "--preset auto; none: no base model",
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
    {"early-stopping", OPTION_EARLY_STOPPING, "PATIENCE|none", 0,
     "stop if val_loss, or --monitor, has not improved for this many epochs, and take the best epoch's weights; none: "
     "train all epochs (none; --preset auto: 4)",
     3},
    {"reduce-lr", OPTION_REDUCE_LR, "PATIENCE[:FACTOR]", 0,
     "multiply the learning rate by the factor (0.1) if val_loss, or --monitor, has not improved for this many epochs",
     3},
    {"save-best", OPTION_SAVE_BEST, NULL, 0,
     "save the model after each epoch that has the best val_loss, or --monitor, so far, and not at the end", 3},
    {"calibrate", OPTION_CALIBRATE, NULL, 0,
     "after training fit a temperature on the validation rows, which makes the scores better probabilities", 3},
    {"threshold", OPTION_THRESHOLD, "NUMBER|f1", 0,
     "two labels: the second one applies above this score; multi-label: each label above it; f1: the threshold "
     "with the largest F1 on the validation rows (0.5)",
     3},
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
    case OPTION_FREEZE_VECTORS: return "--freeze-vectors";
    case OPTION_FROM: return "--from";
    default: return NULL;
    }
}

#define ARTICLE_SPLIT 0.2

static void no_memory(struct argp_state *state) {
    argp_failure(state, EXIT_FAILURE, 0, "out of memory");
}

static void parse_metrics(struct fit_arguments *arguments, char *argument, struct argp_state *state) {
    free(arguments->metrics);
    arguments->metric_count = split_expressions(argument, &arguments->metrics);
    if (!arguments->metrics)
        no_memory(state);
}

static void parse_preset(struct fit_parsing *parsing, const char *argument, struct argp_state *state) {
    struct fit_arguments *arguments = parsing->arguments;
    static const char with_settings[] = "auto:";
    mood_error err;
    arguments->settings = (struct preset_settings){0};
    arguments->article = strcmp(argument, "article") == 0;
    parsing->preset_given = true;
    if (arguments->article || strcmp(argument, "auto") == 0)
        return;
    if (strncmp(argument, with_settings, strlen(with_settings)) != 0)
        argp_error(state, "--preset takes auto or article, not '%s'", argument);
    else if (preset_settings_parse(argument + strlen(with_settings), &arguments->settings, &err) != MOOD_OK)
        argp_error(state, "--preset: %s", err.message);
}

static void parse_reduce_lr(struct fit_arguments *arguments, char *argument, struct argp_state *state) {
    char *factor = strchr(argument, ':');
    if (factor)
        *factor++ = '\0';
    arguments->reduce_lr = parse_count(state, "--reduce-lr", argument, 0, 1000000);
    arguments->reduce_lr_factor = factor ? parse_real(state, "--reduce-lr", factor, 0.0, 0.999999) : 0.1;
    arguments->reduce_lr_given = true;
}

static void parse_threshold(struct fit_arguments *arguments, const char *argument, struct argp_state *state) {
    mood_error err;
    arguments->threshold_f1 = strcmp(argument, "f1") == 0;
    arguments->threshold = MOOD_NO_THRESHOLD;
    if (!arguments->threshold_f1 && threshold_parse("--threshold", argument, &arguments->threshold, &err) != MOOD_OK)
        argp_error(state, "--threshold takes a number or f1, not '%s'", argument);
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct fit_parsing *parsing = state->input;
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
    case OPTION_RESUME: arguments->resume = model_argument(argument); return 0;
    case OPTION_DRY_RUN: arguments->dry_run = true; return 0;
    case OPTION_HISTORY: arguments->history = argument; return 0;
    case OPTION_PLOT: arguments->plot = argument; return 0;
    case OPTION_PROBABILITIES: name_list_set(&arguments->reading.probabilities, argument, state); return 0;
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
    case OPTION_PRESET: parse_preset(parsing, argument, state); break;
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
        arguments->no_early_stopping = strcmp(argument, "none") == 0;
        arguments->early_stopping_given = !arguments->no_early_stopping;
        if (arguments->early_stopping_given)
            arguments->early_stopping = parse_count(state, "--early-stopping", argument, 0, 1000000);
        break;
    case OPTION_REDUCE_LR: parse_reduce_lr(arguments, argument, state); break;
    case OPTION_CALIBRATE: arguments->calibrate = true; break;
    case OPTION_THRESHOLD: parse_threshold(arguments, argument, state); break;
    case OPTION_SAVE_BEST: arguments->save_best = true; break;
    case OPTION_LAYERS:
        if (architecture_parse(argument, &arguments->layers, &err))
            argp_error(state, "%s", err.message);
        arguments->layers_given = true;
        break;
    case OPTION_FROM:
        arguments->no_base_model = strcmp(argument, "none") == 0;
        arguments->from = arguments->no_base_model ? NULL : argument;
        break;
    case OPTION_VECTORS:
        arguments->no_vectors = strcmp(argument, "none") == 0;
        arguments->vectors = arguments->no_vectors ? NULL : argument;
        break;
    case OPTION_FREEZE_VECTORS:
        arguments->freeze_vectors = parse_count(state, "--freeze-vectors", argument, 0, 1000000);
        arguments->freeze_vectors_given = true;
        break;
    case ARGP_KEY_ARG:
        if (arguments->data)
            argp_error(state, "too many arguments: '%s'", argument);
        arguments->data = argument;
        break;
    case ARGP_KEY_END: fit_check(parsing, state); break;
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
    .children = fit_children,
};

struct fit_arguments fit_defaults(void) {
    return (struct fit_arguments){
        .num_words = 5000,
        .recipe = RECIPE_ARGUMENTS,
        .epochs = 10,
        .batch_size = 32,
        .validation_split = ARTICLE_SPLIT,
        .monitor = "val_loss",
        .threshold = MOOD_NO_THRESHOLD,
    };
}

void fit_arguments_clear(struct fit_arguments *arguments) {
    recipe_arguments_clear(&arguments->recipe);
    data_options_clear(&arguments->reading);
    free(arguments->new_optimizer);
    free(arguments->vectorizer);
    free(arguments->metrics);
}
