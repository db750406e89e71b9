/* What mood fit sees in its data before it trains. */
#ifndef CLI_DATA_REPORT_H
#define CLI_DATA_REPORT_H

#include "command.h"
#include "mood/text.h"

/* Lengths of texts [words]. */
struct lengths {
    size_t n, median, nine_tenths, most, longest; /* most: 99 of 100 texts are not longer */
};

/* Sorts counts [n]. */
struct lengths lengths_of(mood_sequence_counts *counts, size_t n);

/* True if the rows are in the order of their labels: all rows of a label stand together. Before the rows are ordered for
 * validation. */
bool data_is_sorted(const mood_dataset *data);

/* Print the labels with their rows, scripts, duplicates, and warnings. sorted: data_is_sorted. Errors: MOOD_ERR_MEMORY. */
MOOD_MUST_CHECK mood_status data_report_print(const struct common *common, const mood_dataset *data, bool sorted,
                                              mood_error *err);

#endif
