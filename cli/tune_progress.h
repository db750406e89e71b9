/* The time of a search, and its progress line on a terminal. */
#ifndef CLI_TUNE_PROGRESS_H
#define CLI_TUNE_PROGRESS_H

#include <time.h>

#include "command.h"

struct tune_progress {
    bool shown;
    struct timespec began, drawn;
    double used;        /* seconds of the runs before, from the log */
    double limit;       /* seconds; 0: no limit */
    size_t trial;       /* in training, from 1 */
    size_t trials;      /* SIZE_MAX: no limit */
    size_t fold, folds; /* in training, from 0 */
    size_t epochs;      /* of each fold */
    double best;        /* mean score that the last rung has so far; NAN: none */
};

/* Begin. From now on Ctrl-C ends the search. */
void tune_progress_start(struct tune_progress *progress, const struct common *common, double limit, size_t trials);

/* Erase the line. */
void tune_progress_clear(const struct tune_progress *progress);

/* The training of a fold begins. */
void tune_progress_fold(struct tune_progress *progress, size_t epochs, size_t fold, size_t folds);

/* After a batch: draw the line, at most ten times per second. False: the search has to end. */
bool tune_progress_draw(struct tune_progress *progress, const mood_progress *step);

/* Whether the time is over or a signal has asked to stop. */
bool tune_progress_ended(const struct tune_progress *progress);

/* Seconds of the search, also of the runs before. */
double tune_progress_seconds(const struct tune_progress *progress);

#endif
