/* The internals of mood_tokenizer. */
#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include "base/bytes.h"
#include "mood/text.h"
#include "text/splitter.h"
#include "text/vocabulary.h"

struct mood_tokenizer {
    size_t num_words;
    bool has_oov;
    struct bytes oov;        /* NUL-terminated, the NUL not counted in size */
    mood_matrix_mode matrix; /* of a TextVectorization that makes bags of words; else MOOD_MATRIX_NONE */
    bool pads_matrix;        /* its bags have num_words columns */
    double *idf;             /* [words + 1], for MOOD_MATRIX_TF_IDF: of [UNK], then of the words; NULL: not known yet */
    struct splitter splitter;
    struct vocabulary vocabulary;
};

/* num_words as a bound on ids, or max_tokens, which in bags of words does not count padding; INT32_MAX without one. */
int32_t tokenizer_limit(const mood_tokenizer *tokenizer);

/* The options as strings with sizes, because those in a file may contain NULs. */
struct tokenizer_settings {
    size_t num_words;
    mood_text filters, split, oov; /* oov.data NULL: none */
    bool lower, char_level;
};

/* A tokenizer of TextVectorization, without a vocabulary. */
mood_status tokenizer_create_vectorization(const mood_text_vectorization_options *options, mood_tokenizer **tokenizer,
                                           mood_error *err);

/* Give words [n] ids from VECTORIZATION_FIRST_ID on; the special tokens before them may be there or not. Once, to a new
 * tokenizer. Errors: MOOD_ERR_ARGUMENT if a word is empty or there twice, or if there are more than max_tokens. */
mood_status tokenizer_set_vocabulary(mood_tokenizer *tokenizer, const mood_text *words, size_t n, mood_error *err);

/* The weights [count] of words [n] of a given vocabulary; after tokenizer_set_vocabulary. As in Keras, zeros for the
 * columns without a word may follow them if bags are padded. Errors: MOOD_ERR_ARGUMENT. */
mood_status tokenizer_set_idf(mood_tokenizer *tokenizer, const mood_text *words, size_t n, const double *weights,
                              size_t count, mood_error *err);

/* The weights of a counted vocabulary, as adapt() computes them; new. NULL if there is no memory. */
double *vectorization_compute_idf(const struct vocabulary *vocabulary);

/* tokenizer_preparation.c. Errors: MOOD_ERR_ARGUMENT if the tokenizer can't have that preparation, which may be NULL. */
mood_status tokenizer_check_preparation(const mood_tokenizer *tokenizer, const struct preparation *preparation,
                                        mood_error *err);
/* Replace the tokenizer's preparation by a checked one, whose ownership is taken; *preparation becomes NULL. Unlike
 * mood_tokenizer_set_preparation, for a tokenizer that was fitted with it. */
void tokenizer_take_preparation(mood_tokenizer *tokenizer, struct preparation **preparation);

mood_status tokenizer_create(const struct tokenizer_settings *settings, mood_tokenizer **tokenizer, mood_error *err);

/* How tokens become ids: the out-of-vocabulary token's id is determined once per call. */
struct id_rule {
    const struct vocabulary *vocabulary;
    int32_t limit; /* ids from here on are unknown; INT32_MAX: no limit */
    int32_t oov;   /* NO_INDEX: drop */
    bool oov_lost; /* there is an out-of-vocabulary token, but it has no number */
};

enum id_kind { ID_KNOWN, ID_UNKNOWN, ID_DROPPED, ID_LOST };

struct id_rule tokenizer_id_rule(const mood_tokenizer *tokenizer);

/* *id is set for ID_KNOWN and ID_UNKNOWN. ID_LOST: the word becomes a token that has no number. */
enum id_kind id_rule_apply(const struct id_rule *rule, mood_text word, int32_t *id);

/* A word whose id is 0, which is also padding; NULL: none. Keras numbers words from 1. */
const char *tokenizer_find_zero(const mood_tokenizer *tokenizer);

mood_status error_oov_lost(const mood_tokenizer *tokenizer, mood_error *err);

/* Check that texts [n] are valid arguments. */
mood_status check_texts(const mood_text *texts, size_t n, mood_error *err);

#endif
