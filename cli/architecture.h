/* The layers of a model as one line: "embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid". */
#ifndef CLI_ARCHITECTURE_H
#define CLI_ARCHITECTURE_H

#include "mood/model.h"

#define ARCHITECTURE_MAX_LAYERS 32
#define ARCHITECTURE_LAYER_SIZE 120

struct architecture {
    char layers[ARCHITECTURE_MAX_LAYERS][ARCHITECTURE_LAYER_SIZE]; /* the words */
    size_t count;
};

/* Words are separated by spaces or commas. A word is a layer's class in any case and its arguments, separated by colons:
 * numbers and lists in brackets by position, a name alone is the activation, others as KEY=VALUE. An embedding's input_dim is left out.
 * Errors: MOOD_ERR_ARGUMENT, naming the word. */
MOOD_MUST_CHECK mood_status architecture_parse(const char *line, struct architecture *architecture, mood_error *err);

/* Whether the line is for rows of ids, and begins with an embedding, or for bags of words, and has none. */
MOOD_MUST_CHECK mood_status architecture_check_input(const struct architecture *architecture, bool bags,
                                                     mood_error *err);

/* The article's layers, the last one with that many outputs and that activation; dim: of the embedding, 0: the article's
 * 32; masks: padding is masked. */
void architecture_article(struct architecture *architecture, size_t dim, bool masks, size_t outputs,
                          const char *activation);

/* Usual layers of a model of bags of words. */
void architecture_bags(struct architecture *architecture, size_t outputs, const char *activation);

/* Add the layers to an empty model. Every recurrent layer but the last one returns its sequence. */
MOOD_MUST_CHECK mood_status architecture_add(const struct architecture *architecture, size_t vocabulary,
                                             mood_model *model, mood_error *err);

#endif
