/* Text to tokens as Keras's TextVectorization makes them: standardize, split, ngrams. */
#ifndef TEXT_VECTORIZATION_H
#define TEXT_VECTORIZATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "mood/text.h"

#define VECTORIZATION_MAX_NGRAM 64 /* the largest width, and the largest number of widths */
#define VECTORIZATION_UNKNOWN_WORD "[UNK]"
#define VECTORIZATION_UNKNOWN_ID 1
#define VECTORIZATION_FIRST_ID 2

struct vectorization {
    mood_standardize standardize;
    mood_text_split split;
    size_t widths[VECTORIZATION_MAX_NGRAM]; /* of ngrams, in their order */
    size_t width_count;                     /* 0: no ngrams, the pieces are the tokens */
    size_t widest;
    unsigned char map[128]; /* standardize, for ASCII; the only characters that it changes */
    bool removed[128];
};

/* The memory of ngrams, for all texts. */
struct ngrams {
    mood_text *pieces; /* of the text, [count] */
    size_t count, capacity;
    struct bytes token; /* one ngram */
};

/* A place in a standardized text. */
struct ngram_cursor {
    size_t width, start; /* the next ngram: index of its width, index of its first piece */
};

/* Copy the settings and check them; vectorization is as {0} before. Errors: MOOD_ERR_ARGUMENT, MOOD_ERR_UNSUPPORTED. */
mood_status vectorization_init(struct vectorization *vectorization, const mood_text_vectorization_options *options,
                               mood_error *err);

/* *text becomes its standardized form, in out. False if there is no memory. */
bool vectorization_standardize(const struct vectorization *vectorization, mood_text *text, struct bytes *out);

/* The next piece of the text between *at and end, never empty; false if there is none left. */
bool vectorization_split(const struct vectorization *vectorization, const char **at, const char *end, mood_text *piece);

/* Split a standardized text, whose ngrams are to follow. False if there is no memory. */
bool ngrams_begin(const struct vectorization *vectorization, mood_text text, struct ngrams *ngrams);

/* The next ngram; it is valid until the next call. */
bool ngrams_next(const struct vectorization *vectorization, struct ngrams *ngrams, struct ngram_cursor *cursor,
                 mood_text *token);

void ngrams_free(struct ngrams *ngrams);

#endif
