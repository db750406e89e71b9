/* UTF-8: validation and repair. */
#include "text/utf8.h"
#include "base/errors.h"

#include <stdint.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

bool utf8_is_ascii(const char *data, size_t size) {
    while (size >= sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, data, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            return false;
        data += sizeof eight;
        size -= sizeof eight;
    }
    for (; size > 0; size--, data++)
        if (*data & 0x80)
            return false;
    return true;
}

bool utf8_is_blank(mood_text text) {
    for (size_t i = 0; i < text.size;) {
        UChar32 character;
        U8_NEXT((const uint8_t *)text.data, i, text.size, character);
        if (character < 0 || !u_isUWhiteSpace(character))
            return false;
    }
    return true;
}

/* The number of valid bytes from `at` on; *end is set after the invalid part that follows them. */
static size_t valid_run(mood_text text, size_t at, size_t *end) {
    const uint8_t *s = (const uint8_t *)text.data;
    size_t i = at, start = at;
    while (i < text.size) {
        start = i;
        UChar32 c;
        U8_NEXT(s, i, text.size, c);
        if (c < 0) {
            *end = i;
            return start - at;
        }
    }
    *end = text.size;
    return text.size - at;
}

bool utf8_repair(mood_text text, struct bytes *out, size_t *replaced) {
    for (size_t at = 0; at < text.size;) {
        size_t end, valid = valid_run(text, at, &end);
        if (!bytes_append(out, text.data + at, valid))
            return false;
        if (at + valid < text.size) {
            if (!bytes_append(out, UTF8_REPLACEMENT, sizeof UTF8_REPLACEMENT - 1))
                return false;
            ++*replaced;
        }
        at = end;
    }
    return true;
}

int utf8_shown(const char *string, int most) {
    int size = (int)strnlen(string, (size_t)most);
    if (string[size] != '\0')
        U8_SET_CP_START((const uint8_t *)string, 0, size);
    return size;
}

bool mood_text_validate(mood_text text, size_t *position) {
    size_t end, valid = valid_run(text, 0, &end);
    if (valid == text.size)
        return true;
    if (position)
        *position = valid;
    return false;
}

mood_status mood_text_repair(mood_text text, char **repaired, size_t *size, size_t *replaced, mood_error *err) {
    if (!repaired || (!text.data && text.size > 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_text_repair: an argument is NULL");
    struct bytes out = {0};
    size_t count = 0;
    if (!utf8_repair(text, &out, &count) || !bytes_append_byte(&out, '\0')) {
        bytes_free(&out);
        return error_no_memory(err);
    }
    *repaired = out.data;
    if (size)
        *size = out.size - 1;
    if (replaced)
        *replaced = count;
    return MOOD_OK;
}
