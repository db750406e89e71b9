/* The labels that a report's charts show. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_series.h"

/* True if a label is one of the `most` most frequent. */
static bool is_frequent(const uint64_t *counts, size_t labels, size_t label, size_t most) {
    size_t before = 0;
    for (size_t i = 0; i < labels; i++)
        before += counts[i] > counts[label] || (counts[i] == counts[label] && i < label);
    return before < most;
}

void series_choose(struct series *series, const struct report *report) {
    size_t labels = report->head->labels;
    const uint64_t *counts = tallies_row(&report->total, 0) + TALLY_LABELS;
    bool all = labels <= CHART_COLOURS;
    *series = (struct series){0};
    for (size_t i = 0; i < labels; i++)
        if (all || is_frequent(counts, labels, i, CHART_COLOURS - 1)) {
            const char *name = mood_scorer_get_label(report->scorer, i);
            series->names[series->n] = (mood_text){name, strlen(name)};
            series->labels[series->n++] = i;
        }
    if (!all) {
        series->names[series->n] = (mood_text){"others", strlen("others")};
        series->labels[series->n++] = SERIES_OTHER;
    }
}

static bool is_shown(const struct series *series, size_t label) {
    for (size_t s = 0; s < series->n; s++)
        if (series->labels[s] == label)
            return true;
    return false;
}

static double count_of(const struct series *series, const struct tallies *tallies, const uint64_t *row, size_t s) {
    if (series->labels[s] != SERIES_OTHER)
        return (double)row[TALLY_LABELS + series->labels[s]];
    double sum = 0;
    for (size_t i = 0; i < tallies->labels; i++)
        sum += is_shown(series, i) ? 0 : (double)row[TALLY_LABELS + i];
    return sum;
}

double *series_shares(const struct series *series, const struct tallies *tallies, const size_t *numbers, size_t n) {
    double *values = calloc(n ? n * series->n : 1, sizeof *values);
    for (size_t s = 0; values && s < series->n; s++)
        for (size_t i = 0; i < n; i++) {
            const uint64_t *row = tallies_row(tallies, numbers ? numbers[i] : i);
            double texts = (double)row[TALLY_TEXTS];
            values[s * n + i] = texts > 0 ? count_of(series, tallies, row, s) / texts : NAN;
        }
    return values;
}
