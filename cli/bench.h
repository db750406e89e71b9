/* The arguments and measurements of mood bench. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "architecture.h"
#include "command.h"
#include "labelled.h"
#include "measure.h"

#define BENCH_MOST_BATCHES 16

struct bench_arguments {
    struct common common;
    const char *model;
    struct labelled_source data; /* path: NULL without --data */
    size_t length, words, rows, rounds, batches[BENCH_MOST_BATCHES], batch_count;
    uint64_t seed;
    bool works[WORK_COUNT], layers_given;
    struct architecture layers;
};

/* Names of the measurements, in the order of the enumeration. */
extern const char *const bench_work_names[WORK_COUNT];

/* Run the measurements and print each as a line or as JSON. */
MOOD_MUST_CHECK mood_status bench_run(const struct bench_arguments *arguments, mood_error *err);

#endif
