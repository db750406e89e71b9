/* --preset auto: whether to start with a shipped model (--from). */
#ifndef CLI_PRESET_START_H
#define CLI_PRESET_START_H

#include "training.h"

/* The shipped model of the data's language, by its name, for a training that was prepared without one; NULL: none, or the
 * arguments do not allow the choice. */
const char *preset_start_candidate(const struct training *training);

/* Train one epoch without and one with the shipped model, and choose by the loss on the validation rows: arguments->from
 * or arguments->no_start is set. training was prepared from the arguments, and is trained here, so it can't be used
 * afterwards. Prints the two losses. Errors: those of training_prepare and mood_model_fit. */
MOOD_MUST_CHECK mood_status preset_choose_start(struct training *training, const char *candidate,
                                                struct fit_arguments *arguments, mood_error *err);

#endif
