/* Which layers run in a pass, and how, from the traits of their types. */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "model/model.h"

/* A layer in the order of a pass. */
struct step {
    const struct layer *layer;
    size_t sources[LAYER_MAX_INPUTS]; /* [source_count]: the steps whose outputs it takes */
    size_t source_count;              /* 0: it takes the model's input */
    size_t users;                     /* how many times its output is taken */
};

struct schedule {
    struct step *steps; /* [count]: without layers that do nothing in this pass, and with expands */
    size_t count;
    size_t first;        /* the first step that is launched: 1 if the layer after the Embedding takes ids */
    size_t fused;        /* number of leading steps that are one launch (stages.h); 0: none */
    size_t stateful;     /* number of steps up to the last one that has a state; 0: none has, or there are branches */
    bool expands_bags;   /* the first layer takes vectors only: bags of words are converted before it */
    bool shares_padding; /* the padding at the beginning of rows goes through the layers once for all rows */
    bool masked;         /* the input has the unmasked steps only */
    struct layer **expands; /* [expand_count]: layers that restore the masked steps (layers/expand.h) */
    size_t expand_count;
};

/* For a built model; for inference, after model_prepare_inference has decided whether the Embedding is folded.
 * Errors: MOOD_ERR_UNSUPPORTED for a use of masks that mood cannot follow. */
mood_status schedule_create(const struct mood_model *model, bool training, struct schedule *schedule, mood_error *err);
void schedule_destroy(struct schedule *schedule);

/* The first layer that trains on whole batches only; NULL if there is none. */
const struct layer *schedule_whole_batch(const struct mood_model *model);

/* The last layer that does something at inference; NULL in an empty model. */
const struct layer *schedule_last(const struct mood_model *model);

/* The only layer that takes the Embedding's output at inference; NULL if there are none or several. */
struct layer *schedule_after_embedding(const struct mood_model *model);

#endif
