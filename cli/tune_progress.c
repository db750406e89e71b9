/* The time of a search, and its progress line on a terminal. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "progress.h"
#include "tune_progress.h"

#define REDRAW_SECONDS 0.1
#define USUAL_COLUMNS 80 /* if the width of the terminal is unknown */

void tune_progress_start(struct tune_progress *progress, const struct common *common, double limit, size_t trials) {
    *progress = (struct tune_progress){
        .shown = !common->quiet && isatty(STDERR_FILENO), .limit = limit, .trials = trials, .best = NAN};
    clock_gettime(CLOCK_MONOTONIC, &progress->began);
    progress->drawn = progress->began;
    catch_interrupts();
}

void tune_progress_clear(const struct tune_progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
}

void tune_progress_fold(struct tune_progress *progress, size_t epochs, size_t fold, size_t folds) {
    progress->epochs = epochs;
    progress->fold = fold;
    progress->folds = folds;
}

double tune_progress_seconds(const struct tune_progress *progress) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return progress->used + seconds_between(&progress->began, &now);
}

bool tune_progress_ended(const struct tune_progress *progress) {
    return interrupt_caught() || (progress->limit > 0 && tune_progress_seconds(progress) >= progress->limit);
}

/* "trial 4/30  fold 2/5  epoch 3/10  best 0.8712  12:30 left" */
static void write_line(const struct tune_progress *progress, const mood_progress *step, FILE *stream) {
    fprintf(stream, "trial %zu", progress->trial);
    if (progress->trials != SIZE_MAX)
        fprintf(stream, "/%zu", progress->trials);
    if (progress->folds > 1)
        fprintf(stream, "  fold %zu/%zu", progress->fold + 1, progress->folds);
    fprintf(stream, "  epoch %zu/%zu", step->epoch + 1, progress->epochs);
    if (!isnan(progress->best))
        fprintf(stream, "  best %.4f", progress->best);
    if (progress->limit > 0) {
        fputs("  ", stream);
        print_time_left(stream, fmax(0, progress->limit - tune_progress_seconds(progress)));
        fputs(" left", stream);
    }
}

bool tune_progress_draw(struct tune_progress *progress, const mood_progress *step) {
    struct timespec now;
    char line[256] = "";
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (tune_progress_ended(progress))
        return false;
    if (!progress->shown || seconds_between(&progress->drawn, &now) < REDRAW_SECONDS)
        return true;
    progress->drawn = now;
    FILE *stream = fmemopen(line, sizeof line, "w");
    if (!stream)
        return true;
    write_line(progress, step, stream);
    fclose(stream);
    size_t columns = terminal_columns(STDERR_FILENO);
    size_t room = columns > 1 ? columns - 1 : USUAL_COLUMNS - 1; /* some terminals wrap after the last column */
    fprintf(stderr, "\r\033[K%.*s", (int)room, line);
    fflush(stderr);
    return true;
}
