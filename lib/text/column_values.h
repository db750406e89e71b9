/* What the values of a column in the first records of a file look like. */
#ifndef TEXT_COLUMN_VALUES_H
#define TEXT_COLUMN_VALUES_H

#include "text/records.h"

#define FEW_VALUES 20 /* the most different values of a column of labels */

/* The records from `first` on are the rows. */
struct column_values {
    size_t rows;      /* that have a value */
    size_t numbers;   /* of these, numbers */
    size_t small;     /* of these, labels by their looks: whole numbers from -10 to 10, positive, neg, true, … */
    double mean_size; /* bytes */
    size_t distinct;  /* different values; FEW_VALUES + 1: more than FEW_VALUES */
};
struct column_values column_values(const struct records *records, size_t first, size_t column);

bool cell_is_number(mood_text cell);
bool cells_are_equal(mood_text a, mood_text b);

/* True if few different values recur, as labels do. */
bool column_has_few_values(const struct column_values *values);

#endif
