/* The internals of mood_table, and its formats. */
#ifndef TEXT_TEXT_TABLE_H
#define TEXT_TEXT_TABLE_H

#include "text/csv_reader.h"
#include "text/json_object.h"
#include "text/lines.h"

/* How a format is read: text_table_csv.c, text_table_json.c. Errors contain file and line. */
struct table_format {
    /* Find the columns, and set names and info. */
    mood_status (*open)(mood_table *table, mood_error *err);
    /* Read a row, or its line and its problem: a reason without file and line, "" if there is none. */
    mood_status (*next)(mood_table *table, mood_table_row *row, bool *found, char *problem, mood_error *err);
    void (*close)(mood_table *table);
};

struct mood_table {
    const struct table_format *format;
    struct source source;
    struct input input;
    bool source_open, input_open;
    struct layout layout;
    bool skip_errors;
    mood_dataset_info info;

    size_t width;
    mood_text *names;  /* [width]; they point into names_json or name_bytes */
    size_t text;       /* of CSV: index of the column */
    size_t *columns;   /* [column_count] of CSV: indices */
    mood_text *values; /* [column_count] */
    size_t column_count;
    char (*numbers)[NUMBER_SIZE]; /* [column_count] of JSON: what values may point into */

    struct csv_reader csv;
    mood_text *fields; /* [width] */
    struct bytes name_bytes;
    struct lines lines;
    json_t *names_json, *object;

    /* Copies of what the options point to, and what info points to. */
    char *path, *encoding, *encoding_name, *given_text, *text_column, *skipped_reason;
    char **column_names; /* [column_count] */
};

extern const struct table_format table_csv, table_json_lines;

/* Allocate names [width]; false: out of memory. */
bool table_make_names(mood_table *table, size_t width);

/* Set info.text_column, owned. NULL: out of memory. */
mood_status table_set_text_column(mood_table *table, char *name, bool guessed, mood_error *err);

#endif
