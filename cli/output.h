/* Checks of a file to be written, made before the work whose result goes there. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>

#include "mood/status.h"

/* For a model's file: create a file in the same folder and remove it, as mood_model_save will do. Errors, naming the path:
 * MOOD_ERR_IO; MOOD_ERR_ARGUMENT when the name does not end in .keras. */
MOOD_MUST_CHECK mood_status check_writable(const char *path, mood_error *err);

/* Refuse an output that is one of the inputs [n]: writing it would destroy what is read. NULL inputs are skipped, "-" is
 * standard input. Errors: MOOD_ERR_ARGUMENT, naming option and path. */
MOOD_MUST_CHECK mood_status check_not_input(const char *option, const char *output, const char *const *inputs, size_t n,
                                            mood_error *err);

#endif
