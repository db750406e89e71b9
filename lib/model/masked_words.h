/* The words that a Masking layer masks: those whose vector in the Embedding is zero. */
#ifndef MODEL_MASKED_WORDS_H
#define MODEL_MASKED_WORDS_H

#include "model/model.h"

/* Call while the model is built. If there is a Masking layer, allocates model->masked_words [V], and the Embedding makes
 * the mask. Errors: MOOD_ERR_UNSUPPORTED if the Masking is not the only layer after the Embedding; MOOD_ERR_MEMORY. */
mood_status masked_words_create(struct mood_model *model, mood_error *err);

/* Find the masked words, from the current weights; needed before batches are loaded. Without a Masking layer it does
 * nothing. */
mood_status masked_words_update(struct mood_model *model, mood_error *err);

/* The same after a training step, which may change the vectors. Waits for the step. */
mood_status masked_words_update_training(struct mood_model *model, mood_error *err);

#endif
