/* libcsv, set up for files of this kind. */
#include "text/csv_parser.h"

#include <ctype.h>
#include <stdlib.h>

#define BLOCK ((size_t)1 << 16)

static int is_space(unsigned char byte) {
    (void)byte;
    return 0; /* RFC 4180: spaces belong to the field */
}

bool separator_is_valid(char c) {
    return c == '\t' || (c > ' ' && c < 0x7F && !isalnum((unsigned char)c) && c != '"' && c != '.' && c != '-');
}

bool csv_parser_start(struct csv_parser *parser, char separator, bool quotes) {
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return false;
    csv_set_delim(parser, (unsigned char)separator);
    if (!quotes)
        csv_set_quote(parser, '\0'); /* files with NUL are refused before */
    csv_set_space_func(parser, is_space);
    csv_set_realloc_func(parser, realloc);
    csv_set_free_func(parser, free);
    return true;
}

/* libcsv grows its buffer by blocks of fixed size, and may copy everything each time; growing the block with the
 * buffer bounds the number of copies. */
size_t csv_parser_feed(struct csv_parser *parser, const char *bytes, size_t size,
                       void (*on_field)(void *, size_t, void *), void (*on_record)(int, void *), void *user) {
    csv_set_blk_size(parser, BLOCK + csv_get_buffer_size(parser) / 2);
    return csv_parse(parser, bytes, size, on_field, on_record, user);
}
