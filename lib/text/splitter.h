/* Splits text into tokens: words as Keras's text_to_word_sequence, characters, or the tokens of TextVectorization. */
#ifndef TEXT_SPLITTER_H
#define TEXT_SPLITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <unicode/ucasemap.h>

#include "base/bytes.h"
#include "mood/text.h"
#include "text/preparation.h"
#include "text/vectorization.h"

#define KERAS_FILTERS "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n"

/* The options that define a token, preprocessed. */
struct splitter {
    bool lower, char_level;
    struct bytes filters, split; /* as given; NUL-terminated, size excludes the NUL */

    UCaseMap *case_map;
    bool one_byte;            /* split is a single byte: one table serves for filters and lower case of ASCII */
    unsigned char ascii[128]; /* that table */
    bool ascii_filter[128];
    UChar32 *wide_filters; /* filters outside ASCII, sorted */
    size_t wide_filter_count;

    struct preparation *preparation;     /* before all that; NULL: none */
    struct vectorization *vectorization; /* of TextVectorization, replaces all above; NULL: of the Tokenizer */
};

/* Buffers that are reused for all texts of a call. */
struct scratch {
    struct bytes repaired, lowered, translated;
    struct ngrams ngrams;
    struct preparation_buffers prepared;
};

/* The remainder of a text that is being split. */
struct token_cursor {
    const struct splitter *splitter;
    const char *at, *end;
    struct ngrams *ngrams; /* NULL: the tokens are not n-grams */
    struct ngram_cursor ngram;
};

mood_status splitter_init(struct splitter *splitter, mood_text filters, bool lower, mood_text split, bool char_level,
                          mood_error *err);
/* Convert an initialised splitter to one of TextVectorization. Errors: as vectorization_init. */
mood_status splitter_vectorize(struct splitter *splitter, const mood_text_vectorization_options *options,
                               mood_error *err);
void splitter_free(struct splitter *splitter);

/* Repair, prepare, lower-case and filter a text. The cursor is valid until scratch is used again, and as long as the text.
 * *bad_bytes is increased by the number of repairs. */
mood_status splitter_begin(const struct splitter *splitter, mood_text text, struct scratch *scratch,
                           struct token_cursor *cursor, size_t *bad_bytes, mood_error *err);

/* The next token, never empty; false: none left. */
bool splitter_next(struct token_cursor *cursor, mood_text *token);

void scratch_free(struct scratch *scratch);

#endif
