/* Shows a tokenizer's cleaning steps and segmentation. */
#ifndef CLI_PREPARATION_H
#define CLI_PREPARATION_H

#include <jansson.h>

#include "mood/text.h"

/* Print a line for each of the two that is not the default, after these titles. tokenizer may be NULL. */
void preparation_print(const mood_tokenizer *tokenizer, const char *clean_title, const char *segment_title);

/* The steps, as a list of names; new. NULL: out of memory. */
json_t *preparation_list_steps(const mood_tokenizer *tokenizer);

#endif
