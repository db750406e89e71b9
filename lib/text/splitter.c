/* Splits text into tokens: the preparation, if there is one, then Keras's three steps: convert to lower case,
 * replace each character of `filters` by `split`, split at each `split` and drop empty parts. ASCII is processed
 * with one table. */
#include "text/splitter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>

#include "base/errors.h"
#include "text/utf8.h"

/* ---- options ---------------------------------------------------------------------------------- */

static int compare_code_points(const void *left, const void *right) {
    UChar32 a = *(const UChar32 *)left, b = *(const UChar32 *)right;
    return (a > b) - (a < b);
}

static bool read_filters(struct splitter *splitter) {
    const uint8_t *s = (const uint8_t *)splitter->filters.data;
    splitter->wide_filters = calloc(splitter->filters.size + 1, sizeof *splitter->wide_filters);
    if (!splitter->wide_filters)
        return false;
    for (size_t i = 0; i < splitter->filters.size;) {
        UChar32 c;
        U8_NEXT(s, i, splitter->filters.size, c);
        if (c < 128)
            splitter->ascii_filter[c] = true;
        else
            splitter->wide_filters[splitter->wide_filter_count++] = c;
    }
    qsort(splitter->wide_filters, splitter->wide_filter_count, sizeof *splitter->wide_filters, compare_code_points);
    return true;
}

/* Keras converts to lower case first, so a capital letter among the filters never matches. */
static void fill_table(struct splitter *splitter) {
    for (int c = 0; c < 128; c++) {
        int lowered = splitter->lower && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
        if (splitter->one_byte && splitter->ascii_filter[lowered])
            lowered = splitter->split.data[0];
        splitter->ascii[c] = (unsigned char)lowered;
    }
}

static bool copy_text(struct bytes *copy, mood_text text) {
    if (!bytes_append(copy, text.data, text.size) || !bytes_append_byte(copy, '\0'))
        return false;
    copy->size--;
    return true;
}

mood_status splitter_init(struct splitter *splitter, mood_text filters, bool lower, mood_text split, bool char_level,
                          mood_error *err) {
    *splitter = (struct splitter){.lower = lower, .char_level = char_level};
    if (!mood_text_validate(filters, NULL) || !mood_text_validate(split, NULL))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "filters and split have to be UTF-8");
    if (split.size == 0 && !char_level)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "split is empty; to make every character a token, set char_level");
    UErrorCode code = U_ZERO_ERROR;
    splitter->case_map = ucasemap_open("", 0, &code);
    if (U_FAILURE(code) || !copy_text(&splitter->filters, filters) || !copy_text(&splitter->split, split))
        goto no_memory;
    splitter->one_byte = !char_level && split.size == 1;
    if (!char_level && !read_filters(splitter))
        goto no_memory;
    fill_table(splitter);
    return MOOD_OK;
no_memory:
    splitter_free(splitter);
    return error_no_memory(err);
}

mood_status splitter_vectorize(struct splitter *splitter, const mood_text_vectorization_options *options,
                               mood_error *err) {
    splitter->vectorization = calloc(1, sizeof *splitter->vectorization);
    return splitter->vectorization ? vectorization_init(splitter->vectorization, options, err) : error_no_memory(err);
}

void splitter_free(struct splitter *splitter) {
    if (splitter->case_map)
        ucasemap_close(splitter->case_map);
    bytes_free(&splitter->filters);
    bytes_free(&splitter->split);
    free(splitter->wide_filters);
    free(splitter->vectorization);
    preparation_destroy(splitter->preparation);
    *splitter = (struct splitter){0};
}

void scratch_free(struct scratch *scratch) {
    bytes_free(&scratch->repaired);
    bytes_free(&scratch->lowered);
    bytes_free(&scratch->translated);
    ngrams_free(&scratch->ngrams);
    preparation_buffers_free(&scratch->prepared);
}

/* ---- one text --------------------------------------------------------------------------------- */

static bool map_ascii(const struct splitter *splitter, mood_text *text, struct bytes *out) {
    out->size = 0;
    if (!bytes_reserve(out, text->size))
        return false;
    for (size_t i = 0; i < text->size; i++)
        out->data[i] = (char)splitter->ascii[(unsigned char)text->data[i]];
    *text = (mood_text){out->data, text->size};
    return true;
}

static bool repair(mood_text *text, struct bytes *out, size_t *replaced) {
    if (utf8_is_ascii(text->data, text->size) || mood_text_validate(*text, NULL))
        return true;
    out->size = 0;
    if (!utf8_repair(*text, out, replaced))
        return false;
    *text = (mood_text){out->data, out->size};
    return true;
}

/* The full mapping of the root locale, which is Python's: İ becomes two characters, Σ at the end of a word becomes
 * ς. */
static bool lower_unicode(const struct splitter *splitter, mood_text *text, struct bytes *out) {
    out->size = 0;
    if (!bytes_reserve(out, text->size + text->size / 2 + 1))
        return false;
    UErrorCode code = U_ZERO_ERROR;
    size_t capacity = out->capacity < INT32_MAX ? out->capacity : INT32_MAX;
    int32_t size =
        ucasemap_utf8ToLower(splitter->case_map, out->data, (int32_t)capacity, text->data, (int32_t)text->size, &code);
    if (U_FAILURE(code))
        return false;
    *text = (mood_text){out->data, (size_t)size};
    return true;
}

static bool is_filter(const struct splitter *splitter, UChar32 c) {
    if (c < 128)
        return splitter->ascii_filter[c];
    return splitter->wide_filter_count > 0 &&
           bsearch(&c, splitter->wide_filters, splitter->wide_filter_count, sizeof c, compare_code_points);
}

/* The number of bytes from `at` on without a filter character; *next is set after the filter character that
 * follows. */
static size_t unfiltered_run(const struct splitter *splitter, mood_text text, size_t at, size_t *next) {
    const uint8_t *s = (const uint8_t *)text.data;
    size_t i = at;
    while (i < text.size) {
        size_t start = i;
        UChar32 c;
        U8_NEXT(s, i, text.size, c);
        if (is_filter(splitter, c)) {
            *next = i;
            return start - at;
        }
    }
    *next = text.size;
    return text.size - at;
}

/* A filter character is replaced by the whole `split`, so parts of a longer split can combine with the adjacent
 * text. */
static bool filter_characters(const struct splitter *splitter, mood_text *text, struct bytes *out) {
    out->size = 0;
    if (!bytes_reserve(out, text->size))
        return false;
    for (size_t at = 0, next; at < text->size; at = next) {
        size_t kept = unfiltered_run(splitter, *text, at, &next);
        if (!bytes_append(out, text->data + at, kept))
            return false;
        if (at + kept < text->size && !bytes_append(out, splitter->split.data, splitter->split.size))
            return false;
    }
    *text = (mood_text){out->data, out->size};
    return true;
}

static mood_status begin_vectorization(const struct splitter *splitter, mood_text text, struct scratch *scratch,
                                       struct token_cursor *cursor, size_t *bad_bytes, mood_error *err) {
    const struct vectorization *vectorization = splitter->vectorization;
    bool has_ngrams = vectorization->width_count > 0;
    bool done = repair(&text, &scratch->repaired, bad_bytes) &&
                vectorization_standardize(vectorization, &text, &scratch->lowered) &&
                (!has_ngrams || ngrams_begin(vectorization, text, &scratch->ngrams));
    if (!done)
        return error_no_memory(err);
    *cursor = (struct token_cursor){.splitter = splitter,
                                    .at = text.data,
                                    .end = text.data + text.size,
                                    .ngrams = has_ngrams ? &scratch->ngrams : NULL};
    return MOOD_OK;
}

mood_status splitter_begin(const struct splitter *splitter, mood_text text, struct scratch *scratch,
                           struct token_cursor *cursor, size_t *bad_bytes, mood_error *err) {
    if (text.size > LARGEST_TEXT)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "a text of %zu bytes is too long; the maximum is %d", text.size, LARGEST_TEXT);
    if (splitter->vectorization)
        return begin_vectorization(splitter, text, scratch, cursor, bad_bytes, err);
    if (splitter->preparation) {
        if (!repair(&text, &scratch->repaired, bad_bytes))
            return error_no_memory(err);
        mood_status status = preparation_apply(splitter->preparation, &text, &scratch->prepared, err);
        if (status != MOOD_OK)
            return status;
    }
    bool done;
    if (utf8_is_ascii(text.data, text.size)) {
        done = map_ascii(splitter, &text, &scratch->lowered);
        if (done && !splitter->char_level && !splitter->one_byte)
            done = filter_characters(splitter, &text, &scratch->translated);
    } else {
        done = repair(&text, &scratch->repaired, bad_bytes);
        if (done && splitter->lower)
            done = lower_unicode(splitter, &text, &scratch->lowered);
        if (done && !splitter->char_level)
            done = filter_characters(splitter, &text, &scratch->translated);
    }
    if (!done)
        return error_no_memory(err);
    *cursor = (struct token_cursor){.splitter = splitter, .at = text.data, .end = text.data + text.size};
    return MOOD_OK;
}

/* ---- tokens ----------------------------------------------------------------------------------- */

static bool next_character(struct token_cursor *cursor, mood_text *token) {
    if (cursor->at == cursor->end)
        return false;
    const uint8_t *s = (const uint8_t *)cursor->at;
    size_t i = 0, size = (size_t)(cursor->end - cursor->at);
    U8_FWD_1(s, i, size);
    *token = (mood_text){cursor->at, i};
    cursor->at += i;
    return true;
}

static bool next_word(struct token_cursor *cursor, char split, mood_text *token) {
    const char *at = cursor->at, *end = cursor->end;
    while (at < end && *at == split)
        at++;
    const char *start = at;
    while (at < end && *at != split)
        at++;
    *token = (mood_text){start, (size_t)(at - start)};
    cursor->at = at;
    return at > start;
}

static bool next_part(struct token_cursor *cursor, const struct bytes *split, mood_text *token) {
    while (cursor->at < cursor->end) {
        size_t left = (size_t)(cursor->end - cursor->at);
        const char *found = memmem(cursor->at, left, split->data, split->size);
        *token = (mood_text){cursor->at, found ? (size_t)(found - cursor->at) : left};
        cursor->at = found ? found + split->size : cursor->end;
        if (token->size > 0)
            return true;
    }
    return false;
}

bool splitter_next(struct token_cursor *cursor, mood_text *token) {
    const struct splitter *splitter = cursor->splitter;
    if (cursor->ngrams)
        return ngrams_next(splitter->vectorization, cursor->ngrams, &cursor->ngram, token);
    if (splitter->vectorization)
        return vectorization_split(splitter->vectorization, &cursor->at, cursor->end, token);
    if (splitter->char_level)
        return next_character(cursor, token);
    if (splitter->split.size == 1)
        return next_word(cursor, splitter->split.data[0], token);
    return next_part(cursor, &splitter->split, token);
}
