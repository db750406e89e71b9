/* The step mentions: @name and @name@host become a space. A name consists of ASCII letters, digits and '_'; before '@'
 * there is no letter, digit, '_', '.', '+' or '-', as in an e-mail address. */
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

static bool is_name_byte(char byte) {
    return is_ascii_letter(byte) || is_ascii_digit(byte) || byte == '_';
}

static size_t name_end(mood_text text, size_t at) {
    while (at < text.size && is_name_byte(text.data[at]))
        at++;
    return at;
}

/* The byte after "@host" at `at`, or `at`. */
static size_t host_end(mood_text text, size_t at) {
    size_t end = at + 1;
    if (at >= text.size || text.data[at] != '@')
        return at;
    while (end < text.size && (is_name_byte(text.data[end]) || text.data[end] == '-' || text.data[end] == '.'))
        end++;
    while (text.data[end - 1] == '.' || text.data[end - 1] == '-')
        end--;
    return end == at + 1 ? at : end;
}

static bool may_precede(UChar32 c) {
    return !is_word_character(c) && c != '.' && c != '+' && c != '-';
}

bool clean_mentions(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    const char *found;
    for (size_t i = 0, end; (found = memchr(text->data + i, '@', text->size - i)) != NULL; i = end) {
        i = (size_t)(found - text->data);
        end = name_end(*text, i + 1);
        if (end == i + 1 || !may_precede(character_before(*text, i)))
            continue;
        end = host_end(*text, end);
        if (!rewrite_remove(&rewrite, i, end))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}
