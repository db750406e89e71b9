/* The trainings of one trial. */
#ifndef CLI_TUNE_TRAIN_H
#define CLI_TUNE_TRAIN_H

#include "tune_log.h"
#include "tune_progress.h"

/* The trainings that a rung requires: with cross-validation each rung has more folds, else more epochs. */
struct tune_rung {
    size_t folds, epochs;
    size_t parts; /* scores: the folds, or parts of the one validation part */
};

/* What all trials have in common. */
struct tune_plan {
    const struct tune_arguments *arguments;
    enum tune_metric metric;
    size_t folds; /* 1: one validation part */
    struct tune_rung rungs[ASHA_MOST_RUNGS];
    struct asha asha;
};

/* Train with these options of mood fit for a rung, and score the models. *result has the result of the rung before, or
 * is empty: with cross-validation only further folds are trained. *finished is false, and *result unchanged, if the
 * time is over or a signal has asked to stop. */
MOOD_MUST_CHECK mood_status tune_train(const struct tune_plan *plan, const struct command_line *options,
                                       const struct tune_rung *rung, struct tune_progress *progress,
                                       struct tune_result *result, bool *finished, mood_error *err);

#endif
