/* Bags of words: a row of numbers a text, one column a word. */
#include <math.h>
#include <string.h>

#include "text/tokenizer.h"

const char *mood_matrix_name(mood_matrix_mode mode) {
    static const char *const names[] = {"binary", "count", "freq", "tfidf", "multi_hot", "tf_idf"};
    return mode >= MOOD_MATRIX_BINARY && mode <= MOOD_MATRIX_TF_IDF ? names[mode] : NULL;
}

size_t mood_tokenizer_get_matrix_width(const mood_tokenizer *tokenizer) {
    bool vectorization = tokenizer->splitter.vectorization;
    if (vectorization && tokenizer->matrix == MOOD_MATRIX_NONE)
        return 0;
    if (vectorization ? tokenizer->pads_matrix : tokenizer->num_words > 0)
        return tokenizer->num_words;
    size_t words = tokenizer->vocabulary.indexed_count;
    return words > 0 ? words + 1 : 0;
}

static double inverse_frequency(const struct vocabulary *vocabulary, size_t id) {
    const struct index_entry *entry = index_find(vocabulary->docs, vocabulary->doc_count, (int32_t)id);
    double docs = entry ? (double)entry->docs : 0.0;
    return log(1.0 + (double)vocabulary->text_count / (1.0 + docs));
}

/* Of a column: those without a word have no weight. */
static double vectorization_idf(const mood_tokenizer *tokenizer, size_t column) {
    return column <= tokenizer->vocabulary.word_count ? tokenizer->idf[column] : 0;
}

/* A row of counts to the numbers of the mode; length is the number of ids that the row was counted from. */
static void weigh_row(const mood_tokenizer *tokenizer, mood_matrix_mode mode, size_t length, double *row,
                      size_t width) {
    for (size_t id = 0; id < width; id++) {
        if (row[id] == 0.0)
            continue;
        if (mode == MOOD_MATRIX_BINARY || mode == MOOD_MATRIX_MULTI_HOT)
            row[id] = 1.0;
        else if (mode == MOOD_MATRIX_FREQ)
            row[id] /= (double)length;
        else if (mode == MOOD_MATRIX_TFIDF)
            row[id] = (1.0 + log(row[id])) * inverse_frequency(&tokenizer->vocabulary, id);
        else if (mode == MOOD_MATRIX_TF_IDF)
            row[id] *= vectorization_idf(tokenizer, id);
    }
}

/* Whether the tokenizer makes bags of that mode. */
static mood_status check_mode(const mood_tokenizer *tokenizer, mood_matrix_mode mode, mood_error *err) {
    if (!mood_matrix_name(mode))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown matrix mode %d", (int)mode);
    if (!tokenizer->splitter.vectorization && (mode == MOOD_MATRIX_MULTI_HOT || mode == MOOD_MATRIX_TF_IDF))
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "bags of mode %s are a TextVectorization's, but the words are a Tokenizer's, whose modes "
                              "are binary, count, freq and tfidf",
                              mood_matrix_name(mode));
    if (!tokenizer->splitter.vectorization || tokenizer->matrix == mode)
        return MOOD_OK;
    if (tokenizer->matrix == MOOD_MATRIX_NONE)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "the TextVectorization makes rows of ids, not bags of words: its output_mode is \"int\"");
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                          "the TextVectorization's output_mode is \"%s\", so it makes no bags of mode %s",
                          mood_matrix_name(tokenizer->matrix), mood_matrix_name(mode));
}

static mood_status check_matrix(const mood_tokenizer *tokenizer, size_t n, mood_matrix_mode mode, const double *x,
                                size_t *width, mood_error *err) {
    size_t cells;
    if (!x && n > 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "x is NULL");
    mood_status status = check_mode(tokenizer, mode, err);
    if (status != MOOD_OK)
        return status;
    *width = mood_tokenizer_get_matrix_width(tokenizer);
    if (*width == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "a matrix has no width yet; set num_words, or fit the tokenizer first");
    if (mode == MOOD_MATRIX_TF_IDF && !tokenizer->idf)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the TextVectorization has no idf_weights yet; fit it first");
    if (mode == MOOD_MATRIX_TFIDF && tokenizer->vocabulary.text_count == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "tfidf needs the numbers of texts that have a word, but the tokenizer has counted no "
                              "texts; fit it first");
    if (__builtin_mul_overflow(n, *width, &cells) || cells > PTRDIFF_MAX / sizeof *x)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL,
                              "a matrix of %zu rows and %zu columns is not possible", n, *width);
    return MOOD_OK;
}

mood_status mood_tokenizer_get_idf(const mood_tokenizer *tokenizer, double *idf, mood_error *err) {
    size_t width = 0;
    if (!tokenizer || !idf)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_tokenizer_get_idf: an argument is NULL");
    bool vectorization = tokenizer->splitter.vectorization;
    mood_status status =
        check_matrix(tokenizer, 1, vectorization ? MOOD_MATRIX_TF_IDF : MOOD_MATRIX_TFIDF, idf, &width, err);
    for (size_t id = 0; id < width && status == MOOD_OK; id++)
        idf[id] = vectorization ? vectorization_idf(tokenizer, id) : inverse_frequency(&tokenizer->vocabulary, id);
    return status;
}

mood_status mood_tokenizer_sequences_to_matrix(const mood_tokenizer *tokenizer, const mood_sequences *sequences,
                                               mood_matrix_mode mode, double *x, mood_error *err) {
    if (!tokenizer || !sequences)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_sequences_to_matrix: an argument is NULL");
    size_t width = 0;
    int32_t first = tokenizer->splitter.vectorization ? VECTORIZATION_UNKNOWN_ID : 0;
    mood_status status = check_matrix(tokenizer, sequences->n, mode, x, &width, err);
    if (status != MOOD_OK)
        return status;
    for (size_t i = 0; i < sequences->n; i++, x += width) {
        size_t start = sequences->starts[i], end = sequences->starts[i + 1];
        memset(x, 0, width * sizeof *x);
        for (size_t at = start; at < end; at++) {
            int32_t id = sequences->ids[at];
            if (id < 0)
                return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "sequence %zu has the id %d", i,
                                      (int)id);
            if (id >= first && (size_t)(id - first) < width)
                x[id - first] += 1.0;
        }
        weigh_row(tokenizer, mode, end - start, x, width);
    }
    return MOOD_OK;
}

mood_status mood_tokenizer_texts_to_matrix(const mood_tokenizer *tokenizer, const mood_text *texts, size_t n,
                                           mood_matrix_mode mode, double *x, mood_error *err) {
    mood_sequences sequences = MOOD_SEQUENCES;
    mood_status status = mood_tokenizer_texts_to_sequences(tokenizer, texts, n, &sequences, NULL, err);
    if (status == MOOD_OK)
        status = mood_tokenizer_sequences_to_matrix(tokenizer, &sequences, mode, x, err);
    mood_sequences_free(&sequences);
    return status;
}
