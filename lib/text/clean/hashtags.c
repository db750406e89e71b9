/* The step hashtags: #GoodDay becomes "Good Day". The '#' is dropped, '_' becomes a space, and a space is inserted
 * before a capital letter that follows another letter (of several capital letters before the last, if a small one
 * follows it: "USA Today"), and between letters and digits. Before '#' there is no letter, digit, '_' or '&'. */
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

enum kind { SMALL, CAPITAL, DIGIT, MARK };

static enum kind kind_of(UChar32 c) {
    if (c < 128)
        return is_ascii_digit(c) ? DIGIT : c >= 'A' && c <= 'Z' ? CAPITAL : SMALL;
    if (U_GET_GC_MASK(c) & U_GC_M_MASK)
        return MARK;
    return u_isdigit(c) ? DIGIT : u_isupper(c) || u_istitle(c) ? CAPITAL : SMALL;
}

/* Whether a word begins with a character of that kind after one of the kind `before`. */
static bool begins_word(enum kind before, enum kind kind, UChar32 next) {
    if (kind == MARK)
        return false;
    if ((before == DIGIT) != (kind == DIGIT))
        return true;
    bool small_follows = is_word_character(next) && next != '_' && kind_of(next) == SMALL;
    return kind == CAPITAL && (before == SMALL || small_follows);
}

/* The tag's words; *at is after the '#', and set after the tag. */
static bool split_tag(struct rewrite *rewrite, size_t *at) {
    mood_text text = rewrite->text;
    bool inside = false;
    enum kind before = SMALL;
    for (size_t i = *at;; i = *at) {
        UChar32 c = character_next(text, &i);
        if (!is_word_character(c))
            return true;
        enum kind kind = kind_of(c);
        bool done = true;
        if (c == '_')
            done = rewrite_remove(rewrite, *at, i);
        else if (inside && begins_word(before, kind, character_at(text, i)))
            done = rewrite_remove(rewrite, *at, *at);
        if (!done)
            return false;
        inside = c != '_';
        if (kind != MARK)
            before = kind;
        *at = i;
    }
}

bool clean_hashtags(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    const char *found;
    for (size_t i = 0; (found = memchr(text->data + i, '#', text->size - i)) != NULL;) {
        size_t at = (size_t)(found - text->data);
        UChar32 before = character_before(*text, at);
        i = at + 1;
        UChar32 first = character_at(*text, i);
        if (before == '&' || is_word_character(before) || !is_word_character(first) || kind_of(first) == MARK)
            continue;
        if (!rewrite_remove(&rewrite, at, i) || !split_tag(&rewrite, &i))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}
