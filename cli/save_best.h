/* The option --save-best: the file contains the epoch with the best val_loss, or another metric, as with Keras's
 * ModelCheckpoint and save_best_only. */
#ifndef CLI_SAVE_BEST_H
#define CLI_SAVE_BEST_H

#include "mood/model.h"

struct training;

struct save_best {
    const char *path; /* NULL: the option was not given */
    const mood_model *model;
    const mood_recipe *recipe;
    /* Called before the model is saved; may be NULL. */
    mood_status (*prepare)(struct training *training, mood_error *err);
    struct training *training; /* for prepare */
    bool saved;
    size_t epoch;        /* the saved epoch, from 0 */
    const char *monitor; /* the monitored metric */
    int direction;       /* 1: larger values are better, -1: smaller ones */
    double value;        /* value of the saved epoch */
    mood_status status;  /* the error if saving failed, with err */
    mood_error err;
};

/* After an epoch: save the model if it is the best so far. False: saving failed. user: the struct save_best. */
bool save_best_epoch(const mood_epoch *epoch, void *user);

#endif
