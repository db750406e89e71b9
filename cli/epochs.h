/* What is seen of a training: a line an epoch, a progress bar, a history file; and its end by Ctrl-C. */
#ifndef CLI_EPOCHS_H
#define CLI_EPOCHS_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "command.h"
#include "mood/model.h"

struct epochs {
    size_t total;    /* epochs to do */
    size_t finished; /* epochs done */
    FILE *lines;     /* where epoch lines go; NULL: nowhere */
    FILE *history;   /* a CSV file; NULL without */
    bool bar;        /* draw a progress bar on standard error */
    struct timespec drawn, began;
    bool (*next)(const mood_epoch *epoch, void *user); /* called after each epoch, too; false stops. NULL: none */
    void *user;
};

/* Begin; history_path may be NULL. Ctrl-C (SIGINT) and SIGTERM are caught from here on: the first one ends
 * training after its batch, the second one ends the program. */
MOOD_MUST_CHECK mood_status epochs_start(struct epochs *epochs, const struct common *common, size_t total,
                                         const char *history_path, mood_error *err);

/* Close the history. Errors: MOOD_ERR_IO, when it did not reach its file. */
MOOD_MUST_CHECK mood_status epochs_stop(struct epochs *epochs, mood_error *err);

/* Let a fit report here. */
void epochs_watch(struct epochs *epochs, mood_fit_options *options);

/* Whether a signal asked to stop. */
bool epochs_interrupted(void);

#endif
