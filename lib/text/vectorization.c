/* Text to tokens, in TextVectorization's three steps. tf.strings.lower() without an encoding, the punctuation that is
 * removed, and the white space of tf.strings.split() are all ASCII, so no step has to decode UTF-8. */
#include "text/vectorization.h"

#include <stdlib.h>
#include <string.h>

#include "base/errors.h"

#define PUNCTUATION "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"

/* ---- settings ---------------------------------------------------------------------------------- */

static void fill_table(struct vectorization *vectorization) {
    mood_standardize how = vectorization->standardize;
    bool lower = how == MOOD_STANDARDIZE_LOWER_AND_STRIP_PUNCTUATION || how == MOOD_STANDARDIZE_LOWER;
    bool strip = how == MOOD_STANDARDIZE_LOWER_AND_STRIP_PUNCTUATION || how == MOOD_STANDARDIZE_STRIP_PUNCTUATION;
    for (int c = 0; c < 128; c++) {
        vectorization->map[c] = (unsigned char)(lower && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        vectorization->removed[c] = strip && c != '\0' && strchr(PUNCTUATION, c);
    }
}

static mood_status add_width(struct vectorization *vectorization, size_t width, mood_error *err) {
    if (width < 1 || width > VECTORIZATION_MAX_NGRAM || vectorization->width_count == VECTORIZATION_MAX_NGRAM)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "ngrams: up to %d widths from 1 to %d are possible", VECTORIZATION_MAX_NGRAM,
                              VECTORIZATION_MAX_NGRAM);
    vectorization->widths[vectorization->width_count++] = width;
    if (width > vectorization->widest)
        vectorization->widest = width;
    return MOOD_OK;
}

mood_status vectorization_init(struct vectorization *vectorization, const mood_text_vectorization_options *options,
                               mood_error *err) {
    if ((int)options->standardize < 0 || options->standardize > MOOD_STANDARDIZE_NONE || (int)options->split < 0 ||
        options->split > MOOD_SPLIT_NONE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown standardize or split");
    if (!options->ngrams && options->ngram_count > 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "ngrams is NULL");
    if (options->split == MOOD_SPLIT_NONE && options->ngram_count > 0)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "ngrams need split=\"whitespace\" or \"character\"");
    vectorization->standardize = options->standardize;
    vectorization->split = options->split;
    fill_table(vectorization);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < options->ngram_count && status == MOOD_OK; i++)
        status = add_width(vectorization, options->ngrams[i], err);
    return status;
}

/* ---- standardize and split ---------------------------------------------------------------------- */

bool vectorization_standardize(const struct vectorization *vectorization, mood_text *text, struct bytes *out) {
    if (vectorization->standardize == MOOD_STANDARDIZE_NONE)
        return true;
    out->size = 0;
    if (!bytes_reserve(out, text->size + 1))
        return false;
    for (size_t i = 0; i < text->size; i++) {
        unsigned char c = (unsigned char)text->data[i];
        if (c >= 128 || !vectorization->removed[c])
            out->data[out->size++] = (char)(c < 128 ? vectorization->map[c] : c);
    }
    *text = (mood_text){out->data, out->size};
    return true;
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *end_of_character(const char *at, const char *end) {
    do
        at++;
    while (at < end && ((unsigned char)*at & 0xC0) == 0x80);
    return at;
}

bool vectorization_split(const struct vectorization *vectorization, const char **at, const char *end,
                         mood_text *piece) {
    const char *start = *at, *stop;
    if (vectorization->split == MOOD_SPLIT_WHITESPACE)
        while (start < end && is_space(*start))
            start++;
    if (start == end)
        return false;
    stop = start;
    if (vectorization->split == MOOD_SPLIT_CHARACTER)
        stop = end_of_character(start, end);
    else if (vectorization->split == MOOD_SPLIT_NONE)
        stop = end;
    else
        while (stop < end && !is_space(*stop))
            stop++;
    *piece = (mood_text){start, (size_t)(stop - start)};
    *at = stop;
    return true;
}

/* ---- ngrams ------------------------------------------------------------------------------------- */

/* No ngram is longer than the text and a space for each of its pieces. */
bool ngrams_begin(const struct vectorization *vectorization, mood_text text, struct ngrams *ngrams) {
    const char *at = text.data, *end = text.data + text.size;
    ngrams->count = 0;
    ngrams->token.size = 0;
    for (mood_text piece; vectorization_split(vectorization, &at, end, &piece);) {
        mood_text *pieces = array_grow(ngrams->pieces, &ngrams->capacity, ngrams->count + 1, sizeof *pieces);
        if (!pieces)
            return false;
        ngrams->pieces = pieces;
        pieces[ngrams->count++] = piece;
    }
    return bytes_reserve(&ngrams->token, text.size + vectorization->widest);
}

static void join(struct ngrams *ngrams, size_t start, size_t width) {
    ngrams->token.size = 0;
    for (size_t i = start; i < start + width; i++) {
        const mood_text *piece = &ngrams->pieces[i];
        if (i > start)
            ngrams->token.data[ngrams->token.size++] = ' ';
        memcpy(ngrams->token.data + ngrams->token.size, piece->data, piece->size);
        ngrams->token.size += piece->size;
    }
}

bool ngrams_next(const struct vectorization *vectorization, struct ngrams *ngrams, struct ngram_cursor *cursor,
                 mood_text *token) {
    while (cursor->width < vectorization->width_count &&
           cursor->start + vectorization->widths[cursor->width] > ngrams->count) {
        cursor->width++;
        cursor->start = 0;
    }
    if (cursor->width == vectorization->width_count)
        return false;
    join(ngrams, cursor->start++, vectorization->widths[cursor->width]);
    *token = (mood_text){ngrams->token.data, ngrams->token.size};
    return true;
}

void ngrams_free(struct ngrams *ngrams) {
    free(ngrams->pieces);
    bytes_free(&ngrams->token);
    *ngrams = (struct ngrams){0};
}
