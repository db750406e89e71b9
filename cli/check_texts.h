/* Texts that go into a model's file, so that a reader can check the scores. */
#ifndef CLI_CHECK_TEXTS_H
#define CLI_CHECK_TEXTS_H

#include "mood/text.h"

/* A few texts made of the tokenizer's frequent words; *texts is new, and so is each. Never a text of the data. */
MOOD_MUST_CHECK mood_status check_texts_create(const mood_tokenizer *tokenizer, char ***texts, size_t *count,
                                               mood_error *err);
void check_texts_destroy(char **texts, size_t count);

#endif
