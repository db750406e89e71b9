/* The distance between predicted and true labels, if the labels are numbers such as stars. */
#ifndef CLI_LABEL_DISTANCE_H
#define CLI_LABEL_DISTANCE_H

#include <stdbool.h>

#include "metrics.h"

struct label_distance {
    double mae;      /* mean absolute difference between predicted and true label */
    double adjacent; /* share of rows whose predicted label is the true one or adjacent to it in numeric order */
};

/* labels [metrics->classes]: the names. False, with *distance unset, if there are fewer than three labels, the model is
 * multi-label, or a label is not a number. */
bool label_distance_measure(const struct metrics *metrics, char *const *labels, struct label_distance *distance);

#endif
