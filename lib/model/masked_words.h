/* The words that a Masking layer masks: those whose vector in the Embedding is zero. */
#ifndef MODEL_MASKED_WORDS_H
#define MODEL_MASKED_WORDS_H

#include "model/model.h"

/* While the model is built: let its Embedding make the mask of a Masking layer after it. Errors: MOOD_ERR_UNSUPPORTED if
 * the Masking layer is somewhere else. */
mood_status masked_words_create(struct mood_model *model, mood_error *err);

/* Find the masked words, from the current weights; needed before batches are loaded. Without a Masking layer it does
 * nothing. */
mood_status masked_words_update(struct mood_model *model, mood_error *err);

/* Check that training does not change which words are masked. Errors: MOOD_ERR_UNSUPPORTED. */
mood_status masked_words_check_training(const struct mood_model *model, mood_error *err);

#endif
