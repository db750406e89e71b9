/* --from: the base model, whose words and recurrent layer initialize a new model. */
#ifndef CLI_BASE_MODEL_H
#define CLI_BASE_MODEL_H

#include "mood/model.h"
#include "vectors.h"

/* A base model. Initialize with {0}. */
struct base_model {
    char *path;          /* new; NULL: none */
    mood_model *model;   /* with an Embedding "words" and a Bidirectional LSTM "states", as of --preset auto */
    mood_recipe *recipe; /* with a tokenizer */
    size_t rows, dim;    /* of its Embedding */
    size_t units;        /* of its LSTM */
    bool frozen;         /* its Embedding was not trained */
};

/* Open a shipped model by its name, or a file. Errors: those of mood_model_load; MOOD_ERR_UNSUPPORTED: it has other
 * layers. */
MOOD_MUST_CHECK mood_status base_model_open(struct base_model *base, const char *name, mood_device *device,
                                            mood_error *err);
void base_model_close(struct base_model *base);

/* Add the base model's words to the tokenizer. Their ids follow those of the tokenizer's words. *added: the number of
 * new ones. */
MOOD_MUST_CHECK mood_status base_model_add_words(const struct base_model *base, mood_tokenizer *tokenizer,
                                                 size_t *added, mood_error *err);

/* Replace the vectors [rows,dim] of the base model's words by those of its Embedding. If there are no vectors, new ones
 * are allocated, with zeros for the other words. */
MOOD_MUST_CHECK mood_status base_model_fill_vectors(const struct base_model *base, const mood_tokenizer *tokenizer,
                                                    size_t rows, struct vectors *vectors, mood_error *err);

/* Copy the weights of the base model's recurrent layer into a built model. */
MOOD_MUST_CHECK mood_status base_model_copy_states(const struct base_model *base, mood_model *model, mood_error *err);

#endif
