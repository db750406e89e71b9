/* Bytes that should be UTF-8. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "mood/text.h"

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

bool utf8_is_ascii(const char *data, size_t size);

/* Append text to out with U+FFFD for every invalid part, counting these into *replaced: one for each
 * maximal beginning of a character, as Python does and the Unicode standard advises (3.9, D93b). False
 * when there is no memory. */
bool utf8_repair(mood_text text, struct bytes *out, size_t *replaced);

/* How many bytes of a string, at most, to show in a message: a precision for "%.*s". */
int utf8_shown(const char *string, int most);

#endif
