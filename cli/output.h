/* Checks of files, made before a long computation. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

/* Check that a model can be saved: create a file in the same directory and remove it, as mood_model_save does.
 * Errors, naming the path: MOOD_ERR_IO; MOOD_ERR_ARGUMENT if the name does not end in .keras. */
MOOD_MUST_CHECK mood_status check_writable(const char *path, mood_error *err);

/* False for a pipe or standard input, which can be read only once. */
bool is_regular_file(const char *path);

/* Reject an output that is one of the inputs [n], because writing would destroy the input. Inputs that are NULL are
 * skipped; "-" is standard input. Errors: MOOD_ERR_ARGUMENT, naming option and path. */
MOOD_MUST_CHECK mood_status check_not_input(const char *option, const char *output, const char *const *inputs, size_t n,
                                            mood_error *err);

#endif
