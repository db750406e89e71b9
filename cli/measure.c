/* Time a model. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- samples ----------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

mood_status sample_create(struct sample *sample, const mood_model *model, size_t n, size_t T, uint64_t seed,
                          mood_error *err) {
    size_t outputs = mood_model_get_outputs(model), classes = outputs == 1 ? 2 : outputs, cells;
    size_t words = mood_model_get_vocabulary(model);
    *sample = (struct sample){.n = n, .T = T, .O = 1};
    if (words < 2)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "the model has no words to make rows of");
    if (__builtin_mul_overflow(n, T, &cells))
        return no_memory(err);
    sample->x = calloc(cells, sizeof *sample->x);
    sample->y = calloc(n, sizeof *sample->y);
    sample->out = calloc(n, outputs * sizeof *sample->out);
    if (!sample->x || !sample->y || !sample->out) {
        sample_destroy(sample);
        return no_memory(err);
    }
    for (size_t i = 0; i < cells; i++)
        sample->x[i] = (int32_t)(1 + next_random(&seed) % (words - 1));
    for (size_t i = 0; i < n; i++)
        sample->y[i] = (float)(next_random(&seed) % classes);
    return MOOD_OK;
}

void sample_destroy(struct sample *sample) {
    free(sample->x);
    free(sample->y);
    free(sample->out);
    *sample = (struct sample){0};
}

/* ---- numbers about a model ---------------------------------------------------------------------------- */

mood_status count_flops(const mood_model *model, size_t T, double *flops, mood_error *err) {
    const char *recurrent = NULL; /* the layer whose kernels work at every step */
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
            *flops += 2.0 * (double)info.shape[0] * (double)info.shape[1] * (every_step ? (double)T : 1.0);
        }
    }
    return MOOD_OK;
}

/* ---- measurements -------------------------------------------------------------------------------------- */

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The value below which that part of the values lies; sorts them. */
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
    measurement->p50 = calloc(rounds, sizeof(double));
    measurement->p99 = calloc(rounds, sizeof(double));
    if (measurement->seconds && measurement->p50 && measurement->p99)
        return MOOD_OK;
    measurement_destroy(measurement);
    return no_memory(err);
}

void measurement_destroy(struct measurement *measurement) {
    free(measurement->seconds);
    free(measurement->p50);
    free(measurement->p99);
    *measurement = (struct measurement){0};
}

static mood_status infer(mood_model *model, const struct sample *sample, size_t batch, mood_error *err) {
    return mood_model_predict(model, sample->x, sample->n, sample->T, batch, sample->out, err);
}

static mood_status train(mood_model *model, const struct sample *sample, size_t batch, mood_error *err) {
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.batch_size = batch;
    return mood_model_fit(model, sample->x, sample->n, sample->T, sample->y, sample->O, &options, NULL, err);
}

/* One row after another, each timed. */
static mood_status infer_singly(mood_model *model, const struct sample *sample, double *p50, double *p99,
                                mood_error *err) {
    double *times = calloc(sample->n, sizeof *times);
    if (!times)
        return no_memory(err);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < sample->n && status == MOOD_OK; i++) {
        double start = now();
        status = mood_model_predict(model, sample->x + i * sample->T, 1, sample->T, 1, sample->out, err);
        times[i] = now() - start;
    }
    *p50 = quantile(times, sample->n, 0.5);
    *p99 = quantile(times, sample->n, 0.99);
    free(times);
    return status;
}

mood_status measure_round(struct measurement *measurement, mood_model *model, const struct sample *sample,
                          size_t round, mood_error *err) {
    double p50 = 0, p99 = 0, start = now();
    mood_status status = MOOD_OK;
    switch (measurement->work) {
    case WORK_INFER: status = infer(model, sample, measurement->batch, err); break;
    case WORK_LATENCY: status = infer_singly(model, sample, &p50, &p99, err); break;
    case WORK_TRAIN: status = train(model, sample, measurement->batch, err); break;
    }
    if (status || round >= measurement->rounds)
        return status;
    measurement->seconds[round] = now() - start;
    measurement->p50[round] = p50;
    measurement->p99[round] = p99;
    return MOOD_OK;
}

void measurement_finish(struct measurement *measurement) {
    size_t rounds = measurement->rounds;
    measurement->median = quantile(measurement->seconds, rounds, 0.5);
    measurement->min = measurement->seconds[0]; /* sorted by now */
    measurement->p50_median = quantile(measurement->p50, rounds, 0.5);
    measurement->p99_median = quantile(measurement->p99, rounds, 0.5);
}
