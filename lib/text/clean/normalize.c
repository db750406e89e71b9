/* The steps unicode (NFKC), nfc, accents and case, with ICU in UTF-16. Marks after the 30th in a row are dropped,
 * as the Unicode standard's stream-safe text format allows no more: sorting them takes quadratic time. */
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "text/clean/rewrite.h"
#include "text/clean/step.h"
#include "text/utf8.h"

enum { MOST_MARKS = 30 };

typedef const UNormalizer2 *normalizer_getter(UErrorCode *code);

/* ---- UTF-16 --------------------------------------------------------------------------------------- */

static UChar *units(const struct bytes *bytes) {
    return (UChar *)(void *)bytes->data;
}

static int32_t count_units(const struct bytes *bytes) {
    return (int32_t)(bytes->size / sizeof(UChar));
}

/* Room for count units; what is in out is lost. */
static bool reserve_units(struct bytes *out, size_t count) {
    out->size = 0;
    return bytes_reserve(out, (count ? count : 1) * sizeof(UChar));
}

/* Without the marks that are too many if there is a normalizer; *dropped is set to whether there were some. */
static bool to_utf16(mood_text text, const UNormalizer2 *normalizer, struct bytes *out, bool *dropped) {
    size_t marks = 0, count = 0;
    if (!reserve_units(out, text.size))
        return false;
    for (size_t i = 0; i < text.size;) {
        UChar32 c = character_next(text, &i);
        marks = c >= 0x300 && normalizer && !unorm2_hasBoundaryBefore(normalizer, c) ? marks + 1 : 0;
        *dropped |= marks > MOST_MARKS;
        if (marks <= MOST_MARKS)
            U16_APPEND_UNSAFE(units(out), count, c);
    }
    out->size = count * sizeof(UChar);
    return true;
}

static bool from_utf16(const struct bytes *from, struct bytes *out, mood_text *text) {
    int32_t size = 0;
    UErrorCode code = U_ZERO_ERROR;
    if (!bytes_reserve(out, (size_t)count_units(from) * 3 + 1))
        return false;
    u_strToUTF8(out->data, (int32_t)(out->capacity < INT32_MAX ? out->capacity : INT32_MAX), &size, units(from),
                count_units(from), &code);
    if (U_FAILURE(code))
        return false;
    out->size = (size_t)size;
    *text = (mood_text){out->data, out->size};
    return true;
}

/* ---- conversions ---------------------------------------------------------------------------------- */

static int32_t normalize_once(const UNormalizer2 *normalizer, const struct bytes *from, struct bytes *out,
                              UErrorCode *code) {
    *code = U_ZERO_ERROR;
    size_t room = out->capacity / sizeof(UChar);
    return unorm2_normalize(normalizer, units(from), count_units(from), units(out),
                            (int32_t)(room < INT32_MAX ? room : INT32_MAX), code);
}

static int32_t lower_once(const struct bytes *from, struct bytes *out, UErrorCode *code) {
    *code = U_ZERO_ERROR;
    size_t room = out->capacity / sizeof(UChar);
    return u_strToLower(units(out), (int32_t)(room < INT32_MAX ? room : INT32_MAX), units(from), count_units(from), "",
                        code);
}

/* Normalize, or convert to lower case without a normalizer. A result that is too large is made again. */
static bool convert(const UNormalizer2 *normalizer, const struct bytes *from, struct bytes *out) {
    UErrorCode code = U_BUFFER_OVERFLOW_ERROR;
    int32_t wanted = count_units(from) + count_units(from) / 8 + 16;
    for (int tries = 0; tries < 2 && code == U_BUFFER_OVERFLOW_ERROR; tries++) {
        if (!reserve_units(out, (size_t)wanted))
            return false;
        wanted = normalizer ? normalize_once(normalizer, from, out, &code) : lower_once(from, out, &code);
    }
    if (U_FAILURE(code))
        return false;
    out->size = (size_t)wanted * sizeof(UChar);
    return true;
}

static bool normalize(normalizer_getter *get, mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *normalizer = get(&code);
    bool dropped = false;
    if (U_FAILURE(code) || !to_utf16(*text, normalizer, &buffers->utf16, &dropped))
        return false;
    int32_t count = count_units(&buffers->utf16);
    if (!dropped && unorm2_spanQuickCheckYes(normalizer, units(&buffers->utf16), count, &code) == count)
        return true;
    return convert(normalizer, &buffers->utf16, &buffers->result) && from_utf16(&buffers->result, out, text);
}

/* ---- steps ---------------------------------------------------------------------------------------- */

bool clean_unicode(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    return normalize(unorm2_getNFKCInstance, text, buffers, out);
}

bool clean_nfc(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    return normalize(unorm2_getNFCInstance, text, buffers, out);
}

/* Marks that take no room of their own: accents, but also vowels of some scripts. */
static void drop_marks(struct bytes *utf16) {
    UChar *text = units(utf16);
    int32_t count = count_units(utf16), kept = 0;
    for (int32_t i = 0; i < count;) {
        UChar32 c;
        U16_NEXT(text, i, count, c);
        if (c < 0x300 || u_charType(c) != U_NON_SPACING_MARK)
            U16_APPEND_UNSAFE(text, kept, c);
    }
    utf16->size = (size_t)kept * sizeof(UChar);
}

bool clean_accents(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&code), *nfc = unorm2_getNFCInstance(&code);
    bool dropped = false;
    if (U_FAILURE(code) || !to_utf16(*text, nfd, &buffers->utf16, &dropped) ||
        !convert(nfd, &buffers->utf16, &buffers->result))
        return false;
    drop_marks(&buffers->result);
    return convert(nfc, &buffers->result, &buffers->utf16) && from_utf16(&buffers->utf16, out, text);
}

static bool lower_ascii(mood_text *text, struct bytes *out) {
    size_t first = 0;
    while (first < text->size && (text->data[first] < 'A' || text->data[first] > 'Z'))
        first++;
    if (first == text->size)
        return true;
    if (!bytes_append(out, text->data, text->size))
        return false;
    for (size_t i = first; i < out->size; i++)
        out->data[i] = (char)ascii_lower(out->data[i]);
    *text = (mood_text){out->data, out->size};
    return true;
}

bool clean_case(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    bool dropped = false;
    if (utf8_is_ascii(text->data, text->size))
        return lower_ascii(text, out);
    return to_utf16(*text, NULL, &buffers->utf16, &dropped) && convert(NULL, &buffers->utf16, &buffers->result) &&
           from_utf16(&buffers->result, out, text);
}

bool clean_load_normalizers(void) {
    UErrorCode code = U_ZERO_ERROR;
    unorm2_getNFKCInstance(&code);
    unorm2_getNFCInstance(&code);
    unorm2_getNFDInstance(&code);
    return U_SUCCESS(code);
}
