/* The log of mood tune: JSON lines. The first line describes the search; each other line is the result of a trial
 * at a rung. A search that was killed is continued from the log. */
#ifndef CLI_TUNE_LOG_H
#define CLI_TUNE_LOG_H

#include <jansson.h>

#include "tune.h"

/* The result of a trial's trainings. */
struct tune_result {
    size_t parts;                      /* 0: no result */
    double scores[ASHA_MOST_PARTS];    /* [parts] as the metric says; NAN: a training diverged */
    double figures[TUNE_METRIC_COUNT]; /* means over the parts */
    bool stopped;                      /* early stopping ended all trainings: more epochs change nothing */
    double seconds;
};

struct tune_line {
    size_t trial, folds, epochs;
    json_t *options; /* a list of words */
    struct tune_result result;
};

struct tune_log {
    const char *path;
    int descriptor;
    char *bytes;     /* content of the file when it was opened, new */
    size_t size, at; /* bytes in it, and those that were read */
    size_t line;     /* number of the line that was read last, from 1 */
};

/* Open or create the log, and lock it. head: the search; the first line of a new file. An incomplete last
 * line, which a killed run has left, is removed. Errors: MOOD_ERR_IO; MOOD_ERR_FORMAT if the file is something else;
 * MOOD_ERR_ARGUMENT if the head differs, naming the difference. */
MOOD_MUST_CHECK mood_status tune_log_open(struct tune_log *log, const char *path, const json_t *head, mood_error *err);
void tune_log_close(struct tune_log *log);

/* Read the next result. *found is false after the last one. The caller releases line->options (json_decref). Errors:
 * MOOD_ERR_FORMAT, naming the line. */
MOOD_MUST_CHECK mood_status tune_log_read(struct tune_log *log, struct tune_line *line, bool *found, mood_error *err);

/* Append a result, and wait until it is on the disk. Errors: MOOD_ERR_IO. */
MOOD_MUST_CHECK mood_status tune_log_write(struct tune_log *log, const struct tune_line *line, mood_error *err);

#endif
