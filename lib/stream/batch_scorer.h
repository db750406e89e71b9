/* The scorer of a run, as functions: a mood_scorer, or a replacement in tests. */
#ifndef STREAM_BATCH_SCORER_H
#define STREAM_BATCH_SCORER_H

#include "mood/scorer.h"

struct batch_scorer {
    void *user;
    mood_head head;            /* the meaning of scores: outputs, labels */
    const char *const *labels; /* [head.labels] */
    const char *digest;        /* of the weights, hex */
    /* Score texts [n] into scores [n, head.outputs]; adds to *counts. */
    mood_status (*score)(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *counts,
                         mood_error *err);
    /* Switch to another model if there is one. Called before each batch (failure NULL), and when the device is lost
     * (failure is the error; if no other model is available, the result is not MOOD_OK). Outputs and labels stay the
     * same; the digest may change. NULL: the model never changes. */
    mood_status (*renew)(struct batch_scorer *scorer, const mood_error *failure, mood_error *err);
};

#endif
