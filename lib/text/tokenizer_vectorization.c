/* A tokenizer that is Keras's TextVectorization: its options and its given vocabulary. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/tokenizer.h"

/* ---- the vocabulary ----------------------------------------------------------------------------- */

static bool is_word(mood_text text, const char *word) {
    return text.size == strlen(word) && (text.size == 0 || memcmp(text.data, word, text.size) == 0);
}

/* Keras skips "" and [UNK] only if both are there. Bags of words have no padding, so no "". */
static size_t count_special(const mood_tokenizer *tokenizer, const mood_text *words, size_t n) {
    if (tokenizer->matrix != MOOD_MATRIX_NONE)
        return n >= 1 && is_word(words[0], VECTORIZATION_UNKNOWN_WORD) ? 1 : 0;
    return n >= 2 && is_word(words[0], "") && is_word(words[1], VECTORIZATION_UNKNOWN_WORD) ? 2 : 0;
}

static mood_status refuse_word(size_t index, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "vocabulary: word %zu %s", index + 1, why);
}

static mood_status add_word(struct vocabulary *vocabulary, mood_text text, size_t index, struct word **word,
                            mood_error *err) {
    if (text.size == 0)
        return refuse_word(
            index,
            "is empty; only the first two may be \"\" and [UNK], in this order, and in bags of words the "
            "first [UNK]",
            err);
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
    bool bags = tokenizer->matrix != MOOD_MATRIX_NONE;
    if (words <= limit - VECTORIZATION_FIRST_ID)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "vocabulary: %zu words and %s are more than the limit of %zu", words,
                          bags ? VECTORIZATION_UNKNOWN_WORD : "the two special tokens", limit - bags);
}

mood_status tokenizer_set_vocabulary(mood_tokenizer *tokenizer, const mood_text *words, size_t n, mood_error *err) {
    struct vocabulary *vocabulary = &tokenizer->vocabulary;
    size_t special = count_special(tokenizer, words, n);
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

/* ---- weights of words --------------------------------------------------------------------------- */

static mood_status check_idf(const mood_tokenizer *tokenizer, size_t n, const double *weights, size_t count,
                             mood_error *err) {
    bool padded = tokenizer->pads_matrix && count == tokenizer->num_words;
    if (!weights)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "idf_weights: output_mode \"tf_idf\" with a vocabulary needs them");
    if (count < n || (count > n && !padded))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "idf_weights: %zu numbers for %zu words", count,
                              n);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(weights[i]))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "idf_weights: number %zu is not finite",
                                  i + 1);
    return MOOD_OK;
}

/* As np.average, then as Keras's variable: a 32-bit float. */
static double mean_of(const double *weights, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    return n > 0 ? (double)(float)(sum / (double)n) : 0;
}

mood_status tokenizer_set_idf(mood_tokenizer *tokenizer, const mood_text *words, size_t n, const double *weights,
                              size_t count, mood_error *err) {
    mood_status status = check_idf(tokenizer, n, weights, count, err);
    if (status != MOOD_OK)
        return status;
    size_t special = count_special(tokenizer, words, n);
    double *idf = malloc((n - special + 1) * sizeof *idf);
    if (!idf)
        return error_no_memory(err);
    idf[0] = special ? (double)(float)weights[0] : mean_of(weights, n);
    for (size_t i = special; i < n; i++)
        idf[i - special + 1] = (double)(float)weights[i];
    free(tokenizer->idf);
    tokenizer->idf = idf;
    return MOOD_OK;
}

double *vectorization_compute_idf(const struct vocabulary *vocabulary) {
    size_t n = vocabulary->word_count;
    double *idf = malloc((n + 1) * sizeof *idf);
    for (size_t i = 0; i < n && idf; i++)
        idf[i + 1] =
            (double)(float)log(1.0 + (double)vocabulary->text_count / (1.0 + (double)vocabulary->words[i].word->docs));
    if (idf)
        idf[0] = mean_of(idf + 1, n);
    return idf;
}

/* ---- create ------------------------------------------------------------------------------------- */

static mood_status check_matrix(const mood_text_vectorization_options *options, mood_error *err) {
    const char *problem = NULL;
    mood_matrix_mode mode = options->matrix;
    if (mode != MOOD_MATRIX_NONE && mode != MOOD_MATRIX_MULTI_HOT && mode != MOOD_MATRIX_COUNT &&
        mode != MOOD_MATRIX_TF_IDF)
        problem = "its output modes are \"int\", \"multi_hot\", \"count\" and \"tf_idf\"";
    else if (options->pad_to_max_tokens && options->max_tokens == 0)
        problem = "pad_to_max_tokens needs max_tokens";
    else if (options->idf_weights && (mode != MOOD_MATRIX_TF_IDF || options->vocabulary_count == 0))
        problem = "idf_weights are for a vocabulary and output_mode \"tf_idf\"";
    return problem ? mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "a TextVectorization: %s", problem)
                   : MOOD_OK;
}

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
    mood_status status = check_matrix(options, err);
    if (status == MOOD_OK)
        status = tokenizer_create(&settings, &made, err);
    if (status == MOOD_OK)
        status = splitter_vectorize(&made->splitter, options, err);
    if (status != MOOD_OK) {
        mood_tokenizer_destroy(made);
        return status;
    }
    made->matrix = options->matrix;
    made->pads_matrix = options->pad_to_max_tokens && options->matrix != MOOD_MATRIX_NONE;
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
    if (status == MOOD_OK && options->vocabulary_count > 0 && options->matrix == MOOD_MATRIX_TF_IDF)
        status = tokenizer_set_idf(made, options->vocabulary, options->vocabulary_count, options->idf_weights,
                                   options->vocabulary_count, err);
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

mood_matrix_mode mood_tokenizer_get_matrix(const mood_tokenizer *tokenizer) {
    return tokenizer->matrix;
}
