/* Text to tokens: Keras's text_to_word_sequence, its characters, or TextVectorization's tokens. */
#ifndef TEXT_SPLITTER_H
#define TEXT_SPLITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <unicode/ucasemap.h>

#include "base/bytes.h"
#include "mood/text.h"
#include "text/vectorization.h"

#define KERAS_FILTERS "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n"

/* The options that say what a token is, made ready. */
struct splitter {
    bool lower, char_level;
    struct bytes filters, split; /* as they were given; NUL-terminated, the NUL not counted in size */

    UCaseMap *case_map;
    bool one_byte;            /* split is a single byte: filters and lower case of ASCII are one table */
    unsigned char ascii[128]; /* that table */
    bool ascii_filter[128];
    UChar32 *wide_filters; /* the filters above ASCII, sorted */
    size_t wide_filter_count;

    struct vectorization *vectorization; /* of TextVectorization, in place of all above; NULL: the Tokenizer's */
};

/* Whoever goes through texts keeps one of these, so that memory is allocated once and not a text. */
struct scratch {
    struct bytes repaired, lowered, translated;
    struct ngrams ngrams;
};

/* What is left of a text that was made ready. */
struct token_cursor {
    const struct splitter *splitter;
    const char *at, *end;
    struct ngrams *ngrams; /* NULL: the tokens are no ngrams */
    struct ngram_cursor ngram;
};

mood_status splitter_init(struct splitter *splitter, mood_text filters, bool lower, mood_text split, bool char_level,
                          mood_error *err);
/* Make an initialised splitter one of TextVectorization. Errors: as vectorization_init. */
mood_status splitter_vectorize(struct splitter *splitter, const mood_text_vectorization_options *options,
                               mood_error *err);
void splitter_free(struct splitter *splitter);

/* Repair, lower and filter a text; the cursor stays valid until scratch is used again, and the text has to
 * stay too. *bad_bytes grows by the number of repairs. */
mood_status splitter_begin(const struct splitter *splitter, mood_text text, struct scratch *scratch,
                           struct token_cursor *cursor, size_t *bad_bytes, mood_error *err);

/* The next token, never empty; false when there is none left. */
bool splitter_next(struct token_cursor *cursor, mood_text *token);

void scratch_free(struct scratch *scratch);

#endif
