/* The course of a training as SVG. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "mood/model.h"

/* Check that the file can be written. */
MOOD_MUST_CHECK mood_status plot_check(const char *path, mood_error *err);

/* Write a chart for each metric, the loss included: its values of each epoch, for training and, if there are any,
 * validation. Without epochs nothing is written. Errors: MOOD_ERR_IO, naming the path. */
MOOD_MUST_CHECK mood_status plot_write(const char *path, const mood_history *history, mood_error *err);

#endif
