/* The plot of a training: loss and metrics of each epoch. */
#ifndef CLI_FIT_PLOT_H
#define CLI_FIT_PLOT_H

#include "mood/model.h"

/* Write a panel for each metric, the loss included: its values of each epoch, for training and, if there are any,
 * validation. Without epochs nothing is written. Errors: those of plot_finish. */
MOOD_MUST_CHECK mood_status fit_plot_write(const char *path, const mood_history *history, mood_error *err);

#endif
