/* The measurements of mood bench: prepares a model and data, runs the rounds and prints the results. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "labelled.h"
#include "terminal.h"

#define USUAL_WORDS 5000
#define USUAL_LENGTH 50
#define TEXT_CALLS 2000 /* texts for latency: enough samples for the 99.9th percentile */

const char *const bench_work_names[WORK_COUNT] = {"infer", "text", "latency", "train"};
static const size_t random_rows[WORK_COUNT] = {8192, 0, 500, 2048};

struct bench {
    const struct bench_arguments *arguments;
    mood_device *device;
    mood_model *model;
    mood_recipe *recipe;
    mood_head head;
    const char *activation; /* overrides the activation in the file; NULL: none */
    size_t T;
    double flops; /* of the forward pass of one row */
};

/* ---- what is measured --------------------------------------------------------------------------------- */

/* The meaning of the outputs does not matter for the speed. If it is unknown, the outputs are used unchanged. */
static mood_status read_head(struct bench *bench, mood_error *err) {
    if (mood_recipe_get_head(bench->recipe, bench->model, &bench->head, NULL) == MOOD_OK)
        return MOOD_OK;
    bench->activation = "linear";
    return mood_model_get_head(bench->model, bench->activation, &bench->head, err);
}

static mood_status make_model(struct bench *bench, mood_error *err) {
    const struct bench_arguments *arguments = bench->arguments;
    struct architecture layers = arguments->layers;
    if (!arguments->layers_given)
        architecture_article(&layers, 0, false, 1, "sigmoid");
    bench->T = arguments->length ? arguments->length : USUAL_LENGTH;
    mood_status status = mood_model_create(bench->device, &bench->model, err);
    if (status == MOOD_OK)
        status = architecture_add(&layers, arguments->words ? arguments->words : USUAL_WORDS, bench->model, err);
    if (status == MOOD_OK)
        status = mood_model_build(bench->model, bench->T, arguments->seed, err);
    return status == MOOD_OK ? read_head(bench, err) : status;
}

static mood_status load_model(struct bench *bench, mood_error *err) {
    mood_status status =
        mood_model_load(bench->device, bench->arguments->model, NULL, &bench->model, &bench->recipe, err);
    if (status)
        return status;
    bench->T = mood_model_get_timesteps(bench->model);
    if (bench->T == 0) /* a model of bags of words: texts have any length */
        bench->T = bench->arguments->length ? bench->arguments->length : USUAL_LENGTH;
    if (bench->arguments->length && bench->arguments->length != bench->T)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s has %zu words per text; remove --length",
                              bench->arguments->model, bench->T);
    return read_head(bench, err);
}

/* True if this measurement scores texts with the scorer. */
static bool takes_texts(const struct bench *bench, enum work work) {
    return work == WORK_TEXT || (work == WORK_LATENCY && bench->arguments->data.path);
}

static mood_status make_sample(const struct bench *bench, enum work work, struct sample *sample, mood_error *err) {
    const struct bench_arguments *arguments = bench->arguments;
    size_t rows = arguments->rows;
    if (!arguments->data.path)
        return sample_create(sample, bench->model, &bench->head, rows ? rows : random_rows[work], bench->T,
                             arguments->seed, err);
    if (!takes_texts(bench, work))
        return sample_read_rows(sample, &arguments->common, &arguments->data, &bench->head, bench->model, bench->recipe,
                                rows, err);
    if (work == WORK_LATENCY && !rows)
        rows = TEXT_CALLS;
    mood_status status = sample_read_texts(sample, &arguments->common, &arguments->data, &bench->head, bench->model,
                                           bench->recipe, rows, err);
    if (status == MOOD_OK && work == WORK_TEXT && sample->n > sample->text_count)
        sample->n = sample->text_count;
    return status;
}

static mood_status make_measurement(const struct bench *bench, enum work work, size_t batch,
                                    struct measurement *measurement, mood_error *err) {
    mood_status status = measurement_create(measurement, work, batch, bench->arguments->rounds, err);
    if (status || !takes_texts(bench, work))
        return status;
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    mood_recipe_options recipe = MOOD_RECIPE_OPTIONS;
    recipe.activation = bench->activation;
    options.device = bench->device;
    options.batch_size = batch;
    options.recipe = &recipe;
    return mood_scorer_open(bench->arguments->model, &options, &measurement->scorer, err);
}

/* ---- printing ------------------------------------------------------------------------------------------ */

static double gflops(const struct bench *bench, const struct measurement *m, size_t n) {
    return bench->flops * (double)n * (m->work == WORK_TRAIN ? 3.0 : 1.0) / m->median / 1e9;
}

static mood_status print_json(const struct bench *bench, const struct measurement *m, size_t n, mood_error *err) {
    const mood_device_info *info = mood_device_get_info(bench->device);
    json_t *report = json_pack("{ss sI sI sI sf sf sf sf sf ss ss}", "work", bench_work_names[m->work], "batch",
                               (json_int_t)m->batch, "length", (json_int_t)bench->T, "rows", (json_int_t)n,
                               "seconds_min", m->min, "seconds_mean", m->mean, "seconds_median", m->median, "rate",
                               (double)n / m->median, "gflops", gflops(bench, m, n), "device", info->name, "kernels",
                               mood_device_get_kernels(bench->device));
    if (report && m->work == WORK_LATENCY) {
        json_object_set_new(report, "p50_ms", json_real(1e3 * m->percentile_medians[P50]));
        json_object_set_new(report, "p99_ms", json_real(1e3 * m->percentile_medians[P99]));
        json_object_set_new(report, "p999_ms", json_real(1e3 * m->percentile_medians[P999]));
    }
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "a measurement can't be written as JSON");
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

static void print_line(const struct bench *bench, const struct measurement *m, size_t n) {
    char batch[32];
    snprintf(batch, sizeof batch, "%zu", m->batch);
    printf("%-8s %6s %6zu %7zu %11.4f %11.4f %10.0f %8.1f", bench_work_names[m->work], m->batch ? batch : "own",
           bench->T, n, m->min, m->median, (double)n / m->median, gflops(bench, m, n));
    if (m->work == WORK_LATENCY)
        printf("  p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms", 1e3 * m->percentile_medians[P50],
               1e3 * m->percentile_medians[P99], 1e3 * m->percentile_medians[P999]);
    putchar('\n');
}

/* ---- running ------------------------------------------------------------------------------------------- */

/* The batch sizes for a measurement; returns their number. 0 is the scorer's own batch size. */
static size_t list_batches(const struct bench_arguments *arguments, enum work work,
                           size_t batches[BENCH_MOST_BATCHES]) {
    static const size_t usual[WORK_COUNT][3] = {{32, 256, 1024}, {0}, {1}, {32, 256}};
    static const size_t usual_count[WORK_COUNT] = {3, 1, 1, 2};
    if (arguments->batch_count && work != WORK_LATENCY) {
        memcpy(batches, arguments->batches, arguments->batch_count * sizeof *batches);
        return arguments->batch_count;
    }
    memcpy(batches, usual[work], sizeof usual[work]);
    return usual_count[work];
}

/* Measure all batch sizes of one kind of work. They alternate in each round, so that a disturbance affects all of
 * them. */
static mood_status run_work(const struct bench *bench, enum work work, mood_error *err) {
    struct sample sample = {0};
    struct measurement measurements[BENCH_MOST_BATCHES] = {0};
    size_t batches[BENCH_MOST_BATCHES], count = list_batches(bench->arguments, work, batches);
    size_t rounds = bench->arguments->rounds;
    mood_status status = make_sample(bench, work, &sample, err);
    if (status == MOOD_OK && work == WORK_TRAIN)
        status = compile_by_head(bench->model, &bench->head, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = make_measurement(bench, work, batches[i], &measurements[i], err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = measure_round(&measurements[i], bench->model, &sample, SIZE_MAX, err);
    for (size_t round = 0; round < rounds && status == MOOD_OK; round++)
        for (size_t i = 0; i < count && status == MOOD_OK; i++)
            status = measure_round(&measurements[i], bench->model, &sample, round, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        measurement_finish(&measurements[i]);
        if (bench->arguments->common.json)
            status = print_json(bench, &measurements[i], sample.n, err);
        else
            print_line(bench, &measurements[i], sample.n);
    }
    fflush(stdout);
    for (size_t i = 0; i < count; i++)
        measurement_destroy(&measurements[i]);
    sample_destroy(&sample);
    return status;
}

static mood_status run_works(struct bench *bench, mood_error *err) {
    const struct bench_arguments *arguments = bench->arguments;
    mood_status status = open_device(&arguments->common, &bench->device, err);
    if (status == MOOD_OK)
        status = arguments->model ? load_model(bench, err) : make_model(bench, err);
    if (status == MOOD_OK)
        status = count_flops(bench->model, bench->T, &bench->flops, err);
    if (status == MOOD_OK && !arguments->common.json) {
        printf("%s, kernels: %s\n", mood_device_get_info(bench->device)->name, mood_device_get_kernels(bench->device));
        printf("WORK      BATCH LENGTH    ROWS     SECONDS      MEDIAN     ROWS/S  GFLOP/S\n");
    }
    for (size_t i = 0; i < WORK_COUNT && status == MOOD_OK; i++)
        if (arguments->works[i])
            status = run_work(bench, (enum work)i, err);
    return status;
}

mood_status bench_run(const struct bench_arguments *arguments, mood_error *err) {
    struct bench bench = {.arguments = arguments};
    mood_status status = run_works(&bench, err);
    mood_recipe_destroy(bench.recipe);
    mood_model_destroy(bench.model);
    mood_device_destroy(bench.device);
    return status;
}
