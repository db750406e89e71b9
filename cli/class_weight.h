/* The option --class-weight. */
#ifndef CLI_CLASS_WEIGHT_H
#define CLI_CLASS_WEIGHT_H

#include "mood/model.h"

/* Weights of the classes, new in *weights [label_count] (free). option: "balanced": n / (label_count * rows of the
 * class) for each class of the training labels y [n]; or "LABEL=W,…": labels that are not listed have weight 1.
 * Errors: MOOD_ERR_ARGUMENT (an unknown label, or a weight that is not a finite number of at least 0). */
MOOD_MUST_CHECK mood_status class_weight_create(const char *option, char *const *labels, size_t label_count,
                                                const float *y, size_t n, float **weights, mood_error *err);

#endif
