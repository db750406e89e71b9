/* --vectors: pre-trained word vectors for the Embedding of a new model. */
#ifndef CLI_VECTORS_H
#define CLI_VECTORS_H

#include "mood/model.h"

/* Begins as {0}. */
struct vectors {
    const char *path; /* borrowed; NULL: there are none */
    float *values;    /* [rows,dim] */
    size_t rows, dim, found;
};

/* Those of the tokenizer's words, for an Embedding of that many rows. */
MOOD_MUST_CHECK mood_status vectors_read(struct vectors *vectors, const char *path, const mood_tokenizer *tokenizer,
                                         size_t rows, mood_error *err);
void vectors_free(struct vectors *vectors);

/* Into the Embedding of a model that is built. Does nothing if there are none. */
MOOD_MUST_CHECK mood_status vectors_store(const struct vectors *vectors, mood_model *model, mood_error *err);

#endif
