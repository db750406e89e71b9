/* Steps that replace single characters: quotes, punctuation, numbers and symbols. */
#include <stdlib.h>

#include "text/clean/rewrite.h"
#include "text/clean/step.h"

/* ---- quotes: typographic quotes, dashes and … in ASCII -------------------------------------------- */

/* sorted */
static const struct sign {
    UChar32 character;
    const char *ascii;
} signs[] = {
    {0xAB, "\""},   {0xB4, "'"},    {0xBB, "\""},   {0x2BC, "'"},   {0x2010, "-"},   {0x2011, "-"},  {0x2012, "-"},
    {0x2013, "-"},  {0x2014, "-"},  {0x2015, "-"},  {0x2018, "'"},  {0x2019, "'"},   {0x201A, "'"},  {0x201B, "'"},
    {0x201C, "\""}, {0x201D, "\""}, {0x201E, "\""}, {0x201F, "\""}, {0x2026, "..."}, {0x2032, "'"},  {0x2033, "\""},
    {0x2039, "'"},  {0x203A, "'"},  {0x2212, "-"},  {0x300C, "\""}, {0x300D, "\""},  {0x300E, "\""}, {0x300F, "\""},
};

static int compare_signs(const void *left, const void *right) {
    UChar32 a = ((const struct sign *)left)->character, b = ((const struct sign *)right)->character;
    return (a > b) - (a < b);
}

bool clean_quotes(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0, from = 0; i < text->size; from = i) {
        const struct sign key = {character_next(*text, &i), NULL};
        if (key.character < 128)
            continue;
        const struct sign *found = bsearch(&key, signs, sizeof signs / sizeof *signs, sizeof *signs, compare_signs);
        if (found && !rewrite_replace(&rewrite, from, i, found->ascii, strlen(found->ascii)))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

/* ---- punctuation: '!' and '?' become words -------------------------------------------------------- */

bool clean_punctuation(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size; i++) {
        char sign = text->data[i];
        if ((sign == '!' || sign == '?') && !rewrite_replace(&rewrite, i, i + 1, sign == '!' ? " ! " : " ? ", 3))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

/* ---- numbers: every digit becomes 0 --------------------------------------------------------------- */

bool clean_numbers(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0, from = 0; i < text->size; from = i) {
        UChar32 c = character_next(*text, &i);
        bool digit = c < 128 ? is_ascii_digit(c) && c != '0' : u_isdigit(c);
        if (digit && !rewrite_replace(&rewrite, from, i, "0", 1))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

/* ---- symbols: category S is removed --------------------------------------------------------------- */

static bool is_symbol(UChar32 c) {
    return c < 128 ? c > 0 && memchr("$+<=>^`|~", c, 9) : (U_GET_GC_MASK(c) & U_GC_S_MASK) != 0;
}

bool clean_symbols(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0, from = 0; i < text->size; from = i)
        if (is_symbol(character_next(*text, &i)) && !rewrite_remove(&rewrite, from, i))
            return false;
    return rewrite_finish(&rewrite, text);
}
