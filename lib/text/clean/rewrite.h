/* Helps a cleaning step to replace parts of a text: the rest is copied, and a text without changes is not copied. */
#ifndef TEXT_CLEAN_REWRITE_H
#define TEXT_CLEAN_REWRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/bytes.h"
#include "mood/text.h"

struct rewrite {
    mood_text text;
    struct bytes *out;
    size_t copied; /* bytes of text before it are in out, or replaced there */
    bool changed;
};

/* Replace the bytes from `from` to `to` (`to` excluded), not before those of the last call. False: out of memory. */
static inline bool rewrite_replace(struct rewrite *rewrite, size_t from, size_t to, const char *replacement,
                                   size_t size) {
    rewrite->changed = true;
    if (!bytes_append(rewrite->out, rewrite->text.data + rewrite->copied, from - rewrite->copied) ||
        !bytes_append(rewrite->out, replacement, size))
        return false;
    rewrite->copied = to;
    return true;
}

/* The same with a space. */
static inline bool rewrite_remove(struct rewrite *rewrite, size_t from, size_t to) {
    return rewrite_replace(rewrite, from, to, " ", 1);
}

/* Copy the rest; *text becomes the new text if anything changed. */
static inline bool rewrite_finish(struct rewrite *rewrite, mood_text *text) {
    if (!rewrite->changed)
        return true;
    if (!rewrite_replace(rewrite, rewrite->text.size, rewrite->text.size, "", 0))
        return false;
    *text = (mood_text){rewrite->out->data, rewrite->out->size};
    return true;
}

/* The character at byte *at, which is set after it; -1 at the end. */
static inline UChar32 character_next(mood_text text, size_t *at) {
    UChar32 c = -1;
    if (*at < text.size)
        U8_NEXT((const uint8_t *)text.data, *at, text.size, c);
    return c;
}

static inline UChar32 character_at(mood_text text, size_t at) {
    return character_next(text, &at);
}

/* The character before byte `at`; -1 at the beginning. */
static inline UChar32 character_before(mood_text text, size_t at) {
    UChar32 c = -1;
    int32_t i = (int32_t)at;
    if (i > 0)
        U8_PREV((const uint8_t *)text.data, 0, i, c);
    return c;
}

static inline bool is_ascii_letter(UChar32 c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_ascii_digit(UChar32 c) {
    return c >= '0' && c <= '9';
}

static inline UChar32 ascii_lower(UChar32 c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static inline bool is_letter(UChar32 c) {
    return c < 128 ? is_ascii_letter(c) : u_isalpha(c);
}

/* A letter, a digit, a mark of one, or '_'. Not -1, the end of a text. */
static inline bool is_word_character(UChar32 c) {
    if (c < 128)
        return is_ascii_letter(c) || is_ascii_digit(c) || c == '_';
    return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK);
}

/* Whether text has `wanted`, in lower case, at byte `at`, in any case. */
static inline bool has_at(mood_text text, size_t at, const char *wanted) {
    size_t size = strlen(wanted);
    if (size > text.size - at)
        return false;
    for (size_t i = 0; i < size; i++)
        if (ascii_lower((unsigned char)text.data[at + i]) != (unsigned char)wanted[i])
            return false;
    return true;
}

#endif
