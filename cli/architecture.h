/* Which layers a model is made of, as one line: "embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid". */
#ifndef CLI_ARCHITECTURE_H
#define CLI_ARCHITECTURE_H

#include "mood/model.h"

#define ARCHITECTURE_MAX_LAYERS 32

enum layer_kind { LAYER_EMBEDDING, LAYER_LSTM, LAYER_DENSE };

struct layer_choice {
    enum layer_kind kind;
    size_t units;
    mood_activation activation; /* of a dense layer */
};

struct architecture {
    struct layer_choice layers[ARCHITECTURE_MAX_LAYERS];
    size_t count;
};

/* Words are separated by spaces or commas; every one is KIND:UNITS, a dense one may add :ACTIVATION.
 * Errors: MOOD_ERR_ARGUMENT, naming the word. */
MOOD_MUST_CHECK mood_status architecture_parse(const char *line, struct architecture *architecture, mood_error *err);

/* The article's layers, the last one with so many outputs and that activation. */
void architecture_article(struct architecture *architecture, size_t outputs, mood_activation last);

/* Add the layers to an empty model. Every LSTM but the last one returns its sequence. */
MOOD_MUST_CHECK mood_status architecture_add(const struct architecture *architecture, size_t vocabulary,
                                             mood_model *model, mood_error *err);

#endif
