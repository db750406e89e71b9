/* Text from outside, made fit to print. */
#ifndef CLI_CLEAN_H
#define CLI_CLEAN_H

#include <stdio.h>

#include "mood/text.h"

/* A copy of the text as valid UTF-8, new: bytes that are not become U+FFFD, as Python's
 * errors="replace" does, and *bad counts them up. data is NULL when memory is short. */
mood_text clean_utf8(mood_text text, size_t *bad);

/* Print a text (valid UTF-8) so that it stays one column of one line, and controls nothing: a tab, a newline,
 * a carriage return and a backslash as \t \n \r \\, other control characters as \xNN (two digits). */
void print_column(FILE *stream, mood_text text);

#endif
