/* What mood bench was asked for, and doing it. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "architecture.h"
#include "command.h"
#include "measure.h"

#define BENCH_MOST_BATCHES 16

struct bench_arguments {
    struct common common;
    const char *model, *data, *text, *label;
    size_t length, words, rows, rounds, batches[BENCH_MOST_BATCHES], batch_count;
    uint64_t seed;
    bool works[WORK_COUNT], layers_given;
    struct architecture layers;
};

/* The works' names, in the enumeration's order. */
extern const char *const bench_work_names[WORK_COUNT];

/* Measure one work after the other and tell each, as a line or as JSON. */
MOOD_MUST_CHECK mood_status bench_run(const struct bench_arguments *arguments, mood_error *err);

#endif
