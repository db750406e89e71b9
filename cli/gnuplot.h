/* Runs gnuplot, which draws all plots: a program that has to be installed only for --plot. */
#ifndef CLI_GNUPLOT_H
#define CLI_GNUPLOT_H

#include "buffer.h"

/* Run a script; *output gets what it writes to standard output. Errors: MOOD_ERR_STATE (gnuplot is not installed; its
 * message), MOOD_ERR_MEMORY. */
MOOD_MUST_CHECK mood_status gnuplot_run(mood_text script, struct buffer *output, mood_error *err);

#endif
