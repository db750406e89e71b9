/* Measures the speed of a model. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- properties of a model ---------------------------------------------------------------------------- */

mood_status count_flops(const mood_model *model, size_t T, double *flops, mood_error *err) {
    const char *recurrent = NULL; /* the recurrent layer: its kernels are applied at each time step */
    *flops = 0;
    for (size_t i = mood_model_count_weights(model); i-- > 0;) { /* backwards: recurrent_kernel follows kernel */
        mood_weight_info info;
        mood_status status = mood_model_weight_info(model, i, &info, err);
        if (status)
            return status;
        bool again = strcmp(info.name, "recurrent_kernel") == 0;
        if (again)
            recurrent = info.layer;
        if (again || strcmp(info.name, "kernel") == 0) {
            bool every_step = recurrent && strcmp(recurrent, info.layer) == 0;
            bool on_bags = i == 0 && mood_model_get_matrix(model) != MOOD_MATRIX_NONE; /* distinct words per row */
            size_t rows = on_bags && T < info.shape[0] ? T : info.shape[0];
            *flops += 2.0 * (double)rows * (double)info.shape[1] * (every_step ? (double)T : 1.0);
        }
    }
    return MOOD_OK;
}

/* ---- timing -------------------------------------------------------------------------------------------- */

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The quantile of values for that share. Sorts them. */
static double quantile(double *values, size_t count, double part) {
    qsort(values, count, sizeof *values, compare);
    double place = part * (double)(count - 1);
    size_t below = (size_t)place;
    double above = below + 1 < count ? values[below + 1] : values[below];
    return values[below] + (place - (double)below) * (above - values[below]);
}

mood_status measurement_create(struct measurement *measurement, enum work work, size_t batch, size_t rounds,
                               mood_error *err) {
    *measurement = (struct measurement){.work = work, .batch = batch, .rounds = rounds};
    measurement->seconds = calloc(rounds, sizeof(double));
    bool whole = measurement->seconds;
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        whole &= (measurement->percentiles[i] = calloc(rounds, sizeof(double))) != NULL;
    if (whole)
        return MOOD_OK;
    measurement_destroy(measurement);
    return no_memory(err);
}

void measurement_destroy(struct measurement *measurement) {
    free(measurement->seconds);
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        free(measurement->percentiles[i]);
    mood_scorer_destroy(measurement->scorer);
    *measurement = (struct measurement){0};
}

static mood_status infer(mood_model *model, const struct sample *sample, size_t batch, mood_error *err) {
    return mood_model_predict(model, sample->x, sample->n, sample->T, batch, sample->out, err);
}

static mood_status score(mood_scorer *scorer, const struct sample *sample, mood_error *err) {
    return mood_scorer_score(scorer, sample->texts, sample->n, sample->out, err);
}

static mood_status train(mood_model *model, const struct sample *sample, size_t batch, mood_error *err) {
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.batch_size = batch;
    return mood_model_fit(model, sample->x, sample->n, sample->T, sample->y, sample->O, &options, NULL, err);
}

/* Score one row: from ids to scores, or from text to label. */
static mood_status score_row(const struct measurement *measurement, mood_model *model, const struct sample *sample,
                             size_t i, mood_error *err) {
    mood_scorer *scorer = measurement->scorer;
    if (!scorer)
        return mood_model_predict(model, sample->x + i * sample->T, 1, sample->T, 1, sample->out, err);
    mood_status status = mood_scorer_score(scorer, &sample->texts[i % sample->text_count], 1, sample->out, err);
    if (status == MOOD_OK)
        mood_scorer_get_label(scorer, mood_scorer_decide(scorer, sample->out));
    return status;
}

/* Score the rows one by one, and time each. */
static mood_status score_rows(const struct measurement *measurement, mood_model *model, const struct sample *sample,
                              double times[PERCENTILE_COUNT], mood_error *err) {
    static const double parts[PERCENTILE_COUNT] = {0.5, 0.99, 0.999};
    double *each = calloc(sample->n, sizeof *each);
    if (!each)
        return no_memory(err);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < sample->n && status == MOOD_OK; i++) {
        double start = now();
        status = score_row(measurement, model, sample, i, err);
        each[i] = now() - start;
    }
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        times[i] = quantile(each, sample->n, parts[i]);
    free(each);
    return status;
}

mood_status measure_round(struct measurement *measurement, mood_model *model, const struct sample *sample, size_t round,
                          mood_error *err) {
    double times[PERCENTILE_COUNT] = {0}, start = now();
    mood_status status = MOOD_OK;
    switch (measurement->work) {
    case WORK_INFER: status = infer(model, sample, measurement->batch, err); break;
    case WORK_TEXT: status = score(measurement->scorer, sample, err); break;
    case WORK_LATENCY: status = score_rows(measurement, model, sample, times, err); break;
    case WORK_TRAIN: status = train(model, sample, measurement->batch, err); break;
    }
    if (status || round >= measurement->rounds)
        return status;
    measurement->seconds[round] = now() - start;
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        measurement->percentiles[i][round] = times[i];
    return MOOD_OK;
}

void measurement_finish(struct measurement *measurement) {
    size_t rounds = measurement->rounds;
    measurement->median = quantile(measurement->seconds, rounds, 0.5);
    measurement->min = measurement->seconds[0]; /* the values are sorted here */
    for (size_t i = 0; i < rounds; i++)
        measurement->mean += measurement->seconds[i] / (double)rounds;
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        measurement->percentile_medians[i] = quantile(measurement->percentiles[i], rounds, 0.5);
}
