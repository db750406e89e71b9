/* Determines which layers run in a pass, and how, from the traits of their types. */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "model/model.h"

/* A layer in the execution order of a pass. */
struct node {
    const struct layer *layer;
    size_t sources[LAYER_MAX_INPUTS]; /* [source_count]: the nodes whose outputs are its inputs */
    size_t source_count;              /* 0: its input is the model's */
    size_t users;                     /* number of uses of its output */
};

struct schedule {
    struct node *nodes; /* [count]: without layers that do nothing in this pass, and with expands */
    size_t count;
    size_t first;           /* the first node that is launched: 1 if the layer after the Embedding takes ids */
    size_t fused;           /* number of nodes at the beginning that are one launch (stages.h); 0: none */
    size_t stateful;        /* number of nodes up to the last one with a state; 0: none, or there are branches */
    bool expands_bags;      /* the first layer takes vectors only: bags of words are converted before it */
    bool shares_padding;    /* the padding at the beginning of rows is computed once for all rows */
    bool masked;            /* the input has only the unmasked time steps */
    struct layer **expands; /* [expand_count]: layers that restore the masked time steps (layers/expand.h) */
    size_t expand_count;
};

/* For a built model; for inference, after model_prepare_inference has determined whether the Embedding is folded.
 * Errors: MOOD_ERR_UNSUPPORTED for an unsupported use of masks. */
mood_status schedule_create(const struct mood_model *model, bool training, struct schedule *schedule, mood_error *err);
void schedule_destroy(struct schedule *schedule);

/* The first layer that needs whole batches in training; NULL: none. */
const struct layer *schedule_whole_batch(const struct mood_model *model);

/* The last layer that computes something at inference; NULL: the model is empty. */
const struct layer *schedule_last(const struct mood_model *model);

/* The layers that use the Embedding's output at inference, also through layers that do nothing. users
 * [layer_count * LAYER_MAX_INPUTS]; a layer occurs once for each use. Returns the number of uses. */
size_t schedule_list_embedding_users(const struct mood_model *model, struct layer **users);

#endif
