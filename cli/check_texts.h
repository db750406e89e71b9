/* Texts that are stored in a model's file with their scores, so that a reader can verify its own scores. */
#ifndef CLI_CHECK_TEXTS_H
#define CLI_CHECK_TEXTS_H

#include "mood/text.h"

/* Make texts from the tokenizer's frequent words. *texts and its strings are new: release them with
 * check_texts_destroy. Texts of the data set are never used. */
MOOD_MUST_CHECK mood_status check_texts_create(const mood_tokenizer *tokenizer, char ***texts, size_t *count,
                                               mood_error *err);
void check_texts_destroy(char **texts, size_t count);

#endif
