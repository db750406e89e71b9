/* Writes untrusted text into HTML and SVG. */
#ifndef CLI_MARKUP_H
#define CLI_MARKUP_H

#include "buffer.h"

/* Append a text: & < > " and ' as entities; control characters and those that reorder text as terminal.c prints them:
 * \n, \x07, \u202e; bytes that are not UTF-8 as U+FFFD. */
void markup_append(struct buffer *out, mood_text text);
void markup_append_string(struct buffer *out, const char *string);

/* The same for at most `columns` columns, of which wide characters (of Chinese, Japanese and Korean) take two; a longer text
 * ends with an ellipsis. */
void markup_append_short(struct buffer *out, mood_text text, size_t columns);

/* The columns of a text. */
size_t markup_columns(mood_text text);

/* Append a number with commas between thousands. */
void markup_append_count(struct buffer *out, unsigned long long count);

#endif
