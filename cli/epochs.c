/* Output of a training: epoch lines, progress bar and history file. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "epochs.h"
#include "interrupt.h"
#include "progress.h"

#define BAR_WIDTH 20
#define LEAST_BAR_WIDTH 10
#define USUAL_COLUMNS 80 /* if the width of the terminal is unknown */
#define REDRAW_SECONDS 0.1

/* Print a metric as Keras does: four decimals, and an exponent for values up to 0.001, which would become 0.0000.
 * Exception: an exact 0 is 0.0000 here and 0.0000e+00 in Keras. */
static void print_metric(FILE *stream, const char *name, double value) {
    if (!isnan(value))
        fprintf(stream, fabs(value) > 1e-3 || value == 0 ? " - %s: %.4f" : " - %s: %.4e", name, value);
}

static void print_metrics(FILE *stream, const mood_metrics *metrics) {
    for (size_t i = 0; i < mood_metrics_count(metrics); i++)
        print_metric(stream, mood_metrics_name_at(metrics, i), mood_metrics_value_at(metrics, i));
}

static void print_seconds(FILE *stream, double seconds) {
    fprintf(stream, seconds < 9.95 ? "%.1fs" : "%.0fs", seconds);
}

/* ---- callbacks of fit ------------------------------------------------------------------------------- */

static void clear_bar(const struct epochs *epochs) {
    if (epochs->bar)
        fputs("\r\033[K", stderr);
}

/* As Keras: the remaining time (" 1:05") until the end of the epoch, the time per step (" 12ms/step") and the
 * metrics. Time is measured from the end of the first step (elapsed, in seconds), so estimates begin with the
 * second step. */
static void write_figures(char *text, size_t size, const mood_progress *progress, double elapsed) {
    FILE *stream = fmemopen(text, size, "w");
    text[0] = '\0';
    if (!stream)
        return;
    if (progress->step > 1) {
        double step = elapsed / (double)(progress->step - 1), left = step * (double)(progress->steps - progress->step);
        fputc(' ', stream);
        print_time_left(stream, left);
        if (step >= 1)
            fprintf(stream, " %.0fs/step", step);
        else if (step >= 1e-3)
            fprintf(stream, " %.0fms/step", step * 1e3);
        else
            fprintf(stream, " %.0fus/step", step * 1e6);
    }
    print_metrics(stream, progress->metrics);
    fclose(stream);
}

/* Fit the line to the terminal; returns the width of the bar. A line that is wider than the terminal can't be
 * erased: then the bar becomes shorter, the last figures are dropped, and finally the counts are truncated. One
 * column stays empty because some terminals wrap after the last column. */
static size_t fit_line(char *counts, char *figures) {
    size_t columns = terminal_columns(STDERR_FILENO);
    size_t room = columns > 1 ? columns - 1 : USUAL_COLUMNS - 1;
    while (*figures && strlen(counts) + LEAST_BAR_WIDTH + strlen(figures) > room) {
        char *last = figures;
        for (char *next = last; (next = strstr(next, " - ")); next++)
            last = next;
        *last = '\0';
    }
    if (strlen(counts) > room)
        counts[room] = '\0';
    room -= strlen(counts) + strlen(figures);
    return room < BAR_WIDTH ? room : BAR_WIDTH;
}

static void draw_bar(struct epochs *epochs, const mood_progress *progress) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (progress->step == 1)
        epochs->began = now;
    else if (seconds_between(&epochs->drawn, &now) < REDRAW_SECONDS && progress->step < progress->steps)
        return;
    epochs->drawn = now;

    char counts[128], figures[256];
    snprintf(counts, sizeof counts, "Epoch %zu/%zu  %zu/%zu ", progress->epoch + 1, progress->epochs, progress->step,
             progress->steps);
    write_figures(figures, sizeof figures, progress, seconds_between(&epochs->began, &now));

    size_t width = fit_line(counts, figures), full = width * progress->step / progress->steps;
    clear_bar(epochs);
    fputs(counts, stderr);
    print_bar(stderr, width, full);
    fputs(figures, stderr);
    fflush(stderr);
}

static bool on_batch(const mood_progress *progress, void *user) {
    struct epochs *epochs = user;
    if (epochs->bar)
        draw_bar(epochs, progress);
    return !interrupt_caught();
}

static void write_history(const struct epochs *epochs, const mood_epoch *epoch) {
    size_t count = mood_metrics_count(epoch->metrics);
    if (epoch->epoch == 0) { /* the columns that Keras's CSVLogger writes */
        fputs("epoch", epochs->history);
        for (size_t i = 0; i < count; i++)
            fprintf(epochs->history, ",%s", mood_metrics_name_at(epoch->metrics, i));
        fputc('\n', epochs->history);
    }
    fprintf(epochs->history, "%zu", epoch->epoch);
    for (size_t i = 0; i < count; i++)
        fprintf(epochs->history, ",%.9g", mood_metrics_value_at(epoch->metrics, i));
    fputc('\n', epochs->history);
    fflush(epochs->history); /* lets other programs follow the file; epochs_stop checks for errors */
}

static bool on_epoch(const mood_epoch *epoch, void *user) {
    struct epochs *epochs = user;
    epochs->finished = epoch->epoch + 1;
    clear_bar(epochs);
    if (epochs->lines) {
        fprintf(epochs->lines, "Epoch %zu/%zu - ", epoch->epoch + 1, epochs->total);
        print_seconds(epochs->lines, epoch->seconds);
        print_metrics(epochs->lines, epoch->metrics);
        fputc('\n', epochs->lines);
        fflush(epochs->lines);
    }
    if (epochs->history)
        write_history(epochs, epoch);
    if (epochs->next && !epochs->next(epoch, epochs->user))
        return false;
    return !interrupt_caught();
}

/* ---- start and stop ---------------------------------------------------------------------------------- */

mood_status epochs_start(struct epochs *epochs, const struct common *common, size_t total, const char *history_path,
                         mood_error *err) {
    *epochs = (struct epochs){.total = total};
    if (!common->quiet)
        epochs->lines = common->json ? stderr : stdout;
    epochs->bar = !common->quiet && isatty(STDERR_FILENO);
    if (history_path) {
        epochs->history = fopen(history_path, "we");
        if (!epochs->history)
            return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", history_path,
                                  strerror(errno));
    }
    catch_interrupts();
    return MOOD_OK;
}

mood_status epochs_stop(struct epochs *epochs, mood_error *err) {
    clear_bar(epochs);
    if (!epochs->history)
        return MOOD_OK;
    bool failed = ferror(epochs->history) != 0;
    failed |= fclose(epochs->history) != 0;
    epochs->history = NULL;
    if (failed)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "the history can't be written: %m");
    return MOOD_OK;
}

void epochs_add_callbacks(struct epochs *epochs, mood_fit_options *options) {
    options->on_batch = on_batch;
    options->on_epoch = on_epoch;
    options->user = epochs;
}
