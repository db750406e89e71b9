/* A labelled data set in the form that a model needs: texts as rows of ids, labels as numbers. */
#ifndef CLI_LABELLED_H
#define CLI_LABELLED_H

#include "data_options.h"
#include "mood/model.h"
#include "word_counts.h"

struct labelled {
    size_t n, T, O;
    int32_t *x; /* [n,T]; for bags of words T is the length of the longest text */
    float *y;  /* [n,O]: O = 1: the class's number, from 0; a multi-label model: O labels, 1 if the row has the label */
    bool soft; /* y has probabilities: O = 1: of the second of two classes; else [n,O], O classes */
    struct word_counts words;
};

/* Convert a data set's texts to ids as the recipe says. T = 0: for bags of words, whole texts. */
MOOD_MUST_CHECK mood_status labelled_create(const mood_dataset *dataset, const mood_recipe *recipe, size_t T,
                                            struct labelled *labelled, mood_error *err);

/* A file of labelled texts. */
struct labelled_source {
    const char *path;
    struct data_options options;
};

/* The separator of labels for a model with that head: the source's, else |; '\0': one label per row. Errors:
 * MOOD_ERR_ARGUMENT if a separator is given for a model with one label per row. */
MOOD_MUST_CHECK mood_status labelled_separator(const struct labelled_source *source, const mood_head *head,
                                               char *separator, mood_error *err);

/* Open a file whose labels are the recipe's, and print notes about it. If recipe is NULL, the error says how to add
 * one. */
MOOD_MUST_CHECK mood_status labelled_open(const struct common *common, const struct labelled_source *source,
                                          const mood_head *head, const mood_recipe *recipe, mood_dataset **dataset,
                                          mood_error *err);

/* The same, and convert the texts to ids. */
MOOD_MUST_CHECK mood_status labelled_read(const struct common *common, const struct labelled_source *source,
                                          const mood_head *head, const mood_model *model, const mood_recipe *recipe,
                                          struct labelled *labelled, mood_error *err);
void labelled_destroy(struct labelled *labelled);

/* The labels in the form that the model's loss needs: the rows' own, or a row per text in *made, new (free). Soft
 * labels need a loss that takes probabilities. NULL: out of memory. */
const float *labelled_targets(const struct labelled *labelled, const mood_model *model, float **made);

/* Class numbers [n] as one-hot rows [n,classes], new; NULL: out of memory. */
float *labelled_one_hot(const struct labelled *labelled, size_t classes);

/* The cross-entropy for a head, in Keras's notation: binary for one output and for a multi-label model, else sparse
 * categorical; from logits if the outputs are logits. */
const char *head_loss(const mood_head *head);

/* Compile the model with that loss. Errors: MOOD_ERR_UNSUPPORTED if the scores are not probabilities. */
MOOD_MUST_CHECK mood_status compile_by_head(mood_model *model, const mood_head *head, mood_error *err);

#endif
