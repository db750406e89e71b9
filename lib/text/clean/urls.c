/* The step urls: a word that begins with http://, https:// or www. becomes a space. It ends before white space, '<',
 * '>', '"', and characters from U+2000 on (punctuation, CJK, emoji); punctuation at its end stays in the text. */
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

static const char *const prefixes[] = {"http://", "https://", "www."};
enum { FIRST_BEYOND = 0x2000 };

static bool ends_url(UChar32 c) {
    if (c < 128)
        return c <= ' ' || c == '<' || c == '>' || c == '"' || c == 127;
    return c >= FIRST_BEYOND || u_isUWhiteSpace(c);
}

/* The byte after a URL that begins at `at`; `at`: there is none. */
static size_t url_end(mood_text text, size_t at) {
    size_t start = 0;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes && !start; i++)
        if (has_at(text, at, prefixes[i]))
            start = at + strlen(prefixes[i]);
    UChar32 first = character_at(text, start);
    if (!start || !is_word_character(first) || ends_url(first))
        return at;
    size_t end = start;
    for (size_t i = start; !ends_url(character_next(text, &i));)
        end = i;
    while (memchr(".,;:!?'*)]}", text.data[end - 1], 11))
        end--;
    return end;
}

bool clean_urls(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0, end; i < text->size; i = end) {
        UChar32 c = ascii_lower((unsigned char)text->data[i]);
        bool begins = (c == 'h' || c == 'w') && !is_word_character(character_before(*text, i));
        end = begins ? url_end(*text, i) : i;
        if (end > i && !rewrite_remove(&rewrite, i, end))
            return false;
        end += end == i;
    }
    return rewrite_finish(&rewrite, text);
}
