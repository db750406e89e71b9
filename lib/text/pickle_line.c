/* Numbers and texts in protocol 0, which are lines of ASCII. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "text/pickle.h"

static mood_status refuse(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "a text has a damaged escape");
}

bool pickle_line_integer(mood_text line, int64_t *number) {
    bool negative = line.size > 0 && line.data[0] == '-';
    size_t i = negative, end = line.size;
    int64_t value = 0;
    if (end > 0 && line.data[end - 1] == 'L')
        end--;
    if (i >= end)
        return false;
    for (; i < end; i++) {
        int digit = line.data[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *number = negative ? value : -value;
    return true;
}

/* ---- characters -------------------------------------------------------------------------------- */

static bool append_character(struct bytes *out, unsigned long c) {
    char utf8[4];
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char starts[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; c >>= 6)
        utf8[i] = (char)(0x80 | (c & 0x3F));
    utf8[0] = (char)(starts[size] | c);
    return bytes_append(out, utf8, size);
}

/* The value of `digits` hex digits; -1: invalid. */
static long read_hex(const char *at, const char *end, int digits) {
    long value = 0;
    if (end - at < digits)
        return -1;
    for (int i = 0; i < digits; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0 || value > 0x10FFFF)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static mood_status take(struct bytes *out, mood_status status, struct pickle_value *value, mood_error *err) {
    if (status == MOOD_OK && !bytes_append_byte(out, '\0'))
        status = error_no_memory(err);
    if (status != MOOD_OK) {
        bytes_free(out);
        return status;
    }
    *value = (struct pickle_value){.kind = PICKLE_TEXT, .owned = true, .text = {out->data, out->size - 1}};
    return MOOD_OK;
}

/* ---- Python 2's str ---------------------------------------------------------------------------- */

/* Decode the escape after a backslash; *at moves past it. */
static mood_status read_escape(const char **at, const char *end, struct bytes *out, mood_error *err) {
    static const char escapes[] = "\\\\''\"\"n\nt\tr\r";
    char c = *at < end ? *(*at)++ : '\0', made = '\0';
    bool known = false;
    for (size_t i = 0; escapes[i] && !known; i += 2) {
        known = escapes[i] == c;
        made = escapes[i + 1];
    }
    if (c == 'x') {
        long value = read_hex(*at, end, 2);
        known = value >= 0;
        made = (char)value;
        *at += known ? 2 : 0;
    }
    if (!known)
        return refuse(err);
    return bytes_append_byte(out, made) ? MOOD_OK : error_no_memory(err);
}

mood_status pickle_line_string(mood_text line, struct pickle_value *value, mood_error *err) {
    struct bytes out = {0};
    mood_status status = MOOD_OK;
    bool quoted = line.size >= 2 && (line.data[0] == '\'' || line.data[0] == '"') &&
                  line.data[line.size - 1] == line.data[0];
    if (!quoted)
        return refuse(err);
    const char *at = line.data + 1, *end = line.data + line.size - 1;
    while (at < end && status == MOOD_OK) {
        char c = *at++;
        if (c == '\\')
            status = read_escape(&at, end, &out, err);
        else if (!bytes_append_byte(&out, c))
            status = error_no_memory(err);
    }
    return take(&out, status, value, err);
}

/* ---- unicode ------------------------------------------------------------------------------------- */

/* Two escapes may be the surrogates of one character. */
static unsigned long join_surrogates(const char **at, const char *end, unsigned long first) {
    bool half = first >= 0xD800 && first < 0xDC00 && end - *at >= 6 && memcmp(*at, "\\u", 2) == 0;
    long second = half ? read_hex(*at + 2, end, 4) : -1;
    if (second < 0xDC00 || second > 0xDFFF)
        return first;
    *at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + ((unsigned long)second - 0xDC00);
}

mood_status pickle_line_unicode(mood_text line, struct pickle_value *value, mood_error *err) {
    struct bytes out = {0};
    mood_status status = MOOD_OK;
    const char *at = line.data, *end = line.data + line.size;
    while (at < end && status == MOOD_OK) {
        unsigned long c = (unsigned char)*at++;
        int digits = c != '\\' || at == end ? 0 : *at == 'u' ? 4 : *at == 'U' ? 8 : 0;
        if (digits) {
            long escaped = read_hex(at + 1, end, digits);
            at += 1 + digits;
            if (escaped < 0 || escaped > 0x10FFFF) {
                status = refuse(err);
                break;
            }
            c = join_surrogates(&at, end, (unsigned long)escaped);
        }
        if (!append_character(&out, c))
            status = error_no_memory(err);
    }
    return take(&out, status, value, err);
}
