/* Declarations that the recipe's files share. */
#ifndef KERAS_RECIPE_H
#define KERAS_RECIPE_H

#include "keras/keras.h"
#include "text/preparation.h"

/* Version of mood.json; increased when an older reader would misinterpret a newer file. A file is written with the
 * smallest version that has what it contains: 1, 2 with a preparation of texts, or 3 with a temperature or a
 * threshold. */
#define RECIPE_FORMAT 3
#define RECIPE_FORMAT_PLAIN 1
#define RECIPE_FORMAT_PREPARATION 2
#define RECIPE_FORMAT_SCORES 3

/* Limits of the check texts, so that scoring them takes a short time for any file: texts, and ids in all of them. */
#define MAX_CHECKS 1000
#define MAX_CHECK_IDS ((size_t)1 << 18)

/* Defaults for a file without mood.json. */
#define RECIPE_WITHOUT_FILE (MOOD_RECIPE_PADDING | MOOD_RECIPE_TRUNCATING | MOOD_RECIPE_LABELS)

void recipe_drop_labels(mood_recipe *recipe);

/* Check that recipe and model fit each other; status: of the error if they don't. */
mood_status recipe_match(const mood_recipe *recipe, const mood_model *model, mood_status status, mood_error *err);

/* Check that every id of the tokenizer has a row in the Embedding; status as above. */
mood_status recipe_check_vocabulary(const mood_tokenizer *tokenizer, const mood_model *model, mood_status status,
                                    mood_error *err);

/* recipe_matrix.c: bags of words. The mode of a name; false if there is none. */
bool recipe_matrix_find(const char *name, mood_matrix_mode *mode);

/* recipe_preparation.c: the cleaning steps and the segmentation of texts, "clean" and "segment" of mood.json. */

/* Add them to the document if the tokenizer, which may be NULL, has a preparation. False: out of memory. */
bool recipe_write_preparation(const mood_tokenizer *tokenizer, json_t *document);
/* *preparation is new (preparation_destroy); NULL: the document has none. */
mood_status recipe_read_preparation(json_t *document, struct preparation **preparation, mood_error *err);
/* Move the preparation of the file's tokenizer, which may be NULL, to the one that replaces it. */
mood_status recipe_move_preparation(mood_tokenizer *from, mood_tokenizer *to, mood_error *err);

/* recipe_head.c: temperature and threshold of mood.json. */

/* Whether the recipe has a temperature or a threshold. */
bool recipe_has_calibration(const mood_recipe *recipe);
/* Check that they fit the model: errors of mood_recipe_get_head. */
mood_status recipe_check_calibration(const mood_recipe *recipe, const mood_model *model, mood_error *err);
/* Add them to the document. False: out of memory. */
bool recipe_write_calibration(const mood_recipe *recipe, json_t *document);
mood_status recipe_read_calibration(json_t *document, mood_recipe *recipe, mood_error *err);

/* The largest number of check texts in a file of that model: a reader scores all of them. */
size_t recipe_most_checks(const mood_model *model);

/* Compute the check texts' scores [check_count, O]. */
mood_status recipe_score(const mood_recipe *recipe, mood_model *model, float *scores, mood_error *err);

#endif
