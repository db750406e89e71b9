/* The step html: tags, comments, scripts and styles become a space, character references the character. A tag begins
 * with '<' and a letter, '/', '!' or '?', and ends with the next '>' outside of quotes; a '<' before that means that it
 * is none. What was decoded is not read again: "&amp;lt;" is "&lt;".
 *
 * Linear time: a search that finds nothing is not repeated, and two scans of tags can't be inside the same quotes. */
#include "text/clean/entities.h"
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

enum { SCRIPT, STYLE, RAW_COUNT };
static const char *const raw_names[RAW_COUNT] = {"script", "style"};
static const char *const raw_ends[RAW_COUNT] = {"</script", "</style"};

struct html {
    struct rewrite rewrite;
    bool no_double_quote, no_single_quote, no_comment_end, no_raw_end[RAW_COUNT]; /* none from here on */
};

/* If byte `at` is a quote that begins an attribute's value, the byte after the closing one; else after `at`. */
static size_t skip_quoted(struct html *html, size_t at) {
    mood_text text = html->rewrite.text;
    bool *none = text.data[at] == '"' ? &html->no_double_quote : &html->no_single_quote;
    if (text.data[at - 1] != '=' || *none)
        return at + 1;
    const char *end = memchr(text.data + at + 1, text.data[at], text.size - at - 1);
    *none = !end;
    return end ? (size_t)(end - text.data) + 1 : at + 1;
}

/* The byte after the tag at `at`; 0: there is none. */
static size_t tag_end(struct html *html, size_t at) {
    mood_text text = html->rewrite.text;
    size_t i = at + 1;
    if (i == text.size || (!is_ascii_letter(text.data[i]) && !memchr("/!?", text.data[i], 3)))
        return 0;
    if (text.data[i] == '/' && (i + 1 == text.size || !is_ascii_letter(text.data[i + 1])))
        return 0;
    while (i < text.size && text.data[i] != '>' && text.data[i] != '<')
        i = text.data[i] == '"' || text.data[i] == '\'' ? skip_quoted(html, i) : i + 1;
    return i < text.size && text.data[i] == '>' ? i + 1 : 0;
}

/* The byte after a comment at `at`; 0: there is none. */
static size_t comment_end(struct html *html, size_t at) {
    mood_text text = html->rewrite.text;
    if (html->no_comment_end || !has_at(text, at, "<!--"))
        return 0;
    const char *end = memmem(text.data + at + 4, text.size - at - 4, "-->", 3);
    html->no_comment_end = !end;
    return end ? (size_t)(end - text.data) + 3 : 0;
}

/* After the start tag from `at` to `end` of a script or a style: where its end tag begins; else `end`. */
static size_t raw_end(struct html *html, size_t at, size_t end) {
    mood_text text = html->rewrite.text;
    for (int kind = 0; kind < RAW_COUNT; kind++) {
        size_t after = at + 1 + strlen(raw_names[kind]);
        if (html->no_raw_end[kind] || !has_at(text, at + 1, raw_names[kind]) || is_word_character(text.data[after]))
            continue;
        for (const char *next = text.data + end;
             (next = memchr(next, '<', (size_t)(text.data + text.size - next))) != NULL; next++)
            if (has_at(text, (size_t)(next - text.data), raw_ends[kind]))
                return (size_t)(next - text.data);
        html->no_raw_end[kind] = true;
    }
    return end;
}

/* Replace the markup at `at`, if there is some; *next is set to where to go on. */
static bool replace_markup(struct html *html, size_t at, size_t *next) {
    mood_text text = html->rewrite.text;
    *next = at + 1;
    if (text.data[at] == '&') {
        char character[U8_MAX_LENGTH];
        size_t end = 0, size = 0;
        UChar32 c = entity_decode(text, at, &end);
        if (c < 0)
            return true;
        U8_APPEND_UNSAFE(character, size, c);
        *next = end;
        return rewrite_replace(&html->rewrite, at, end, character, size);
    }
    size_t end = comment_end(html, at);
    if (!end && (end = tag_end(html, at)) > 0)
        end = raw_end(html, at, end);
    if (!end)
        return true;
    *next = end;
    return rewrite_remove(&html->rewrite, at, end);
}

bool clean_html(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct html html = {.rewrite = {.text = *text, .out = out}};
    for (size_t i = 0; i < text->size;)
        if (text->data[i] != '<' && text->data[i] != '&')
            i++;
        else if (!replace_markup(&html, i, &i))
            return false;
    return rewrite_finish(&html.rewrite, text);
}
