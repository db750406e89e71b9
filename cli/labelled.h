/* A labelled data set as a model reads it: texts as rows of ids, labels as the classes' numbers. */
#ifndef CLI_LABELLED_H
#define CLI_LABELLED_H

#include "mood/model.h"
#include "word_counts.h"

struct labelled {
    size_t n, T;
    int32_t *x; /* [n,T] */
    float *y;   /* [n,1] the class's number, from 0 */
    struct word_counts words;
};

/* Make ids of a data set's texts, in the recipe's way. */
MOOD_MUST_CHECK mood_status labelled_create(const mood_dataset *dataset, const mood_recipe *recipe, size_t T,
                                            struct labelled *labelled, mood_error *err);

/* Open a CSV file whose labels are the recipe's; columns that are NULL have their usual names. recipe may be
 * NULL, which is an error that says what to do. */
MOOD_MUST_CHECK mood_status labelled_open(const char *path, const char *text_column, const char *label_column,
                                          const mood_recipe *recipe, mood_dataset **dataset, mood_error *err);

/* The same, and make ids of it. */
MOOD_MUST_CHECK mood_status labelled_read(const char *path, const char *text_column, const char *label_column,
                                          const mood_model *model, const mood_recipe *recipe,
                                          struct labelled *labelled, mood_error *err);
void labelled_destroy(struct labelled *labelled);

/* Class numbers [n] as one-hot rows [n,classes], new; NULL when memory is short. */
float *labelled_one_hot(const struct labelled *labelled, size_t classes);

/* Compile for what the last layer gives: binary cross-entropy for one output, sparse categorical for more. */
MOOD_MUST_CHECK mood_status compile_by_outputs(mood_model *model, mood_error *err);

#endif
