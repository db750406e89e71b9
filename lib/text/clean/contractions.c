/* The step contractions, for English. A word's end n't becomes " not", also if it is separate ("does n't"), and ca,
 * wo, sha, ai before it become can, will, shall, is: "can't" is "can not", "won't" is "will not". The apostrophe of
 * 's, 're, 've, 'll, 'd and 'm at a word's end becomes a space: "it's" is "it s". Other apostrophes stay
 * ("o'clock"). The apostrophe is ' or ’. */
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

#define CURLY "\xE2\x80\x99"

static const struct stem {
    const char *before, *after;
} stems[] = {{"ca", "can"}, {"wo", "will"}, {"sha", "shall"}, {"ai", "is"}};

/* The size of the apostrophe at `at`; 0: there is none. */
static size_t apostrophe_size(mood_text text, size_t at) {
    return text.data[at] == '\'' ? 1 : has_at(text, at, CURLY) ? 3 : 0;
}

/* Whether the word ends with `ending` at `at`; *end is set after it. */
static bool has_ending(mood_text text, size_t at, const char *ending, size_t *end) {
    *end = at + strlen(ending);
    return has_at(text, at, ending) && !is_word_character(character_at(text, *end));
}

/* The stem that ends before `at`; NULL: another word. */
static const struct stem *find_stem(mood_text text, size_t at, size_t *start) {
    for (const struct stem *stem = stems; stem < stems + sizeof stems / sizeof *stems; stem++) {
        size_t size = strlen(stem->before);
        *start = at - size;
        if (size <= at && has_at(text, at - size, stem->before) &&
            !is_word_character(character_before(text, at - size)))
            return stem;
    }
    return NULL;
}

/* n't, whose n is at `at`, up to `end`. Returns false if memory is exhausted. */
static bool replace_not(struct rewrite *rewrite, size_t at, size_t end) {
    mood_text text = rewrite->text;
    bool separate = at > 0 && text.data[at - 1] == ' ';
    size_t start, stem_end = at - separate;
    const struct stem *stem = find_stem(text, stem_end, &start);
    if (stem && start >= rewrite->copied &&
        !rewrite_replace(rewrite, start, stem_end, stem->after, strlen(stem->after)))
        return false;
    return rewrite_replace(rewrite, at, end, " not", 4);
}

static bool expand(struct rewrite *rewrite, size_t at, size_t size, size_t *next) {
    static const char *const endings[] = {"s", "re", "ve", "ll", "d", "m"};
    mood_text text = rewrite->text;
    UChar32 before = character_before(text, at);
    *next = at + size;
    if (ascii_lower(before) == 'n' && at - 1 >= rewrite->copied && has_ending(text, at + size, "t", next)) {
        UChar32 first = character_before(text, at - 1);
        if (is_letter(first) || first < 0 || first == ' ')
            return replace_not(rewrite, at - 1, *next);
    }
    for (size_t i = 0; (is_letter(before) || before == ' ') && i < sizeof endings / sizeof *endings; i++)
        if (has_ending(text, at + size, endings[i], next))
            return rewrite_remove(rewrite, at, at + size);
    *next = at + size;
    return true;
}

bool clean_contractions(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size;) {
        char byte = text->data[i];
        size_t size = byte == '\'' || byte == CURLY[0] ? apostrophe_size(*text, i) : 0;
        if (size == 0)
            i++;
        else if (!expand(&rewrite, i, size, &i))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}
