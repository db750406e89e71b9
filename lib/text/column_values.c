/* What the values of a column in the first records of a file look like. */
#include "text/column_values.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/threshold.h"

bool cells_are_equal(mood_text a, mood_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Copy a cell as a string; false: it is too long or has a NUL. */
static bool copy_short(mood_text cell, char out[32]) {
    if (cell.size >= 32 || memchr(cell.data, '\0', cell.size))
        return false;
    memcpy(out, cell.data, cell.size);
    out[cell.size] = '\0';
    return true;
}

bool cell_is_number(mood_text cell) {
    char text[32];
    return copy_short(cell, text) && label_is_number(text);
}

/* The value of a label by its looks. */
static bool cell_is_label(mood_text cell) {
    static const char *const names[] = {"pos",  "positive", "neg", "negative", "neutral", "mixed",
                                        "good", "bad",      "yes", "no",       "true",    "false"};
    char text[32];
    if (!copy_short(cell, text))
        return false;
    if (label_is_number(text)) {
        double value = label_number(text);
        return value >= -10 && value <= 10 && value == (int)value;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(text, names[i]) == 0)
            return true;
    return false;
}

struct column_values column_values(const struct records *records, size_t first, size_t column) {
    struct column_values values = {0};
    mood_text known[FEW_VALUES];
    double size = 0;
    for (size_t row = first; row < records->count; row++) {
        mood_text cell = records_cell(records, row, column);
        if (cell.size == 0)
            continue;
        values.rows++;
        values.numbers += cell_is_number(cell);
        values.small += cell_is_label(cell);
        size += (double)cell.size;
        size_t i = 0;
        while (i < values.distinct && i < FEW_VALUES && !cells_are_equal(known[i], cell))
            i++;
        if (i < FEW_VALUES && i == values.distinct)
            known[values.distinct++] = cell;
        else if (i == FEW_VALUES)
            values.distinct = FEW_VALUES + 1;
    }
    values.mean_size = values.rows ? size / (double)values.rows : 0;
    return values;
}

bool column_has_few_values(const struct column_values *values) {
    return values->distinct > 0 && values->distinct <= FEW_VALUES && values->distinct * 2 <= values->rows;
}
