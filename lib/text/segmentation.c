/* The segmentations: words leaves a text as it is, characters makes each character of a script without spaces a
 * word (and punctuation and symbols outside of ASCII), icu takes the words that ICU's word break iterator finds,
 * for Chinese, Japanese and Thai with its dictionaries. */
#include "text/segmentation.h"

#include <string.h>
#include <unicode/uscript.h>

#include "text/clean/emoji.h"
#include "text/clean/rewrite.h"

/* ---- characters ----------------------------------------------------------------------------------- */

enum { FIRST_SEPARATE = 0x0E00 /* Thai, the first script without spaces */, ZERO_WIDTH_SPACE = 0x200B };

/* Written without spaces between words. */
static bool is_unspaced(UChar32 c) {
    UErrorCode code = U_ZERO_ERROR;
    switch (uscript_getScript(c, &code)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_YI:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
    case USCRIPT_TIBETAN: return true;
    default: return false;
    }
}

/* A word by itself, together with the characters that continue it. */
static bool is_separate(UChar32 c) {
    return c >= FIRST_SEPARATE && (is_unspaced(c) || emoji_is(c) || emoji_is_regional_indicator(c) ||
                                   (U_GET_GC_MASK(c) & (U_GC_P_MASK | U_GC_S_MASK)));
}

/* Belongs to the grapheme cluster of the character before it. */
static bool continues(UChar32 c) {
    if (c < 0x300)
        return false;
    int32_t type = u_getIntPropertyValue(c, UCHAR_GRAPHEME_CLUSTER_BREAK);
    return type == U_GCB_EXTEND || type == U_GCB_SPACING_MARK || type == U_GCB_ZWJ;
}

/* The byte after the grapheme cluster that begins with c before `at`: its marks, emoji joined to it, and the second
 * half of a flag. */
static size_t cluster_end(mood_text text, UChar32 c, size_t at) {
    bool pictograph = emoji_is(c);
    size_t after = at;
    UChar32 next = character_next(text, &after);
    if (emoji_is_regional_indicator(c) && emoji_is_regional_indicator(next)) {
        at = after;
        next = character_next(text, &after);
    }
    for (UChar32 before = c; continues(next) || (pictograph && before == ZERO_WIDTH_JOINER && emoji_is(next));
         next = character_next(text, &after)) {
        before = next;
        at = after;
    }
    return at;
}

static bool segment_characters(const struct segmenter *segmenter, mood_text *text, struct segment_buffers *buffers,
                               struct bytes *out) {
    (void)segmenter;
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size;) {
        size_t from = i;
        if (!(text->data[i] & 0x80)) {
            i++;
            continue;
        }
        UChar32 c = character_next(*text, &i);
        bool done = true;
        if (c == ZERO_WIDTH_SPACE || u_isUWhiteSpace(c)) {
            done = rewrite_remove(&rewrite, from, i);
        } else if (is_separate(c)) {
            i = cluster_end(*text, c, i);
            done = rewrite_remove(&rewrite, from, from) && rewrite_remove(&rewrite, i, i);
        }
        if (!done)
            return false;
    }
    return rewrite_finish(&rewrite, text);
}

/* ---- icu ------------------------------------------------------------------------------------------ */

/* The rules of ICU's iterator: an iterator is opened from them for each call, and not cloned, because ICU crashes if it
 * has no memory for a clone. */
static bool read_rules(struct bytes *rules) {
    UErrorCode code = U_ZERO_ERROR;
    UBreakIterator *words = ubrk_open(UBRK_WORD, "", NULL, 0, &code);
    if (U_FAILURE(code))
        return false;
    int32_t size = ubrk_getBinaryRules(words, NULL, 0, &code);
    bool done = U_SUCCESS(code) && bytes_reserve(rules, (size_t)size);
    if (done)
        rules->size = (size_t)ubrk_getBinaryRules(words, (uint8_t *)rules->data, size, &code);
    ubrk_close(words);
    return done && U_SUCCESS(code);
}

/* The iterator of the call, set to a text; NULL: out of memory. What ICU allocates later, for dictionaries, is not
 * reported: it has no status for that. */
static UBreakIterator *begin_words(const struct segmenter *segmenter, mood_text text, struct segment_buffers *buffers) {
    UErrorCode code = U_ZERO_ERROR;
    if (!buffers->words)
        buffers->words = ubrk_openBinaryRules((const uint8_t *)segmenter->rules.data, (int32_t)segmenter->rules.size,
                                              NULL, 0, &code);
    buffers->text = utext_openUTF8(buffers->text, text.data, (int64_t)text.size, &code);
    if (buffers->words)
        ubrk_setUText(buffers->words, buffers->text, &code);
    return U_SUCCESS(code) ? buffers->words : NULL;
}

/* Of a segment without letters and digits: whether it is a symbol such as an emoji, or one of the kept characters. */
static bool is_kept(const struct segmenter *segmenter, mood_text segment) {
    UChar32 c = character_at(segment, 0);
    if (c < 128)
        return c > 0 && strchr(segmenter->kept, c) != NULL;
    return emoji_is(c) || emoji_is_regional_indicator(c) || u_charType(c) == U_OTHER_SYMBOL;
}

static bool append_word(struct bytes *out, mood_text word) {
    return (out->size == 0 || bytes_append_byte(out, ' ')) && bytes_append(out, word.data, word.size);
}

static bool segment_icu(const struct segmenter *segmenter, mood_text *text, struct segment_buffers *buffers,
                        struct bytes *out) {
    UBreakIterator *words = begin_words(segmenter, *text, buffers);
    if (!words)
        return false;
    int32_t start = ubrk_first(words);
    for (int32_t end; (end = ubrk_next(words)) != UBRK_DONE; start = end) {
        mood_text segment = {text->data + start, (size_t)(end - start)};
        bool word = ubrk_getRuleStatus(words) >= UBRK_WORD_NONE_LIMIT || is_kept(segmenter, segment);
        if (word && !append_word(out, segment))
            return false;
    }
    *text = (mood_text){out->data, out->size};
    return true;
}

/* ---- all ------------------------------------------------------------------------------------------ */

const struct segmentation segmentations[SEGMENTATION_COUNT] = {
    {"words", false, NULL},
    {"characters", false, segment_characters},
    {"icu", true, segment_icu},
};

const struct segmentation *segmentation_find(const char *name) {
    for (size_t i = 0; i < SEGMENTATION_COUNT; i++)
        if (strcmp(segmentations[i].name, name) == 0)
            return &segmentations[i];
    return NULL;
}

bool segmenter_init(struct segmenter *segmenter, const struct segmentation *kind, const char *kept) {
    *segmenter = (struct segmenter){.kind = kind, .kept = kept};
    return !kind->needs_iterator || read_rules(&segmenter->rules);
}

void segmenter_free(struct segmenter *segmenter) {
    bytes_free(&segmenter->rules);
}

void segment_buffers_free(struct segment_buffers *buffers) {
    if (buffers->words)
        ubrk_close(buffers->words);
    if (buffers->text)
        utext_close(buffers->text);
    *buffers = (struct segment_buffers){0};
}
