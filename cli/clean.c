/* Text from outside, made fit to print. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>

#include "clean.h"

#define REPLACEMENT "\xEF\xBF\xBD"

mood_text clean_utf8(mood_text text, size_t *bad) {
    mood_text out = {NULL, 0};
    if (text.size > (INT32_MAX - 1) / 3) /* every byte may become three; ICU counts in int32_t */
        return out;
    char *copy = malloc(3 * text.size + 1);
    if (!copy)
        return out;
    size_t used = 0;
    int32_t next = 0, size = (int32_t)text.size;
    while (next < size) {
        int32_t start = next;
        UChar32 c;
        U8_NEXT(text.data, next, size, c);
        const char *piece = c < 0 ? REPLACEMENT : text.data + start;
        size_t length = c < 0 ? sizeof REPLACEMENT - 1 : (size_t)(next - start);
        memcpy(copy + used, piece, length);
        used += length;
        *bad += c < 0;
    }
    out.data = copy;
    out.size = used;
    return out;
}

void print_column(FILE *stream, mood_text text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        switch (c) {
        case '\t': fputs("\\t", stream); break;
        case '\n': fputs("\\n", stream); break;
        case '\r': fputs("\\r", stream); break;
        case '\\': fputs("\\\\", stream); break;
        default:
            if (c < 0x20 || c == 0x7F)
                fprintf(stream, "\\x%02x", c);
            else
                putc(c, stream);
        }
    }
}
