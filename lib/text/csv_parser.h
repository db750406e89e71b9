/* libcsv, set up for files of this kind. */
#ifndef TEXT_CSV_PARSER_H
#define TEXT_CSV_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include <csv.h>

/* True for ASCII that is printed and that can't be a part of a number or a quoted field, and for a tab. */
bool separator_is_valid(char c);
#define SEPARATOR_PROBLEM "separator has to be a tab or a printable character that is not a letter, a digit, \", . or -"

/* Strict RFC 4180 with another separator. Without quotes a quote (") is a character like others.
 * False: out of memory. Release with csv_free. */
bool csv_parser_start(struct csv_parser *parser, char separator, bool quotes);

/* csv_parse with a growing buffer: libcsv may copy it whenever it grows. Returns the bytes parsed. */
size_t csv_parser_feed(struct csv_parser *parser, const char *bytes, size_t size,
                       void (*on_field)(void *, size_t, void *), void (*on_record)(int, void *), void *user);

#endif
