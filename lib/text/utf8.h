/* Validation and repair of UTF-8. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "mood/text.h"

/* The largest size of a text. ICU counts bytes in int32_t. Lower case takes at most 3 bytes for 2 (U+023A), a replaced
 * invalid byte 3 for 1. */
#define LARGEST_TEXT (INT32_MAX / 6)

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

bool utf8_is_ascii(const char *data, size_t size);

/* Append text to out with U+FFFD for every invalid part, and add their number to *replaced. Parts are as in Python
 * and as the Unicode standard recommends (3.9, D93b): one for each maximal subpart of a character. False: out of
 * memory. */
bool utf8_repair(mood_text text, struct bytes *out, size_t *replaced);

/* True if a text is empty or white space. */
bool utf8_is_blank(mood_text text);

/* The largest number of bytes of a string, up to most, that ends with a whole character: a precision for "%.*s" in
 * messages. */
int utf8_shown(const char *string, int most);

#endif
