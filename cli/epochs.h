/* Output of a training: one line per epoch, a progress bar and a history file. Also handles Ctrl-C. */
#ifndef CLI_EPOCHS_H
#define CLI_EPOCHS_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "command.h"
#include "mood/model.h"

struct epochs {
    size_t total;    /* epochs to run */
    size_t finished; /* epochs finished */
    FILE *lines;     /* output of the epoch lines; NULL: none */
    FILE *history;   /* a CSV file; NULL: none */
    bool bar;        /* draw a progress bar on standard error */
    struct timespec drawn, began;
    /* Also called after each epoch; false stops training. NULL: none. */
    bool (*next)(const mood_epoch *epoch, void *user);
    void *user;
};

/* Start. history_path may be NULL. From now on SIGINT (Ctrl-C) and SIGTERM are caught: the first signal ends
 * training after the current batch, the second one ends the program. */
MOOD_MUST_CHECK mood_status epochs_start(struct epochs *epochs, const struct common *common, size_t total,
                                         const char *history_path, mood_error *err);

/* Close the history. Errors: MOOD_ERR_IO if it could not be written. */
MOOD_MUST_CHECK mood_status epochs_stop(struct epochs *epochs, mood_error *err);

/* Add the callbacks to a fit's options. */
void epochs_add_callbacks(struct epochs *epochs, mood_fit_options *options);

#endif
