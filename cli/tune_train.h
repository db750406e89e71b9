/* The trainings of one trial. */
#ifndef CLI_TUNE_TRAIN_H
#define CLI_TUNE_TRAIN_H

#include "tune_log.h"
#include "tune_progress.h"

/* What all trials have in common. */
struct tune_plan {
    const struct tune_arguments *arguments;
    enum tune_metric metric;
    size_t folds; /* 1: one validation part */
    size_t parts; /* scores per trial: the folds, or parts of the one validation part */
    size_t rungs[ASHA_MOST_RUNGS];
    struct asha asha;
};

/* Train with these options of mood fit, for at most so many epochs, once per fold, and score each model. *finished is
 * false if the progress said that training has to stop. */
MOOD_MUST_CHECK mood_status tune_train(const struct tune_plan *plan, const struct command_line *options, size_t epochs,
                                       struct tune_progress *progress, struct tune_result *result, bool *finished,
                                       mood_error *err);

#endif
