/* The layers of a model as one line: "embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid". */
#ifndef CLI_ARCHITECTURE_H
#define CLI_ARCHITECTURE_H

#include "mood/model.h"

#define ARCHITECTURE_MAX_LAYERS 32
#define ARCHITECTURE_LAYER_SIZE 120

struct architecture {
    char layers[ARCHITECTURE_MAX_LAYERS][ARCHITECTURE_LAYER_SIZE]; /* one word per layer */
    size_t count;
};

/* Words are separated by spaces or commas. A word is a layer's class, in any case, and its arguments, separated by
 * colons: numbers and lists in brackets are positional, a name alone is the activation, others are KEY=VALUE. An
 * embedding has no input_dim here: it comes from the vocabulary. Errors: MOOD_ERR_ARGUMENT, naming the word. */
MOOD_MUST_CHECK mood_status architecture_parse(const char *line, struct architecture *architecture, mood_error *err);

/* Check that the first layer fits the input: an embedding for rows of ids, any other layer for bags of words. */
MOOD_MUST_CHECK mood_status architecture_check_input(const struct architecture *architecture, bool bags,
                                                     mood_error *err);

/* The article's layers, the last one with that many outputs and that activation; dim: of the embedding, 0: the article's
 * 32; masks: padding is masked. */
void architecture_article(struct architecture *architecture, size_t dim, bool masks, size_t outputs,
                          const char *activation);

/* The default layers for bags of words. */
void architecture_bags(struct architecture *architecture, size_t outputs, const char *activation);

/* Add the layers to an empty model. Every recurrent layer except the last one returns sequences. */
MOOD_MUST_CHECK mood_status architecture_add(const struct architecture *architecture, size_t vocabulary,
                                             mood_model *model, mood_error *err);

#endif
