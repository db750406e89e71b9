/* A labelled data set as a model reads it: texts as rows of ids, labels as numbers. */
#ifndef CLI_LABELLED_H
#define CLI_LABELLED_H

#include "mood/model.h"
#include "word_counts.h"

struct labelled {
    size_t n, T, O;
    int32_t *x; /* [n,T]; for bags of words T is the longest text's length */
    float *y;   /* [n,O]: O = 1, the class's number from 0; of a multi-label model O labels, 1 where the row has it */
    struct word_counts words;
};

/* Make ids of a data set's texts, in the recipe's way; T 0: for bags of words, all of each text. */
MOOD_MUST_CHECK mood_status labelled_create(const mood_dataset *dataset, const mood_recipe *recipe, size_t T,
                                            struct labelled *labelled, mood_error *err);

/* A CSV file. Columns that are NULL have their usual names. */
struct labelled_source {
    const char *path, *text_column, *label_column;
    char separator; /* between a row's labels; '\0': not given */
};

/* Between a row's labels for a model of that head: the source's, else |; '\0' where a row has one label.
 * Errors: MOOD_ERR_ARGUMENT when a separator is given for such a model. */
MOOD_MUST_CHECK mood_status labelled_separator(const struct labelled_source *source, const mood_head *head,
                                               char *separator, mood_error *err);

/* Open a CSV file whose labels are the recipe's. recipe may be NULL, which is an error that says what to do. */
MOOD_MUST_CHECK mood_status labelled_open(const struct labelled_source *source, const mood_head *head,
                                          const mood_recipe *recipe, mood_dataset **dataset, mood_error *err);

/* The same, and make ids of it. */
MOOD_MUST_CHECK mood_status labelled_read(const struct labelled_source *source, const mood_head *head,
                                          const mood_model *model, const mood_recipe *recipe, struct labelled *labelled,
                                          mood_error *err);
void labelled_destroy(struct labelled *labelled);

/* Labels as the model's loss takes them: those of the rows, or one-hot, in *made, new (free). NULL if out of memory. */
const float *labelled_targets(const struct labelled *labelled, const mood_model *model, float **made);

/* Class numbers [n] as one-hot rows [n,classes], new; NULL when memory is short. */
float *labelled_one_hot(const struct labelled *labelled, size_t classes);

/* The cross-entropy that goes with the head, in Keras's notation: binary for one output and for a multi-label model, else
 * sparse categorical; from logits where the outputs are logits. */
const char *head_loss(const mood_head *head);

/* Compile with that. Errors: MOOD_ERR_UNSUPPORTED when the scores are no
 * probabilities. */
MOOD_MUST_CHECK mood_status compile_by_head(mood_model *model, const mood_head *head, mood_error *err);

#endif
