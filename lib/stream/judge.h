/* What gives texts their scores. A mood_scorer outside of tests. */
#ifndef STREAM_JUDGE_H
#define STREAM_JUDGE_H

#include "mood/scorer.h"

struct judge {
    void *user;
    mood_head head;            /* what scores mean: outputs, labels */
    const char *const *labels; /* [head.labels] */
    const char *digest;        /* of the weights, hex */
    mood_status (*score)(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *counts,
                         mood_error *err);
    /* Before each batch, failure NULL, and when its device is lost: maybe another digest, outputs and labels stay. Not
     * OK where a lost one is not replaced. NULL: there is never another. */
    mood_status (*renew)(struct judge *judge, const mood_error *failure, mood_error *err);
};

#endif
