/* A tokenizer that is Keras's TextVectorization: its options and its given vocabulary. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/tokenizer.h"

/* ---- the vocabulary ----------------------------------------------------------------------------- */

static bool is_word(mood_text text, const char *word) {
    return text.size == strlen(word) && (text.size == 0 || memcmp(text.data, word, text.size) == 0);
}

/* Keras skips the two only if both are there. */
static size_t count_special(const mood_text *words, size_t n) {
    return n >= 2 && is_word(words[0], "") && is_word(words[1], VECTORIZATION_UNKNOWN_WORD) ? 2 : 0;
}

static mood_status refuse_word(size_t index, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "vocabulary: word %zu %s", index + 1, why);
}

static mood_status add_word(struct vocabulary *vocabulary, mood_text text, size_t index, struct word **word,
                            mood_error *err) {
    if (text.size == 0)
        return refuse_word(index, "is empty; only the first two may be \"\" and [UNK], in this order", err);
    if (!text.data || !mood_text_validate(text, NULL))
        return refuse_word(index, "is not UTF-8; save the vocabulary as UTF-8", err);
    *word = vocabulary_find(vocabulary, text);
    if (*word)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "vocabulary: word %zu, \"%.64s\", is there twice", index + 1, (*word)->text);
    *word = vocabulary_add(vocabulary, text);
    return *word ? MOOD_OK : error_no_memory(err);
}

static mood_status check_size(const mood_tokenizer *tokenizer, size_t words, mood_error *err) {
    size_t limit = (size_t)tokenizer_limit(tokenizer);
    if (words <= limit - VECTORIZATION_FIRST_ID)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "vocabulary: %zu words and the two special tokens are more than the limit of %zu", words,
                          limit);
}

mood_status tokenizer_set_vocabulary(mood_tokenizer *tokenizer, const mood_text *words, size_t n, mood_error *err) {
    struct vocabulary *vocabulary = &tokenizer->vocabulary;
    size_t special = count_special(words, n);
    mood_status status = check_size(tokenizer, n - special, err);
    struct word **order = status == MOOD_OK ? calloc(n + 1, sizeof *order) : NULL;
    if (!order)
        return status == MOOD_OK ? error_no_memory(err) : status;
    for (size_t i = special; i < n && status == MOOD_OK; i++)
        status = add_word(vocabulary, words[i], i, &order[i - special], err);
    if (status == MOOD_OK && (!vocabulary_index_words(vocabulary, order, n - special, VECTORIZATION_FIRST_ID) ||
                              !vocabulary_choose_known(vocabulary, tokenizer_limit(tokenizer))))
        status = error_no_memory(err);
    free(order);
    return status;
}

/* ---- create ------------------------------------------------------------------------------------- */

mood_status tokenizer_create_vectorization(const mood_text_vectorization_options *options, mood_tokenizer **tokenizer,
                                           mood_error *err) {
    bool lower = options->standardize == MOOD_STANDARDIZE_LOWER_AND_STRIP_PUNCTUATION ||
                 options->standardize == MOOD_STANDARDIZE_LOWER;
    struct tokenizer_settings settings = {
        .num_words = options->max_tokens,
        .filters = {"", 0},
        .split = {" ", 1},
        .oov = {VECTORIZATION_UNKNOWN_WORD, sizeof VECTORIZATION_UNKNOWN_WORD - 1},
        .lower = lower,
        .char_level = options->split == MOOD_SPLIT_CHARACTER,
    };
    mood_tokenizer *made = NULL;
    if (options->max_tokens == 1)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "max_tokens must be greater than 1");
    mood_status status = tokenizer_create(&settings, &made, err);
    if (status == MOOD_OK)
        status = splitter_vectorize(&made->splitter, options, err);
    if (status != MOOD_OK) {
        mood_tokenizer_destroy(made);
        return status;
    }
    *tokenizer = made;
    return MOOD_OK;
}

mood_status mood_tokenizer_create_text_vectorization(const mood_text_vectorization_options *options,
                                                     mood_tokenizer **tokenizer, mood_error *err) {
    const mood_text_vectorization_options defaults = MOOD_TEXT_VECTORIZATION_OPTIONS;
    mood_tokenizer *made = NULL;
    if (!tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_create_text_vectorization: tokenizer is NULL");
    if (!options)
        options = &defaults;
    if (options->size != sizeof *options)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_text_vectorization_options has size %zu, not %zu; begin with "
                              "MOOD_TEXT_VECTORIZATION_OPTIONS",
                              options->size, sizeof *options);
    mood_status status = check_texts(options->vocabulary, options->vocabulary_count, err);
    if (status == MOOD_OK)
        status = tokenizer_create_vectorization(options, &made, err);
    if (status == MOOD_OK && options->vocabulary_count > 0)
        status = tokenizer_set_vocabulary(made, options->vocabulary, options->vocabulary_count, err);
    if (status != MOOD_OK) {
        mood_tokenizer_destroy(made);
        return status;
    }
    *tokenizer = made;
    return MOOD_OK;
}

bool mood_tokenizer_is_text_vectorization(const mood_tokenizer *tokenizer) {
    return tokenizer->splitter.vectorization != NULL;
}
