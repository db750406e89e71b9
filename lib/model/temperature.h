/* The temperature of a head: it divides the logits of the scores. Source: Guo et al., "On Calibration of Modern Neural
 * Networks", 2017. */
#ifndef MODEL_TEMPERATURE_H
#define MODEL_TEMPERATURE_H

#include "mood/model.h"

/* Whether the head has a temperature other than 1. */
bool temperature_applies(const mood_head *head);

/* Whether the scores are one distribution (softmax), not independent (sigmoid). Only for probabilities. */
bool temperature_is_softmax(const mood_head *head);

/* The logit of one of a row's outputs: z, or of a probability p log(p / (1 - p)) or, of a softmax, log(p). Finite. */
double temperature_logit(const mood_head *head, float output);

/* Convert a row of outputs [O] to scores, in place. */
void temperature_apply(const mood_head *head, float *row);

/* head_differentiate for a head with a temperature. */
double temperature_differentiate(const mood_head *head, const float *outputs, size_t label, float *gradient);

#endif
