/* Which ids of a row move a score: integrated gradients.
 * Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", 2017. */
#ifndef MODEL_ATTRIBUTION_H
#define MODEL_ATTRIBUTION_H

#include "model/model.h"

/* For one thread at a time: a copy of a model, and buffers. */
struct attributor;

/* sum, of the path's contributions, is score - base, except for the error of the integration. base is the score at
 * the path's start:
 * - The vectors of all words are that of padding: as an empty text. With masks an empty text has no steps; base is then
 *   the score of a text of as many unmasked paddings, and base - empty, the effect of the number of words, is divided
 *   equally among them.
 * - The bag (of words, or of n-grams) is empty. */
struct attribution {
    double empty; /* set by the caller: the score of an empty text */
    double score, base, sum;
    size_t steps; /* points of the path; 0: the row has no id that the model uses, and all contributions are 0 */
};

/* The model must be built; its weights are copied. *attributor is new. Errors: MOOD_ERR_DEVICE if the device computes
 * wrong gradients. */
mood_status attributor_create(const struct mood_model *model, struct attributor **attributor, mood_error *err);
void attributor_destroy(struct attributor *attributor); /* NULL is allowed */

/* The contributions [count] of the ids of a row (count = T, or any of bags of words) to the score of a label. An
 * n-gram's contribution is divided equally among its occurrences, and then among its words. The number of steps is
 * doubled until the sum is right within 1 % of score - empty or 0.0001, whichever is more, or the limit of 1,024 steps
 * is reached. */
mood_status attributor_run(struct attributor *attributor, const int32_t *ids, size_t count, const mood_head *head,
                           size_t label, double *contributions, struct attribution *attribution, mood_error *err);

#endif
