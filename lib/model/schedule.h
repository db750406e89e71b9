/* Which layers run in a pass, and how: the only code that reads the layers' traits. */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "model/model.h"

struct schedule {
    const struct layer **layers; /* [count]: without those that do nothing in this pass */
    size_t count;
    size_t first;        /* the first layer that is launched: 1 if the layer after the Embedding takes ids */
    size_t fused;        /* the first so many layers are one launch (stages.h); 0: none */
    size_t stateful;     /* the first so many layers end with the last one that has a state */
    bool expands;        /* the first layer takes vectors: bags of words become such before it */
    bool shares_padding; /* the padding at the beginning of rows goes through the layers once for all rows */
};

/* For a built model; for inference, after model_prepare_inference has decided whether the Embedding is folded. */
mood_status schedule_create(const struct mood_model *model, bool training, struct schedule *schedule, mood_error *err);
void schedule_destroy(struct schedule *schedule);

/* The last layer that does something at inference; NULL in an empty model. */
const struct layer *schedule_last(const struct mood_model *model);

/* The layer after the Embedding at inference; NULL if there is none. */
struct layer *schedule_after_embedding(const struct mood_model *model);

#endif
