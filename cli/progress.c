/* A progress bar on standard error. */
#include <string.h>
#include <unistd.h>

#include "progress.h"

#define BAR_WIDTH 20
#define USUAL_COLUMNS 80 /* if the width of the terminal is unknown */
#define REDRAW_SECONDS 0.1

double seconds_between(const struct timespec *from, const struct timespec *to) {
    return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

void print_time_left(FILE *stream, double seconds) {
    unsigned long whole = (unsigned long)seconds;
    if (seconds > 3600)
        fprintf(stream, "%lu:%02lu:%02lu", whole / 3600, whole % 3600 / 60, whole % 60);
    else if (seconds > 60)
        fprintf(stream, "%lu:%02lu", whole / 60, whole % 60);
    else
        fprintf(stream, "%lus", whole);
}

void print_bar(FILE *stream, size_t width, size_t full) {
    for (size_t i = 0; i < width; i++)
        fputs(i < full ? "━" : "─", stream);
}

void progress_start(struct progress *progress, const struct common *common) {
    *progress = (struct progress){.shown = !common->quiet && isatty(STDERR_FILENO)};
    clock_gettime(CLOCK_MONOTONIC, &progress->began);
    progress->drawn = progress->began;
}

/* "41 % 10500 rows/s 0:32 left" */
static void write_figures(char *text, size_t size, size_t rows, double share, double elapsed) {
    FILE *stream = fmemopen(text, size, "w");
    text[0] = '\0';
    if (!stream)
        return;
    if (share >= 0)
        fprintf(stream, " %.0f %%", 100 * share);
    if (elapsed > 0)
        fprintf(stream, " %.0f rows/s", (double)rows / elapsed);
    if (share > 0) {
        fputc(' ', stream);
        print_time_left(stream, elapsed * (1 - share) / share);
        fputs(" left", stream);
    }
    fclose(stream);
}

void progress_draw(struct progress *progress, size_t rows, uint64_t read, uint64_t size) {
    struct timespec now;
    if (!progress->shown)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds_between(&progress->drawn, &now) < REDRAW_SECONDS)
        return;
    progress->drawn = now;

    double share = size > 0 ? (double)(read < size ? read : size) / (double)size : -1;
    char counts[64], figures[128];
    snprintf(counts, sizeof counts, "%zu rows ", rows);
    write_figures(figures, sizeof figures, rows, share, seconds_between(&progress->began, &now));

    size_t columns = terminal_columns(STDERR_FILENO), taken = strlen(counts) + strlen(figures);
    size_t room = columns > 1 ? columns - 1 : USUAL_COLUMNS - 1; /* some terminals wrap after the last column */
    fputs("\r\033[K", stderr);
    if (taken > room) {
        fprintf(stderr, "%.*s", (int)room, counts);
    } else {
        size_t width = room - taken < BAR_WIDTH ? room - taken : BAR_WIDTH;
        fputs(counts, stderr);
        if (share >= 0)
            print_bar(stderr, width, (size_t)(share * (double)width));
        fputs(figures, stderr);
    }
    fflush(stderr);
}

void progress_stop(const struct progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
}
