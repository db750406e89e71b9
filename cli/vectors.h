/* --vectors: pre-trained word vectors for the Embedding of a new model. */
#ifndef CLI_VECTORS_H
#define CLI_VECTORS_H

#include "mood/model.h"

/* Initialize with {0}. */
struct vectors {
    const char *path;        /* borrowed; NULL: none */
    float *values;           /* [rows,dim]; NULL: none, or vectors_store has moved them into the model */
    size_t rows, dim, found; /* dim 0: there are no vectors */
    size_t other_spellings;  /* number of found words under another spelling */
    uint8_t *spellings;      /* [rows], set by vectors_read: MOOD_SPELLING_… */
    bool made;               /* values are from vectors_make, not from the library */
};

/* Read the vectors of the tokenizer's words, for an Embedding of that number of rows. found = 0 is not an error. */
MOOD_MUST_CHECK mood_status vectors_read(struct vectors *vectors, const char *path, const mood_tokenizer *tokenizer,
                                         size_t rows, mood_error *err);
/* The share of the words in the texts that have a vector, repeated words included. occurrences: of all words. */
double vectors_coverage(const struct vectors *vectors, const mood_tokenizer *tokenizer, uint64_t occurrences);
/* Make vectors of zeros. values is NULL if there is no memory. */
void vectors_make(struct vectors *vectors, const char *path, size_t rows, size_t dim);
void vectors_free(struct vectors *vectors);

/* Set the error that no word of the texts has a vector. Returns MOOD_ERR_FORMAT. */
mood_status vectors_reject(const struct vectors *vectors, mood_error *err);

/* Freeze the Embedding of a built model, or make it trainable. Errors: MOOD_ERR_ARGUMENT if there are no vectors. */
MOOD_MUST_CHECK mood_status vectors_freeze(const struct vectors *vectors, mood_model *model, bool freeze,
                                           mood_error *err);

/* Move the vectors into the Embedding of a built model: values is NULL afterwards. Does nothing without vectors. */
MOOD_MUST_CHECK mood_status vectors_store(struct vectors *vectors, mood_model *model, mood_error *err);

#endif
