/* --vectors: pre-trained word vectors for the Embedding of a new model. */
#ifndef CLI_VECTORS_H
#define CLI_VECTORS_H

#include "mood/model.h"

/* Initialize with {0}. */
struct vectors {
    const char *path;        /* borrowed; NULL: none */
    float *values;           /* [rows,dim]; NULL: none, or vectors_store has moved them into the model */
    size_t rows, dim, found; /* dim 0: there are no vectors */
    size_t other_spellings;  /* of the found words, those under another spelling */
    uint8_t *spellings;      /* [rows], of vectors_read: MOOD_SPELLING_… */
    bool made;               /* values are from vectors_make, not from the library */
};

/* Read the vectors of the tokenizer's words, for an Embedding with that number of rows. found can be 0. */
MOOD_MUST_CHECK mood_status vectors_read(struct vectors *vectors, const char *path, const mood_tokenizer *tokenizer,
                                         size_t rows, mood_error *err);
/* The part of the words in the texts that have a vector, weighted by their occurrences; all: occurrences of all words. */
double vectors_share(const struct vectors *vectors, const mood_tokenizer *tokenizer, uint64_t all);
/* Make vectors of zeros. values is NULL if there is no memory. */
void vectors_make(struct vectors *vectors, const char *path, size_t rows, size_t dim);
void vectors_free(struct vectors *vectors);

/* The error that no word of the texts has a vector. */
mood_status vectors_refuse(const struct vectors *vectors, mood_error *err);

/* Freeze the Embedding of a built model, or make it trainable. Errors: MOOD_ERR_ARGUMENT if there are no vectors. */
MOOD_MUST_CHECK mood_status vectors_freeze(const struct vectors *vectors, mood_model *model, bool freeze,
                                           mood_error *err);

/* Move them into the Embedding of a built model: values is NULL afterwards. Does nothing without vectors. */
MOOD_MUST_CHECK mood_status vectors_store(struct vectors *vectors, mood_model *model, mood_error *err);

#endif
