/* mood bench: how fast this machine runs a model. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "command.h"
#include "labelled.h"
#include "measure.h"

#define MOST_BATCHES 16
#define ARTICLE_WORDS 5000
#define ARTICLE_LENGTH 50

static const char *const work_names[] = {"infer", "latency", "train"};
static const size_t default_rows[] = {8192, 500, 2048};
enum { WORK_COUNT = sizeof work_names / sizeof *work_names };

struct arguments {
    struct common common;
    const char *model, *data, *text, *label;
    size_t length, rows, rounds, batches[MOST_BATCHES], batch_count;
    uint64_t seed;
    bool works[WORK_COUNT];
};

enum { OPTION_MODEL = 0x100, OPTION_DATA, OPTION_TEXT, OPTION_LABEL, OPTION_LENGTH, OPTION_BATCH, OPTION_ROWS,
       OPTION_ROUNDS, OPTION_SEED };

static const struct argp_option options[] = {
    {"model", OPTION_MODEL, "FILE", 0, "run this model; else the article's layers with random weights", 0},
    {"data", OPTION_DATA, "FILE.csv", 0, "rows of this data set, with --model; else random ids", 0},
    {"text", OPTION_TEXT, "COLUMN", 0, "the texts' column of --data (text)", 0},
    {"label", OPTION_LABEL, "COLUMN", 0, "the labels' column of --data (label)", 0},
    {"length", OPTION_LENGTH, "N", 0, "words a row (50, or the model's)", 0},
    {"batch", OPTION_BATCH, "N[,N…]", 0, "rows a batch, one measurement each (infer: 32,256,1024; train: 32,256)", 0},
    {"rows", OPTION_ROWS, "N", 0, "rows a round (infer: 8192; latency: 500; train: 2048; with --data all)", 0},
    {"rounds", OPTION_ROUNDS, "N", 0, "rounds, the measurements taking turns in each (5)", 0},
    {"seed", OPTION_SEED, "N", 0, "of weights and ids (0)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void parse_batches(struct arguments *arguments, char *list, struct argp_state *state) {
    char *rest = list, *word;
    arguments->batch_count = 0;
    while ((word = strsep(&rest, ","))) {
        if (arguments->batch_count == MOST_BATCHES)
            argp_error(state, "--batch takes at most %d numbers", MOST_BATCHES);
        arguments->batches[arguments->batch_count++] = parse_count(state, "--batch", word, 1, 1 << 20);
    }
}

static void parse_work(struct arguments *arguments, const char *name, struct argp_state *state) {
    for (size_t i = 0; i < WORK_COUNT; i++)
        if (strcmp(work_names[i], name) == 0) {
            arguments->works[i] = true;
            return;
        }
    argp_error(state, "'%s' can't be measured, only infer, latency and train", name);
}

static void check_arguments(struct arguments *arguments, struct argp_state *state) {
    bool any = false;
    for (size_t i = 0; i < WORK_COUNT; i++)
        any |= arguments->works[i];
    for (size_t i = 0; i < WORK_COUNT && !any; i++)
        arguments->works[i] = true;
    if (arguments->data && !arguments->model)
        argp_error(state, "--data wants --model, whose tokenizer makes rows of the texts");
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &arguments->common; return 0;
    case OPTION_MODEL: arguments->model = argument; return 0;
    case OPTION_DATA: arguments->data = argument; return 0;
    case OPTION_TEXT: arguments->text = argument; return 0;
    case OPTION_LABEL: arguments->label = argument; return 0;
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

static const struct argp bench_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "[infer|latency|train]…",
    .doc = "Measure how fast this machine runs a model: inference in batches, one row at a time, and an epoch of "
           "training. Without a word all three."
           "\vEvery measurement is warmed up with one round that does not count. Random rows are full: no padding "
           "is saved on. GFLOP/s count the layers' matrix products alone, training as three forward passes.",
    .children = common_children,
};

/* ---- what is measured --------------------------------------------------------------------------------- */

struct bench {
    const struct arguments *arguments;
    mood_device *device;
    mood_model *model;
    mood_recipe *recipe;
    size_t T;
    double flops; /* of one row's forward pass */
};

static mood_status make_article(struct bench *bench, mood_error *err) {
    struct architecture architecture;
    architecture_article(&architecture, 1);
    bench->T = bench->arguments->length ? bench->arguments->length : ARTICLE_LENGTH;
    mood_status status = mood_model_create(bench->device, &bench->model, err);
    if (status == MOOD_OK)
        status = architecture_add(&architecture, ARTICLE_WORDS, bench->model, err);
    if (status == MOOD_OK)
        status = mood_model_build(bench->model, bench->T, bench->arguments->seed, err);
    return status;
}

static mood_status load_model(struct bench *bench, mood_error *err) {
    mood_status status = mood_model_load(bench->device, bench->arguments->model, &bench->model, &bench->recipe, err);
    if (status)
        return status;
    bench->T = mood_model_get_timesteps(bench->model);
    if (bench->arguments->length && bench->arguments->length != bench->T)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s works on rows of %zu words; leave out --length", bench->arguments->model, bench->T);
    return MOOD_OK;
}

static mood_status make_sample(const struct bench *bench, enum work work, struct sample *sample, mood_error *err) {
    const struct arguments *arguments = bench->arguments;
    if (!arguments->data)
        return sample_create(sample, bench->model, arguments->rows ? arguments->rows : default_rows[work], bench->T,
                             arguments->seed, err);
    struct labelled labelled;
    mood_status status = labelled_read(arguments->data, arguments->text, arguments->label, bench->model,
                                       bench->recipe, &labelled, err);
    if (status)
        return status;
    size_t n = labelled.n;
    if (arguments->rows && arguments->rows < n)
        n = arguments->rows;
    *sample = (struct sample){n, bench->T, 1, labelled.x, labelled.y, NULL};
    labelled.x = NULL; /* the sample has them now */
    labelled.y = NULL;
    labelled_destroy(&labelled);
    sample->out = calloc(n, mood_model_get_outputs(bench->model) * sizeof *sample->out);
    return sample->out ? MOOD_OK : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- telling ------------------------------------------------------------------------------------------- */

static double gflops(const struct bench *bench, const struct measurement *m, size_t n) {
    return bench->flops * (double)n * (m->work == WORK_TRAIN ? 3.0 : 1.0) / m->median / 1e9;
}

static mood_status tell_json(const struct bench *bench, const struct measurement *m, size_t n, mood_error *err) {
    const mood_device_info *info = mood_device_get_info(bench->device);
    json_t *report = json_pack("{ss sI sI sI sf sf sf sf ss ss}", "work", work_names[m->work], "batch",
                               (json_int_t)m->batch, "length", (json_int_t)bench->T, "rows", (json_int_t)n,
                               "seconds_min", m->min, "seconds_median", m->median, "rate", (double)n / m->median,
                               "gflops", gflops(bench, m, n), "device", info->name, "kernels",
                               mood_device_get_kernels(bench->device));
    if (report && m->work == WORK_LATENCY) {
        json_object_set_new(report, "p50_ms", json_real(1e3 * m->p50_median));
        json_object_set_new(report, "p99_ms", json_real(1e3 * m->p99_median));
    }
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "a measurement can't be written as JSON");
    json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

static void tell_line(const struct bench *bench, const struct measurement *m, size_t n) {
    printf("%-8s %6zu %6zu %7zu %11.4f %11.4f %10.0f %8.1f", work_names[m->work], m->batch, bench->T, n, m->min,
           m->median, (double)n / m->median, gflops(bench, m, n));
    if (m->work == WORK_LATENCY)
        printf("  p50 %.3f ms, p99 %.3f ms", 1e3 * m->p50_median, 1e3 * m->p99_median);
    putchar('\n');
}

/* ---- running ------------------------------------------------------------------------------------------- */

/* The batch sizes to measure a work at; how many there are. */
static size_t list_batches(const struct arguments *arguments, enum work work, size_t batches[MOST_BATCHES]) {
    static const size_t usual[] = {32, 256, 1024};
    if (work == WORK_LATENCY) {
        batches[0] = 1;
        return 1;
    }
    if (arguments->batch_count) {
        memcpy(batches, arguments->batches, arguments->batch_count * sizeof *batches);
        return arguments->batch_count;
    }
    memcpy(batches, usual, sizeof usual);
    return work == WORK_TRAIN ? 2 : 3;
}

/* All batch sizes of one work: they take turns in each round, so that a slow moment hits all alike. */
static mood_status run_work(const struct bench *bench, enum work work, mood_error *err) {
    struct sample sample = {0};
    struct measurement measurements[MOST_BATCHES] = {0};
    size_t batches[MOST_BATCHES], count = list_batches(bench->arguments, work, batches);
    size_t rounds = bench->arguments->rounds;
    mood_status status = make_sample(bench, work, &sample, err);
    if (status == MOOD_OK && work == WORK_TRAIN)
        status = compile_by_outputs(bench->model, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = measurement_create(&measurements[i], work, batches[i], rounds, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = measure_round(&measurements[i], bench->model, &sample, SIZE_MAX, err);
    for (size_t round = 0; round < rounds && status == MOOD_OK; round++)
        for (size_t i = 0; i < count && status == MOOD_OK; i++)
            status = measure_round(&measurements[i], bench->model, &sample, round, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        measurement_finish(&measurements[i]);
        if (bench->arguments->common.json)
            status = tell_json(bench, &measurements[i], sample.n, err);
        else
            tell_line(bench, &measurements[i], sample.n);
    }
    fflush(stdout);
    for (size_t i = 0; i < count; i++)
        measurement_destroy(&measurements[i]);
    sample_destroy(&sample);
    return status;
}

static mood_status run_bench(struct bench *bench, mood_error *err) {
    const struct arguments *arguments = bench->arguments;
    mood_status status = open_device(&arguments->common, &bench->device, err);
    if (status == MOOD_OK)
        status = arguments->model ? load_model(bench, err) : make_article(bench, err);
    if (status == MOOD_OK)
        status = count_flops(bench->model, bench->T, &bench->flops, err);
    if (status == MOOD_OK && !arguments->common.json) {
        printf("%s, kernels: %s\n", mood_device_get_info(bench->device)->name,
               mood_device_get_kernels(bench->device));
        printf("WORK      BATCH LENGTH    ROWS     SECONDS      MEDIAN     ROWS/S  GFLOP/S\n");
    }
    for (size_t i = 0; i < WORK_COUNT && status == MOOD_OK; i++)
        if (arguments->works[i])
            status = run_work(bench, (enum work)i, err);
    return status;
}

int bench_command(int argc, char **argv) {
    struct arguments arguments = {.rounds = 5};
    struct bench bench = {.arguments = &arguments};
    mood_error err = {0};
    if (argp_parse(&bench_argp, argc, argv, 0, NULL, &arguments) != 0)
        return EXIT_USAGE;
    mood_status status = run_bench(&bench, &err);
    mood_recipe_destroy(bench.recipe);
    mood_model_destroy(bench.model);
    mood_device_destroy(bench.device);
    return status ? fail(&arguments.common, &err) : EXIT_SUCCESS;
}
