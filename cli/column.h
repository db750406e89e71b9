/* Text from outside, made fit to print. */
#ifndef CLI_COLUMN_H
#define CLI_COLUMN_H

#include <stdio.h>

#include "mood/text.h"

/* Print a text (valid UTF-8) so that it stays one column of one line, and controls nothing: a tab, a newline,
 * a carriage return and a backslash as \t \n \r \\, other control characters as \xNN (two digits). */
void print_column(FILE *stream, mood_text text);

#endif
