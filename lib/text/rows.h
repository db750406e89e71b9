/* Collects the rows of a data set, whatever the format of the file: texts, labels, and rows that are refused. */
#ifndef TEXT_ROWS_H
#define TEXT_ROWS_H

#include "text/dataset.h"
#include "text/threshold.h"

struct rows {
    mood_dataset *dataset;
    const mood_dataset_options *options;
    const char *name; /* of the file, for messages */
    struct threshold threshold;
    bool compared; /* there is a threshold */

    size_t line; /* line at which the current row starts */
    struct row row;
    struct spelling *spelling; /* its label, with one label per row */
    bool refused, dropped;     /* the current row has an error; has a label to skip */
    size_t number;             /* of the current row, from 1 */
    size_t bytes_before;       /* sizes before the current row, to remove what a refused row has added */
    size_t marks_before;

    mood_status status; /* MOOD_OK: continue */
    mood_error *err;
};

/* False: out of memory; status and err are set. */
bool rows_start(struct rows *rows, mood_dataset *dataset, const mood_dataset_options *options, const char *name,
                mood_error *err);

void rows_begin(struct rows *rows, size_t line);
void rows_add_text(struct rows *rows, mood_text text);

/* The label of the row; with a label_separator, all labels of the row. */
void rows_set_label(struct rows *rows, mood_text field);

/* One of several labels of the row; duplicates count once. */
void rows_add_label(struct rows *rows, mood_text label);

/* One of the row's probabilities, by its index among the options' columns; after the last one they are checked. */
void rows_set_probability(struct rows *rows, size_t index, mood_text field);

/* Add the row, unless it was refused or dropped. */
void rows_end(struct rows *rows);

/* Refuse the current row: an error, or, with skip_errors, one more skipped row. */
void rows_refuse(struct rows *rows, const char *format, ...) MOOD_PRINTF(2, 3);
/* number: of the field, from 1; 0: the line has no fields. */
void rows_refuse_utf8(struct rows *rows, mood_text field, size_t position, size_t number);

/* Refuse the file, in the line of the current row. */
void rows_fail(struct rows *rows, const char *format, ...) MOOD_PRINTF(2, 3);
void rows_fail_memory(struct rows *rows);

#endif
