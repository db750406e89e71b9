/* Bags of words: a row of numbers a text, one column a word. */
#include <math.h>
#include <string.h>

#include "text/tokenizer.h"

size_t mood_tokenizer_get_matrix_width(const mood_tokenizer *tokenizer) {
    if (tokenizer->splitter.vectorization)
        return 0;
    if (tokenizer->num_words > 0)
        return tokenizer->num_words;
    size_t words = tokenizer->vocabulary.indexed_count;
    return words > 0 ? words + 1 : 0;
}

static double inverse_frequency(const struct vocabulary *vocabulary, size_t id) {
    const struct index_entry *entry = index_find(vocabulary->docs, vocabulary->doc_count, (int32_t)id);
    double docs = entry ? (double)entry->docs : 0.0;
    return log(1.0 + (double)vocabulary->text_count / (1.0 + docs));
}

/* A row of counts to what the mode wants; length is the number of ids that the row was counted from. */
static void weigh_row(const struct vocabulary *vocabulary, mood_matrix_mode mode, size_t length, double *row,
                      size_t width) {
    for (size_t id = 0; id < width; id++) {
        if (row[id] == 0.0)
            continue;
        if (mode == MOOD_MATRIX_BINARY)
            row[id] = 1.0;
        else if (mode == MOOD_MATRIX_FREQ)
            row[id] /= (double)length;
        else if (mode == MOOD_MATRIX_TFIDF)
            row[id] = (1.0 + log(row[id])) * inverse_frequency(vocabulary, id);
    }
}

static mood_status check_matrix(const mood_tokenizer *tokenizer, size_t n, mood_matrix_mode mode, const double *x,
                                size_t *width, mood_error *err) {
    size_t cells;
    if (!x && n > 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "x is NULL");
    if ((int)mode < MOOD_MATRIX_BINARY || mode > MOOD_MATRIX_TFIDF)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown matrix mode %d", (int)mode);
    if (tokenizer->splitter.vectorization)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "a TextVectorization makes rows of ids here, not bags of words: of its output modes this "
                              "version knows \"int\"");
    *width = mood_tokenizer_get_matrix_width(tokenizer);
    if (*width == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "a matrix has no width yet; set num_words, or fit the tokenizer first");
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
    mood_status status = check_matrix(tokenizer, 1, MOOD_MATRIX_TFIDF, idf, &width, err);
    for (size_t id = 0; id < width && status == MOOD_OK; id++)
        idf[id] = inverse_frequency(&tokenizer->vocabulary, id);
    return status;
}

mood_status mood_tokenizer_sequences_to_matrix(const mood_tokenizer *tokenizer, const mood_sequences *sequences,
                                               mood_matrix_mode mode, double *x, mood_error *err) {
    if (!tokenizer || !sequences)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_sequences_to_matrix: an argument is NULL");
    size_t width = 0;
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
            if ((size_t)id < width)
                x[id] += 1.0;
        }
        weigh_row(&tokenizer->vocabulary, mode, end - start, x, width);
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
