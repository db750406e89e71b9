/* The step repeats: a letter three times or more becomes two ("soooo" is "soo"), in any case; '!', '?', '.', ',', their
 * wide forms and '…' twice or more become one. Write urls before it in the list: "://" stays, but "www." does not. */
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

/* Equal for characters that count as the same; -1: c may be repeated. */
static UChar32 class_of(UChar32 c, size_t *most) {
    *most = 2;
    if (is_ascii_letter(c))
        return ascii_lower(c);
    *most = 1;
    if (c == '!' || c == '?' || c == '.' || c == ',')
        return c;
    if (c < 128)
        return -1;
    if (c == 0x2026 || c == 0xFF01 || c == 0xFF1F || c == 0xFF0E || c == 0xFF0C || c == 0x3002)
        return c;
    *most = 2;
    return u_isalpha(c) ? u_foldCase(c, U_FOLD_CASE_DEFAULT) : -1;
}

bool clean_repeats(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    UChar32 before = -1;
    size_t kept = 0, end = 0; /* of the run of `before`: the end of its characters that stay */
    for (size_t i = 0, from = 0, most; i < text->size; from = i) {
        UChar32 class = class_of(character_next(*text, &i), &most);
        bool same = class >= 0 && class == before;
        if (!same && kept && end < from && !rewrite_replace(&rewrite, end, from, "", 0))
            return false;
        kept = same ? kept + 1 : 1;
        if (!same || kept <= most)
            end = i;
        before = class;
    }
    if (end < text->size && !rewrite_replace(&rewrite, end, text->size, "", 0))
        return false;
    return rewrite_finish(&rewrite, text);
}
