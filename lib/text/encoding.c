/* Converts a file's bytes to UTF-8 with ICU's converters. */
#include "text/encoding.h"

#include <stdio.h>
#include <string.h>

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "base/errors.h"
#include "text/utf8.h"

/* ---- choice ------------------------------------------------------------------------------------ */

static const struct {
    const char *bytes;
    size_t size;
    const char *name;
} marks[] = {
    {"\xEF\xBB\xBF", 3, "UTF-8"}, {"\xFF\xFE\0\0", 4, "UTF-32LE"}, {"\0\0\xFE\xFF", 4, "UTF-32BE"},
    {"\xFF\xFE", 2, "UTF-16LE"},  {"\xFE\xFF", 2, "UTF-16BE"},
};

static mood_status error_unknown(const char *name, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "the encoding \"%.*s\" is unknown; names are those of ICU and iconv, such as windows-1252, "
                          "ISO-8859-15, gb18030, Shift_JIS or UTF-16LE",
                          utf8_shown(name, 60), name);
}

mood_status encoding_open(struct encoding *encoding, const char *name, const char *bytes, size_t size, size_t *mark,
                          mood_error *err) {
    *encoding = (struct encoding){.name = "UTF-8"};
    *mark = 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (size >= marks[i].size && memcmp(bytes, marks[i].bytes, marks[i].size) == 0) {
            if (name && ucnv_compareNames(name, marks[i].name) != 0)
                continue;
            name = marks[i].name;
            *mark = marks[i].size;
            break;
        }
    if (!name || ucnv_compareNames(name, "UTF-8") == 0)
        return MOOD_OK;
    if (!*name)
        return error_unknown(name, err);
    UErrorCode code = U_ZERO_ERROR;
    encoding->converter = ucnv_open(name, &code);
    if (code == U_MEMORY_ALLOCATION_ERROR)
        return error_no_memory(err);
    if (U_FAILURE(code))
        return error_unknown(name, err);
    /* Stop at bytes that the encoding does not have; ICU's default is to replace them. */
    ucnv_setToUCallBack(encoding->converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
    encoding->name = name;
    return MOOD_OK;
}

/* ---- conversion -------------------------------------------------------------------------------- */

static bool append_character(struct bytes *out, UChar32 character) {
    uint8_t bytes[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, character);
    return bytes_append(out, bytes, (size_t)size);
}

/* ICU gives surrogates in pairs only, but a pair may be split between two calls. */
static bool append_units(struct encoding *encoding, const UChar *units, size_t count, struct bytes *out) {
    for (size_t i = 0; i < count; i++) {
        UChar unit = units[i];
        if (U16_IS_LEAD(unit)) {
            encoding->lead = unit;
            continue;
        }
        UChar32 character = U16_IS_TRAIL(unit) ? U16_GET_SUPPLEMENTARY(encoding->lead, unit) : unit;
        encoding->lead = 0;
        if (!append_character(out, character))
            return false;
    }
    return true;
}

static bool is_invalid(UErrorCode code) {
    return code == U_INVALID_CHAR_FOUND || code == U_ILLEGAL_CHAR_FOUND || code == U_TRUNCATED_CHAR_FOUND ||
           code == U_ILLEGAL_ESCAPE_SEQUENCE || code == U_UNSUPPORTED_ESCAPE_SEQUENCE;
}

mood_status encoding_convert(struct encoding *encoding, const char *bytes, size_t size, bool end, struct bytes *out,
                             mood_error *err) {
    if (!encoding->converter)
        return bytes_append(out, bytes, size) ? MOOD_OK : error_no_memory(err);
    const char *at = bytes, *limit = bytes + size;
    UErrorCode code;
    do {
        UChar units[1024], *unit = units;
        code = U_ZERO_ERROR;
        ucnv_toUnicode(encoding->converter, &unit, units + sizeof units / sizeof *units, &at, limit, NULL, end, &code);
        if (!append_units(encoding, units, (size_t)(unit - units), out))
            return error_no_memory(err);
        if (is_invalid(code) && !bytes_append_byte(out, ENCODING_INVALID))
            return error_no_memory(err);
        if (U_FAILURE(code) && code != U_BUFFER_OVERFLOW_ERROR && !is_invalid(code))
            return code == U_MEMORY_ALLOCATION_ERROR
                       ? error_no_memory(err)
                       : mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "can't be converted from %s (%s)",
                                        encoding->name, u_errorName(code));
    } while (code == U_BUFFER_OVERFLOW_ERROR || (is_invalid(code) && code != U_TRUNCATED_CHAR_FOUND));
    return MOOD_OK;
}

void encoding_describe_invalid(const char *name, mood_text field, size_t position, size_t number, char *problem,
                               size_t size) {
    char where[40] = "the line";
    if (number > 0)
        snprintf(where, sizeof where, "field %zu", number);
    if (strcmp(name, "UTF-8") != 0)
        snprintf(problem, size, "%s has bytes that are not %.40s, after %zu bytes in UTF-8; give another --encoding",
                 where, name, position);
    else
        snprintf(problem, size,
                 "byte %zu of %s (0x%02X) is not UTF-8; if the file has another encoding, name it, for example "
                 "--encoding windows-1252 or --encoding gb18030",
                 position + 1, where, (unsigned char)field.data[position]);
}

void encoding_close(struct encoding *encoding) {
    if (encoding->converter)
        ucnv_close(encoding->converter);
    encoding->converter = NULL;
}
