/* A progress bar on standard error, for a file whose rows are read one after the other. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "command.h"

struct progress {
    bool shown;
    struct timespec began, drawn;
};

/* Begin; nothing is shown with -q or if standard error is not a terminal. */
void progress_start(struct progress *progress, const struct common *common);

/* Draw at most ten times per second: rows done, rows per second and, if size is not 0, the share of a file's bytes that
 * are read and the time left. */
void progress_draw(struct progress *progress, size_t rows, uint64_t read, uint64_t size);

/* Erase it. */
void progress_stop(const struct progress *progress);

/* ---- parts, also for other bars -------------------------------------------------------------------- */

double seconds_between(const struct timespec *from, const struct timespec *to);
void print_time_left(FILE *stream, double seconds); /* 1:01:05, 1:05 or 59s */
void print_bar(FILE *stream, size_t width, size_t full);

#endif
