/* --preset auto: whether to use a shipped model as the base model (--from). */
#ifndef CLI_PRESET_BASE_MODEL_H
#define CLI_PRESET_BASE_MODEL_H

#include "training.h"

/* The path of the shipped model of the data's language, for a training that was prepared without a base model; NULL: none,
 * or the arguments do not allow the choice. Valid until the next call. */
const char *preset_base_model_candidate(const struct training *training);

/* Train one epoch without and one with the shipped model, and choose by the loss on the validation rows: sets
 * arguments->from or arguments->no_base_model. training was prepared from the arguments. It is trained here, so it can't be
 * used afterwards. Prints the two losses. Errors: those of training_prepare and mood_model_fit. */
MOOD_MUST_CHECK mood_status preset_choose_base_model(struct training *training, const char *candidate,
                                                     struct fit_arguments *arguments, mood_error *err);

#endif
