/* The steps of mood fit after its training is prepared. */
#ifndef CLI_FIT_RUN_H
#define CLI_FIT_RUN_H

#include "epochs.h"
#include "save_best.h"
#include "training.h"

/* fit_run.c: train. on_batch, on_epoch and user of `fitting` are used. *history is new, also if the training was
 * interrupted. */
MOOD_MUST_CHECK mood_status fit_run(struct training *training, mood_fit_options fitting, mood_history **history,
                                    mood_error *err);

/* fit_scores.c: --calibrate and --threshold. Check, before training, that they fit the model and the validation
 * rows. */
MOOD_MUST_CHECK mood_status fit_scores_check(struct training *training, mood_error *err);
/* Before the model is saved: fit temperature and threshold of the recipe to its weights. */
MOOD_MUST_CHECK mood_status fit_scores_update(struct training *training, mood_error *err);
void fit_scores_print(const struct training *training);

/* fit_print.c: print what is in the data and what was chosen. */
MOOD_MUST_CHECK mood_status fit_print_data(const struct training *training, mood_error *err);
MOOD_MUST_CHECK mood_status fit_print_json(const struct training *training, const mood_history *history,
                                           mood_error *err);
void fit_print_saved(const struct training *training, const struct save_best *best, const mood_history *history,
                     bool interrupted);

#endif
