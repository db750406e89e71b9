/* Finds out whether the first record of a file has the names of the columns. */
#include <stdio.h>

#include "text/column_values.h"
#include "text/columns.h"

#define LONG_NAME 300 /* bytes; a longer value is not the name of a column */

static bool has_name(const struct records *records, const char *given, bool (*is_known)(mood_text, int *)) {
    size_t column;
    int rank;
    if (given)
        return columns_count_named(records, given, &column) > 0;
    for (size_t i = 0; i < records_width(records, 0); i++)
        if (is_known(records_cell(records, 0, i), &rank) && rank < 2)
            return true;
    return false;
}

bool columns_are_named(const struct records *records, const struct layout *layout) {
    return !layout->no_header && has_name(records, layout->text, column_is_text) &&
           (layout->texts_only || has_name(records, layout->label, column_is_label));
}

/* True if the first value is like those below it: a number among numbers, or one of few values that recur. */
static bool first_is_value(const struct records *records, size_t column) {
    mood_text first = records_cell(records, 0, column);
    if (first.size == 0)
        return false;
    struct column_values below = column_values(records, 1, column);
    bool numbers = below.numbers == below.rows && (below.rows > 0 || records->count == 1);
    if (first.size > LONG_NAME || (cell_is_number(first) && numbers))
        return true;
    if (!column_has_few_values(&below))
        return false;
    for (size_t row = 1; row < records->count; row++)
        if (cells_are_equal(first, records_cell(records, row, column)))
            return true;
    return false;
}

/* True if the first record is 0, 1, 2, …: the names that pandas gives to columns without names. */
static bool names_are_numbers(const struct records *records) {
    size_t width = records_width(records, 0);
    for (size_t i = 0; i < width; i++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", i);
        if (!cell_is_named(records_cell(records, 0, i), number))
            return false;
    }
    return width > 1;
}

bool columns_have_header(const struct records *records, const struct layout *layout) {
    if (layout->no_header)
        return false;
    if (columns_are_named(records, layout) || names_are_numbers(records))
        return true;
    for (size_t i = 0; i < records_width(records, 0); i++)
        if (first_is_value(records, i))
            return false;
    return true;
}
