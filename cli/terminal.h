/* Prints untrusted text safely: control characters and those that reorder text (mood_text_find_control) are
 * escaped. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <jansson.h>
#include <stdio.h>

#include "mood/text.h"

/* Print one column of a line: \t \n \r \\ for a tab, a newline, a carriage return and a backslash, \xNN (two
 * digits) for other characters below U+0080, \uNNNN for those above. */
void print_column(FILE *stream, mood_text text);

/* Print one line of a message, without its newline. As print_column, but a backslash is not escaped. */
void print_message(FILE *stream, const char *message);

/* Write JSON, with \uNNNN for these characters. flags are those of json_dumpf. */
void dump_json(FILE *stream, const json_t *json, size_t flags);

#endif
