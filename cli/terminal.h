/* Text from outside, made safe to print: control characters and those that reorder text (mood_text_find_control) are
 * written as escapes. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <jansson.h>
#include <stdio.h>

#include "mood/text.h"

/* One column of a line: \t \n \r \\ for a tab, a newline, a carriage return and a backslash, \xNN (two digits) for
 * other characters below U+0080, \uNNNN for those above. */
void print_column(FILE *stream, mood_text text);

/* One line of words to the user, without its newline: the same, but a backslash stays as it is. */
void print_message(FILE *stream, const char *message);

/* JSON: the same data, with \uNNNN for these characters. flags are json_dumpf's. */
void dump_json(FILE *stream, const json_t *json, size_t flags);

#endif
