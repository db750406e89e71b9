/* Whether a file could be written, asked before the work whose outcome goes there. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "mood/status.h"

/* Make a file beside path and take it away again: what mood_model_save will do.
 * Errors: MOOD_ERR_IO, naming the path. */
MOOD_MUST_CHECK mood_status check_writable(const char *path, mood_error *err);

#endif
