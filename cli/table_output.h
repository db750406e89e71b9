/* Writes the rows of a table with columns added to them, as CSV or JSON lines. */
#ifndef CLI_TABLE_OUTPUT_H
#define CLI_TABLE_OUTPUT_H

#include <jansson.h>

#include "buffer.h"
#include "mood/text.h"
#include "score_columns.h"

enum table_format { TABLE_FORMAT_NONE, TABLE_FORMAT_CSV, TABLE_FORMAT_JSON_LINES };

struct table_output {
    const char *path; /* of the input, for errors */
    const mood_table *table;
    const struct score_columns *columns;
    enum table_format format;
    char separator; /* of CSV */
    bool from_json; /* the input is JSON lines */
    json_t *known;  /* from JSON to CSV: an object with the names of all columns */
    char **names;   /* [width] the columns: from JSON to CSV as they are, from CSV to JSON as JSON strings */
    char **added;   /* to JSON: the added names as JSON strings */
    char **labels;  /* to JSON: the labels as JSON strings */
    size_t width, label_count;
};

/* The format and the separator that an output's name asks for: .csv, .tsv, .jsonl or .ndjson, also with .gz;
 * TABLE_FORMAT_NONE and '\0': none. */
enum table_format table_output_named(const char *path, char *separator);

/* format: TABLE_FORMAT_NONE: the input's. separator '\0': the input's, or a comma. table and columns are borrowed.
 * Errors: MOOD_ERR_FORMAT if the input's columns can't be members of a JSON object. */
MOOD_MUST_CHECK mood_status table_output_create(struct table_output *output, const char *path, const mood_table *table,
                                                const struct score_columns *columns, enum table_format format,
                                                char separator, mood_error *err);
void table_output_destroy(struct table_output *output);

/* Append the line of names, if the output has one. */
void table_output_write_names(const struct table_output *output, struct buffer *out);

/* Append the beginning of a row: the input's columns. Errors, with file and line: MOOD_ERR_FORMAT if the row can't be
 * written in the output's format. */
MOOD_MUST_CHECK mood_status table_output_begin_row(const struct table_output *output, const mood_table_row *row,
                                                   struct buffer *out, mood_error *err);

/* Append the end of a row: the added columns. */
void table_output_end_row(const struct table_output *output, const float *scores, struct buffer *out);

#endif
