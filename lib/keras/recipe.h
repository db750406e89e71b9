/* What the recipe's files share. */
#ifndef KERAS_RECIPE_H
#define KERAS_RECIPE_H

#include "keras/keras.h"

/* Of mood.json; raised when a reader of the old format would misunderstand a file of the new one. */
#define RECIPE_FORMAT 1

/* Scoring the check texts is a matter of a moment, whatever a file says: texts, and ids in all of them. */
#define MAX_CHECKS 1000
#define MAX_CHECK_IDS ((size_t)1 << 18)

/* What is assumed for a file without mood.json. */
#define RECIPE_WITHOUT_FILE (MOOD_RECIPE_PADDING | MOOD_RECIPE_TRUNCATING | MOOD_RECIPE_LABELS)

void recipe_drop_labels(mood_recipe *recipe);

/* Whether recipe and model go together; status is what to say when they don't. */
mood_status recipe_match(const mood_recipe *recipe, const mood_model *model, mood_status status, mood_error *err);

/* Whether every id that the tokenizer can give has a row in the Embedding; status as above. */
mood_status recipe_check_vocabulary(const mood_tokenizer *tokenizer, const mood_model *model, mood_status status,
                                    mood_error *err);

/* recipe_matrix.c: bags of words. The mode of a name; false if there is none. */
bool recipe_matrix_find(const char *name, mood_matrix_mode *mode);

/* Check texts of a file of that model: a reader scores them all before it goes on. */
size_t recipe_most_checks(const mood_model *model);

/* The check texts' scores [check_count, O]. */
mood_status recipe_score(const mood_recipe *recipe, mood_model *model, float *scores, mood_error *err);

#endif
