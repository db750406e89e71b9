/* The steps emoji and no-emoji. An emoji becomes its name in the Unicode standard, in lower case: " face with tears
 * of joy ". Names never change, and ICU has them; it does not have CLDR's short names. Of a sequence (family,
 * profession) each emoji is named; variation selectors, skin tones, joiners, tags and keycaps are dropped. A flag
 * is " flag de ". */
#include <unicode/utypes.h>

#include "text/clean/emoji.h"
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

enum {
    FIRST_PICTOGRAPH = 0x2190, /* below it, only characters that need a variation selector: ©, ®, ‼, ⁉, ™, ℹ */
    TEXT_SELECTOR = 0xFE0E,
    EMOJI_SELECTOR = 0xFE0F,
    KEYCAP = 0x20E3,
    FIRST_INDICATOR = 0x1F1E6,
    LAST_INDICATOR = 0x1F1FF,
    FIRST_TONE = 0x1F3FB,
    LAST_TONE = 0x1F3FF,
    FIRST_TAG = 0xE0020,
    LAST_TAG = 0xE007F,
    LONGEST_NAME = 128
};

/* The result has at most GROWTH times the text's size and GROWTH_BASE bytes more; further emoji are removed. */
enum { GROWTH = 8, GROWTH_BASE = 1024 };

bool emoji_is_regional_indicator(UChar32 c) {
    return c >= FIRST_INDICATOR && c <= LAST_INDICATOR;
}

static bool is_tone(UChar32 c) {
    return c >= FIRST_TONE && c <= LAST_TONE;
}

bool emoji_is(UChar32 c) {
    if (c < FIRST_PICTOGRAPH || emoji_is_regional_indicator(c) || is_tone(c))
        return false;
    return u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) || u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION);
}

/* Dropped wherever it occurs; a joiner and tags only after an emoji, because scripts of India need joiners. */
static bool is_modifier(UChar32 c) {
    return c == TEXT_SELECTOR || c == EMOJI_SELECTOR || c == KEYCAP || is_tone(c);
}

static size_t skip_modifiers(mood_text text, size_t at) {
    size_t end = at;
    for (UChar32 c; (c = character_next(text, &at)) >= 0; end = at)
        if (!is_modifier(c) && c != ZERO_WIDTH_JOINER && (c < FIRST_TAG || c > LAST_TAG))
            break;
    return end;
}

/* " name " of an emoji in name [LONGEST_NAME + 2]; one space if it has none. Returns its size. */
static size_t write_name(UChar32 c, char *name) {
    UErrorCode code = U_ZERO_ERROR;
    int32_t size = u_charName(c, U_UNICODE_CHAR_NAME, name + 1, LONGEST_NAME, &code);
    name[0] = ' ';
    if (U_FAILURE(code) || size <= 0 || size > LONGEST_NAME)
        return 1;
    for (int32_t i = 1; i <= size; i++)
        name[i] = name[i] == '-' ? ' ' : (char)ascii_lower(name[i]);
    name[size + 1] = ' ';
    return (size_t)size + 2;
}

/* The flag of two regional indicators. */
static size_t write_flag(UChar32 first, UChar32 second, char *name) {
    memcpy(name, " flag xx ", 9);
    name[6] = (char)('a' + (first - FIRST_INDICATOR));
    name[7] = (char)('a' + (second - FIRST_INDICATOR));
    return 9;
}

static bool replace(struct rewrite *rewrite, size_t from, size_t to, const char *name, size_t size) {
    size_t most = rewrite->text.size * GROWTH + GROWTH_BASE;
    size_t rest = rewrite->text.size - rewrite->copied; /* not more than this is still to be copied */
    if (rewrite->out->size + rest + size > most)
        size = 1;
    return rewrite_replace(rewrite, from, to, name, size);
}

/* Replace the character c before byte *at, which begins at `from`, if it belongs to an emoji; *at is set after it. */
static bool name_emoji(struct rewrite *rewrite, UChar32 c, size_t from, size_t *at, bool named) {
    char name[LONGEST_NAME + 2] = " ";
    size_t size = 1, after = *at;
    UChar32 next = character_next(rewrite->text, &after);
    if (is_modifier(c))
        return rewrite_replace(rewrite, from, *at, "", 0);
    if (emoji_is_regional_indicator(c) && emoji_is_regional_indicator(next)) {
        if (named)
            size = write_flag(c, next, name);
        *at = after;
        return replace(rewrite, from, after, name, size);
    }
    bool selected = next == EMOJI_SELECTOR && c >= 0xA9 && u_hasBinaryProperty(c, UCHAR_EMOJI);
    if (!selected && !emoji_is(c) && !emoji_is_regional_indicator(c))
        return true;
    if (named)
        size = write_name(c, name);
    *at = skip_modifiers(rewrite->text, *at);
    return replace(rewrite, from, *at, name, size);
}

static bool replace_emoji(mood_text *text, struct bytes *out, bool named) {
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size;) {
        size_t from = i;
        UChar32 c = (unsigned char)text->data[i];
        if (c < 0x80) {
            i++;
            continue;
        }
        c = character_next(*text, &i);
        if (c >= 0xA9 && !name_emoji(&rewrite, c, from, &i, named))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

bool clean_emoji(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return replace_emoji(text, out, true);
}

bool clean_no_emoji(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return replace_emoji(text, out, false);
}

bool clean_load_names(void) {
    char name[LONGEST_NAME + 2];
    return write_name(0x1F600, name) > 1;
}
