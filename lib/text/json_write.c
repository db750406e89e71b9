/* Python's json.dumps escapes all characters outside ' ' … '~' with lower-case hex digits. jansson uses upper case
 * and does not escape DEL. A difference in bytes would change the digests of files, so this writes JSON as Python
 * does. */
#include "text/json_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

bool json_write_raw(struct bytes *out, const char *string) {
    return bytes_append(out, string, strlen(string));
}

bool json_write_number(struct bytes *out, uint64_t number) {
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, number);
    return bytes_append(out, digits, (size_t)size);
}

bool json_write_bool(struct bytes *out, bool value) {
    return json_write_raw(out, value ? "true" : "false");
}

static bool write_unit(struct bytes *out, unsigned unit) {
    char escape[8];
    int size = snprintf(escape, sizeof escape, "\\u%04x", unit & 0xFFFF);
    return bytes_append(out, escape, (size_t)size);
}

static bool write_character(struct bytes *out, UChar32 c) {
    switch (c) {
    case '"': return json_write_raw(out, "\\\"");
    case '\\': return json_write_raw(out, "\\\\");
    case '\b': return json_write_raw(out, "\\b");
    case '\f': return json_write_raw(out, "\\f");
    case '\n': return json_write_raw(out, "\\n");
    case '\r': return json_write_raw(out, "\\r");
    case '\t': return json_write_raw(out, "\\t");
    }
    if (c >= ' ' && c <= '~')
        return bytes_append_byte(out, (char)c);
    if (c <= 0xFFFF)
        return write_unit(out, (unsigned)c);
    return write_unit(out, U16_LEAD(c)) && write_unit(out, U16_TRAIL(c));
}

bool json_write_string(struct bytes *out, mood_text text) {
    const uint8_t *s = (const uint8_t *)text.data;
    if (!bytes_append_byte(out, '"'))
        return false;
    for (size_t i = 0; i < text.size;) {
        UChar32 c;
        U8_NEXT_OR_FFFD(s, i, text.size, c);
        if (!write_character(out, c))
            return false;
    }
    return bytes_append_byte(out, '"');
}
