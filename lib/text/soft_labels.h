/* Soft labels: each row has a probability per class, in columns of their own. */
#ifndef TEXT_SOFT_LABELS_H
#define TEXT_SOFT_LABELS_H

#include "text/labels.h"

#define SOFT_LABELS_MAX 1000 /* columns */

/* True if the options name columns of probabilities. */
static inline bool soft_labels_are_given(const mood_dataset_options *options) {
    return options->probability_count > 0;
}

/* What is wrong with the options; NULL: nothing. */
const char *soft_labels_check_options(const mood_dataset_options *options);

/* Parse a number that is not negative; exponents are allowed. False: it is none. */
bool soft_label_parse(mood_text field, float *number);

/* Check the row's numbers [probability_count]. Counts, as of annotators, become probabilities. Returns NULL, or what is
 * wrong. */
const char *soft_label_finish(float *numbers, const mood_dataset_options *options);

/* Make the classes: options->labels, else negative and positive for one column, or the columns' names. *soft
 * [n, probability_count] becomes [n, class_count]; classes [n]: the most probable one of each row. */
mood_status soft_labels_make_classes(struct labels *labels, const mood_dataset_options *options, size_t n, float **soft,
                                     int32_t *classes, mood_error *err);

#endif
