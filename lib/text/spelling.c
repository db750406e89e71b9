/* The tables of forms and cases. */
#include "text/spelling.h"

#include <string.h>
#include <unicode/uscript.h>

#include "text/clean/rewrite.h"
#include "text/utf8.h"

enum { REPEATED = 3 }; /* minimum number of equal letters in a row that counts as a repetition for emphasis */

void spelling_buffers_free(struct spelling_buffers *buffers) {
    clean_buffers_free(&buffers->clean);
    bytes_free(&buffers->form);
    bytes_free(&buffers->in_case);
}

static bool same(mood_text a, mood_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* ---- forms ---------------------------------------------------------------------------------------- */

/* The size of an apostrophe (' or U+2019) at that byte; 0: there is none. */
static size_t apostrophe_at(mood_text text, size_t at) {
    if (text.data[at] == '\'')
        return 1;
    return text.size - at >= 3 && memcmp(text.data + at, "\xE2\x80\x99", 3) == 0 ? 3 : 0;
}

static bool replace_apostrophes(mood_text *text, struct bytes *out, const char *by) {
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size; i++) {
        size_t size = apostrophe_at(*text, i);
        if (size && !rewrite_replace(&rewrite, i, i + size, by, strlen(by)))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

static bool to_typographic_apostrophes(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return replace_apostrophes(text, out, "\xE2\x80\x99");
}

/* True for we'll, i'd and the like: without the apostrophe they are other words (well, id). Not for don't. */
static bool has_short_ending(mood_text text) {
    size_t tail = 0, size = 0;
    while (tail < text.size && !size)
        size = apostrophe_at(text, text.size - ++tail);
    tail -= size ? size : 0;
    return size && (tail == 1 || tail == 2) &&
           !(tail == 1 && ascii_lower((unsigned char)text.data[text.size - 1]) == 't');
}

static bool remove_apostrophes(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return has_short_ending(*text) || replace_apostrophes(text, out, "");
}

/* Remove the accents of Latin and Greek letters. In other scripts a letter with a mark is another letter. */
static bool remove_accents(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    for (size_t i = 0; i < text->size;) {
        UErrorCode code = U_ZERO_ERROR;
        UScriptCode script = uscript_getScript(character_next(*text, &i), &code);
        if (U_FAILURE(code) || (script != USCRIPT_LATIN && script != USCRIPT_GREEK && script != USCRIPT_COMMON &&
                                script != USCRIPT_INHERITED))
            return true;
    }
    return clean_accents(text, buffers, out);
}

/* Remove a final 's or a final apostrophe. */
static bool remove_possessive(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    (void)out;
    size_t end = text->size - (ascii_lower((unsigned char)text->data[text->size - 1]) == 's');
    if (end > 1 && apostrophe_at(*text, end - 1) == 1)
        text->size = end - 1;
    else if (end > 3 && apostrophe_at(*text, end - 3) == 3)
        text->size = end - 3;
    return true;
}

static bool replace_hyphens(mood_text *text, struct bytes *out, const char *by) {
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size; i++)
        if (text->data[i] == '-' && !rewrite_replace(&rewrite, i, i + 1, by, strlen(by)))
            return false;
    return rewrite_finish(&rewrite, text);
}

static bool remove_hyphens(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return replace_hyphens(text, out, "");
}

static bool to_underscores(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return replace_hyphens(text, out, "_");
}

/* Reduce each repeated letter to one. */
static bool reduce_to_one(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size;) {
        UChar32 letter = character_next(*text, &i);
        size_t first_end = i, count = 1;
        for (size_t next = i; is_letter(letter) && character_next(*text, &next) == letter; count++)
            i = next;
        if (count >= REPEATED && !rewrite_replace(&rewrite, first_end, i, "", 0))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

/* Replace each digit of numbers of two or more digits by '#', as in GoogleNews. */
static bool to_number_signs(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size; i++) {
        size_t end = i;
        while (end < text->size && is_ascii_digit(text->data[end]))
            end++;
        for (size_t digits = end - i; digits > 1 && i < end; i++)
            if (!rewrite_replace(&rewrite, i, i + 1, "#", 1))
                return false;
    }
    return rewrite_finish(&rewrite, text);
}

/* The order is documented in mood/text.h and mood-fit(1). */
static const struct {
    bool changes_ascii; /* false: a word in ASCII stays as it is */
    bool (*apply)(mood_text *text, struct clean_buffers *buffers, struct bytes *out); /* as a cleaning step */
} forms[SPELLING_FORMS] = {
    {true, NULL},                       /* the word itself */
    {false, clean_nfc},                 /* NFC */
    {false, clean_unicode},             /* NFKC */
    {false, clean_quotes},              /* don't with the ASCII apostrophe; ASCII hyphens */
    {true, to_typographic_apostrophes}, /* the reverse */
    {true, remove_possessive},          /* film for film's */
    {true, remove_apostrophes},         /* dont for don't */
    {true, remove_hyphens},             /* email for e-mail */
    {true, to_underscores},             /* new_york for new-york */
    {false, remove_accents},            /* cafe for café */
    {true, clean_repeats},              /* soo for sooo */
    {true, reduce_to_one},              /* so for sooo */
    {true, to_number_signs},            /* ## for 42 */
    {true, clean_numbers},              /* 00 for 42 */
};

/* ---- cases ---------------------------------------------------------------------------------------- */

static bool append_character(struct bytes *out, UChar32 c) {
    char bytes[U8_MAX_LENGTH];
    size_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, c);
    return bytes_append(out, bytes, size);
}

/* Title case at the start, and after hyphens and underscores if `parts`; else lower case. */
static bool capitalise(mood_text *text, struct bytes *out, bool parts) {
    bool starts = true;
    for (size_t i = 0; i < text->size;) {
        UChar32 c = character_next(*text, &i);
        if (!append_character(out, starts ? u_totitle(c) : u_tolower(c)))
            return false;
        starts = parts && (c == '-' || c == '_');
    }
    *text = (mood_text){out->data, out->size};
    return true;
}

static bool capitalise_word(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return capitalise(text, out, false);
}

static bool capitalise_parts(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    return capitalise(text, out, true);
}

static bool upper(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    for (size_t i = 0; i < text->size;)
        if (!append_character(out, u_toupper(character_next(*text, &i))))
            return false;
    *text = (mood_text){out->data, out->size};
    return true;
}

/* NULL: unchanged */
static bool (*const cases[SPELLING_CASES])(mood_text *text, struct clean_buffers *buffers, struct bytes *out) = {
    NULL, clean_case, capitalise_word, capitalise_parts, upper};

/* ---- all spellings -------------------------------------------------------------------------------- */

/* Visit a form, and its spellings in other cases that differ from it. */
static bool visit_cases(mood_text word, mood_text form, unsigned rank, struct spelling_buffers *buffers,
                        spelling_visitor *visitor, void *user) {
    for (unsigned i = 0; i < SPELLING_CASES; i++) {
        mood_text text = form;
        buffers->in_case.size = 0;
        if (cases[i] && !cases[i](&text, &buffers->clean, &buffers->in_case))
            return false;
        bool known = same(text, word) || (cases[i] && same(text, form));
        if (!known && text.size <= SPELLING_MAX_BYTES && !visitor(user, text, rank + i))
            return false;
    }
    return true;
}

static bool is_valid(mood_text word) {
    for (size_t i = 0; i < word.size;)
        if (character_next(word, &i) < 0)
            return false;
    return word.size > 0 && word.size <= SPELLING_MAX_BYTES;
}

bool spelling_visit(mood_text word, struct spelling_buffers *buffers, spelling_visitor *visitor, void *user) {
    if (!is_valid(word)) /* words of a vocabulary from a file can be invalid UTF-8 */
        return true;
    bool ascii = utf8_is_ascii(word.data, word.size);
    for (unsigned i = 0; i < SPELLING_FORMS; i++) {
        mood_text form = word;
        buffers->form.size = 0;
        if (ascii && !forms[i].changes_ascii)
            continue;
        if (forms[i].apply && !forms[i].apply(&form, &buffers->clean, &buffers->form))
            return false;
        if (form.size == 0 || (forms[i].apply && same(form, word)))
            continue;
        if (!visit_cases(word, form, i * SPELLING_CASES, buffers, visitor, user))
            return false;
    }
    return true;
}

size_t spelling_remove_hyphens(mood_text word, char *result) {
    size_t size = 0;
    if (word.size > SPELLING_MAX_BYTES || !memchr(word.data, '-', word.size))
        return 0;
    for (size_t i = 0; i < word.size; i++)
        if (word.data[i] != '-')
            result[size++] = word.data[i];
    return size;
}
