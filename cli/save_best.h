/* The option --save-best: the model's file has the epoch with the best val_loss, or other metric, as Keras's ModelCheckpoint with
 * save_best_only. */
#ifndef CLI_SAVE_BEST_H
#define CLI_SAVE_BEST_H

#include "mood/model.h"

struct save_best {
    const char *path; /* NULL: the option was not given */
    const mood_model *model;
    const mood_recipe *recipe;
    bool saved;
    size_t epoch;        /* of the file, from 0 */
    const char *monitor; /* the metric */
    int direction;       /* 1: larger values are better, -1: smaller ones */
    double value;        /* of the file */
    mood_status status;  /* why saving failed, with err */
    mood_error err;
};

/* After an epoch: save the model if it is the best so far. False if that failed. user: the struct save_best. */
bool save_best_epoch(const mood_epoch *epoch, void *user);

#endif
