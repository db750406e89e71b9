/* Characters that must not reach a terminal or a log as they are. */
#include "base/printable.h"

#include <string.h>
#include <unicode/utf8.h>

/* Control characters (U+009B begins an escape sequence as ESC [ does), line and paragraph separators, and what
 * reorders the text that follows: embeddings, overrides and isolates. The marks U+200E and U+200F stay, as they are
 * common in Arabic and Hebrew and have no effect beyond their neighbours. */
static bool is_control(UChar32 c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

size_t mood_text_find_control(mood_text text, size_t from, size_t *size, int32_t *character) {
    const uint8_t *bytes = (const uint8_t *)text.data;
    for (size_t i = from, start = from; i < text.size; start = i) {
        UChar32 c = bytes[i];
        if (c >= 0x20 && c < 0x7F) {
            i++;
            continue;
        }
        U8_NEXT(bytes, i, text.size, c);
        if (!is_control(c)) /* a negative one is not UTF-8 */
            continue;
        *size = i - start;
        *character = c < 0 ? -1 : c;
        return start;
    }
    return text.size;
}

bool text_is_printable(mood_text text) {
    size_t size;
    int32_t character;
    return mood_text_find_control(text, 0, &size, &character) == text.size;
}

void text_blank_controls(char *string) {
    mood_text text = {string, strlen(string)};
    size_t size;
    int32_t character;
    for (size_t at = 0; (at = mood_text_find_control(text, at, &size, &character)) < text.size; at += size)
        memset(string + at, ' ', size);
}
