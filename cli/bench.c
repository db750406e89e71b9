/* mood bench: how fast this machine runs a model. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "shipped.h"

enum {
    OPTION_MODEL = 0x100,
    OPTION_LAYERS,
    OPTION_NUM_WORDS,
    OPTION_DATA,
    OPTION_LENGTH,
    OPTION_BATCH,
    OPTION_ROWS,
    OPTION_ROUNDS,
    OPTION_SEED
};

static const struct argp_option options[] = {
    {"model", OPTION_MODEL, "MODEL.keras", 0, "run this model (one with random weights)", 0},
    {"layers", OPTION_LAYERS, "LINE", 0,
     "the layers of the random model (embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid)", 0},
    {"num-words", OPTION_NUM_WORDS, "N", 0, "the vocabulary of the random model (5000)", 0},
    {"data", OPTION_DATA, "FILE", 0, "texts of this data set, with --model (random word ids)", 0},
    {"length", OPTION_LENGTH, "N", 0, "words per text (50, or the model's)", 0},
    {"batch", OPTION_BATCH, "N[,N…]", 0,
     "batch sizes, one measurement for each (infer: 32,256,1024; text: the scorer's own; train: 32,256)", 0},
    {"rows", OPTION_ROWS, "N", 0,
     "texts per round (infer: 8192; latency: 500; train: 2048; with --data all, for latency 2000)", 0},
    {"rounds", OPTION_ROUNDS, "N", 0, "rounds, of which the fastest and the median are shown (5)", 0},
    {"seed", OPTION_SEED, "N", 0, "seed of weights and word ids (0)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void parse_batches(struct bench_arguments *arguments, char *list, struct argp_state *state) {
    char *rest = list, *word;
    arguments->batch_count = 0;
    while ((word = strsep(&rest, ","))) {
        if (arguments->batch_count == BENCH_MOST_BATCHES)
            argp_error(state, "--batch takes at most %d numbers", BENCH_MOST_BATCHES);
        arguments->batches[arguments->batch_count++] = parse_count(state, "--batch", word, 1, 1 << 20);
    }
}

static void parse_layers(struct bench_arguments *arguments, const char *line, struct argp_state *state) {
    mood_error err;
    if (architecture_parse(line, &arguments->layers, &err) || architecture_check_input(&arguments->layers, false, &err))
        argp_error(state, "%s", err.message);
    arguments->layers_given = true;
}

static void parse_work(struct bench_arguments *arguments, const char *name, struct argp_state *state) {
    for (size_t i = 0; i < WORK_COUNT; i++)
        if (strcmp(bench_work_names[i], name) == 0) {
            arguments->works[i] = true;
            return;
        }
    argp_error(state, "unknown measurement '%s'; known: infer, text, latency, train", name);
}

static void check_arguments(struct bench_arguments *arguments, struct argp_state *state) {
    bool any = false;
    for (size_t i = 0; i < WORK_COUNT; i++)
        any |= arguments->works[i];
    for (size_t i = 0; i < WORK_COUNT && !any; i++)
        arguments->works[i] = i != WORK_TEXT || arguments->data.path;
    if (arguments->works[WORK_TEXT] && !arguments->data.path)
        argp_error(state, "text needs --data, the texts to score");
    if (arguments->data.path && !arguments->model)
        argp_error(state, "--data needs --model, whose tokenizer converts the texts");
    if (arguments->model && (arguments->layers_given || arguments->words))
        argp_error(state, "--layers and --num-words are for a random model; they can't be combined with --model");
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct bench_arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->data.options;
        return 0;
    case OPTION_MODEL: arguments->model = model_argument(argument); return 0;
    case OPTION_LAYERS: parse_layers(arguments, argument, state); return 0;
    case OPTION_NUM_WORDS: arguments->words = parse_count(state, "--num-words", argument, 2, 1 << 28); return 0;
    case OPTION_DATA: arguments->data.path = argument; return 0;
    case OPTION_LENGTH: arguments->length = parse_count(state, "--length", argument, 1, 1 << 20); return 0;
    case OPTION_BATCH: parse_batches(arguments, argument, state); return 0;
    case OPTION_ROWS: arguments->rows = parse_count(state, "--rows", argument, 1, 1 << 30); return 0;
    case OPTION_ROUNDS: arguments->rounds = parse_count(state, "--rounds", argument, 1, 10000); return 0;
    case OPTION_SEED: arguments->seed = parse_count(state, "--seed", argument, 0, SIZE_MAX); return 0;
    case ARGP_KEY_ARG: parse_work(arguments, argument, state); return 0;
    case ARGP_KEY_END: check_arguments(arguments, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&data_option_argp, 0, "The file of --data:", 10},
    {NULL, 0, NULL, 0},
};

const struct argp bench_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "[infer|text|latency|train]…",
    .doc = "Measure how fast this machine runs a model: inference in batches (infer from ids, text from the texts of "
           "--data), one text at a time (with --data from the text to its label), and one epoch of training. "
           "Without an argument all of these are measured, text only with --data."
           "\vThe batch sizes take turns in every round, after one warm-up round that is not counted. Random texts are "
           "full: no time is saved on padding. GFLOP/s count matrix products only, training as three forward passes, "
           "and padding as if it were words.\n\n"
           "Examples:\n"
           "  mood bench\n"
           "  mood bench infer --batch 32,1024 --json\n"
           "  mood bench text latency --model reviews.keras --data reviews.csv",
    .children = children,
};

int bench_command(int argc, char **argv) {
    struct bench_arguments arguments = {.rounds = 5};
    mood_error err = {0};
    if (parse_arguments(&bench_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    int result = bench_run(&arguments, &err) ? fail(&arguments.common, &err) : EXIT_SUCCESS;
    data_options_clear(&arguments.data.options);
    return result;
}
