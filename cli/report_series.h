/* The labels that a report's charts show. */
#ifndef CLI_REPORT_SERIES_H
#define CLI_REPORT_SERIES_H

#include "chart.h"
#include "report.h"

#define SERIES_OTHER SIZE_MAX

/* All labels in the model's order; of more than CHART_COLOURS the most frequent ones, and the others together. */
struct series {
    size_t n, labels[CHART_COLOURS]; /* numbers of labels; SERIES_OTHER: all others */
    mood_text names[CHART_COLOURS];
};

void series_choose(struct series *series, const struct report *report);

/* The shares of the labels in rows of counts [n], or in rows numbers[i], as values [series, n], new (free); NAN in a row
 * without texts. NULL: out of memory. */
double *series_shares(const struct series *series, const struct tallies *tallies, const size_t *numbers, size_t n);

#endif
