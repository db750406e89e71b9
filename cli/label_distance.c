/* The distance between predicted and true labels that are numbers. */
#include "label_distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* False: the label is not a decimal number. */
static bool parse_number(const char *label, double *number) {
    char *end;
    *number = strtod(label, &end);
    return end != label && *end == '\0' && label[strspn(label, "+-.0123456789")] == '\0';
}

/* The distance of two labels in the order of their numbers: 0 for equal labels, 1 for adjacent ones. The classes need
 * not be in that order. */
static size_t steps_between(char *const *labels, size_t classes, double from, double to) {
    double low = fmin(from, to), high = fmax(from, to), number;
    size_t steps = low < high;
    for (size_t k = 0; k < classes; k++)
        steps += parse_number(labels[k], &number) && number > low && number < high;
    return steps;
}

bool label_distance_measure(const struct metrics *metrics, char *const *labels, struct label_distance *distance) {
    size_t K = metrics->classes, adjacent = 0;
    double sum = 0, truth, predicted;
    if (!metrics->confusion || K < 3 || metrics->n == 0)
        return false;
    for (size_t k = 0; k < K; k++)
        if (!parse_number(labels[k], &truth))
            return false;
    for (size_t i = 0; i < K * K; i++) {
        size_t rows = metrics->confusion[i];
        if (rows == 0 || !parse_number(labels[i / K], &truth) || !parse_number(labels[i % K], &predicted))
            continue;
        sum += (double)rows * fabs(truth - predicted);
        adjacent += steps_between(labels, K, truth, predicted) <= 1 ? rows : 0;
    }
    *distance = (struct label_distance){sum / (double)metrics->n, (double)adjacent / (double)metrics->n};
    return true;
}
