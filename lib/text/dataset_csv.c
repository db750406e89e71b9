/* Reads a data set from CSV. */
#include <stdlib.h>

#include "base/errors.h"
#include "text/csv_reader.h"
#include "text/dataset_format.h"
#include "text/soft_labels.h"

/* The columns of a file. */
struct csv_columns {
    struct columns found;
    size_t *probabilities; /* [probability_count] of soft labels, new; else NULL */
};

static mood_status describe(mood_dataset *dataset, const struct columns *columns, const struct records *records,
                            mood_error *err) {
    mood_dataset_info *info = &dataset->info;
    info->header = columns->header;
    info->text_guessed = columns->text_guessed;
    info->label_guessed = columns->label_guessed;
    info->text_column = dataset->text_column = columns_name(records, columns->header, columns->text);
    if (columns->label != NO_COLUMN)
        info->label_column = dataset->label_column = columns_name(records, columns->header, columns->label);
    return info->text_column && (info->label_column || columns->label == NO_COLUMN) ? MOOD_OK : error_no_memory(err);
}

/* Find the columns of soft labels. */
static mood_status find_probabilities(const struct rows *rows, const struct records *records, bool header,
                                      struct csv_columns *columns) {
    const mood_dataset_options *options = rows->options;
    mood_status status = MOOD_OK;
    if (!soft_labels_are_given(options))
        return MOOD_OK;
    columns->probabilities = calloc(options->probability_count, sizeof *columns->probabilities);
    if (!columns->probabilities)
        return error_no_memory(rows->err);
    for (size_t k = 0; k < options->probability_count && status == MOOD_OK; k++)
        status =
            columns_find_one(records, options->probability_columns[k], header, &columns->probabilities[k], rows->err);
    return status;
}

/* Find the columns in the first records. If the file is empty or its first record is not complete, they stay unknown. */
static mood_status find_columns(struct rows *rows, const struct csv_reader *reader, const struct records *records,
                                struct csv_columns *columns) {
    const struct layout layout = layout_of(rows->options);
    mood_dataset_info *info = &rows->dataset->info;
    *columns = (struct csv_columns){0};
    info->separator = reader->separator;
    info->quotes = reader->quotes;
    if (reader->width == 0)
        return MOOD_OK;
    mood_status status = columns_find(records, &layout, false, &columns->found, rows->err);
    if (status == MOOD_OK)
        status = describe(rows->dataset, &columns->found, records, rows->err);
    if (status == MOOD_OK)
        status = find_probabilities(rows, records, columns->found.header, columns);
    if (status != MOOD_OK)
        mood_error_prefix(rows->err, "%s:%zu", rows->name, csv_first_line(reader->input));
    return status;
}

static void add_labels(struct rows *rows, const struct csv_reader *reader, const struct csv_columns *columns) {
    if (!columns->probabilities)
        rows_set_label(rows, csv_reader_field(reader, columns->found.label));
    for (size_t k = 0; columns->probabilities && k < rows->options->probability_count; k++)
        rows_set_probability(rows, k, csv_reader_field(reader, columns->probabilities[k]));
}

static void add_row(struct rows *rows, const struct csv_reader *reader, const struct csv_columns *columns) {
    const struct csv_record *record = &reader->record;
    rows_begin(rows, record->line);
    if (*record->problem) {
        rows_refuse(rows, "%s", record->problem);
        rows->dataset->info.rows_skipped += record->lines;
        rows->dataset->info.rows_read += record->lines;
    } else {
        rows_add_text(rows, csv_reader_field(reader, columns->found.text));
        add_labels(rows, reader, columns);
    }
    rows_end(rows);
}

static void read_rows(struct rows *rows, struct csv_reader *reader, const struct csv_columns *columns) {
    bool header = columns->found.header, found = true;
    while (rows->status == MOOD_OK && found) {
        rows->status = csv_reader_next(reader, &found, rows->err);
        if (rows->status != MOOD_OK || !found)
            return;
        if (!header) {
            add_row(rows, reader, columns);
        } else if (*reader->record.problem) { /* the names decide about all rows, so they can't be skipped */
            rows->line = reader->record.line;
            rows_fail(rows, "%s", reader->record.problem);
        }
        header = false;
    }
}

static bool matches(const char *bytes, size_t size) {
    (void)bytes, (void)size;
    return true;
}

static void read_csv(struct rows *rows, struct input *input) {
    const struct layout layout = layout_of(rows->options);
    struct csv_reader reader;
    struct csv_columns columns;
    struct records records;
    rows->status = csv_reader_open(&reader, input, &layout, &records, rows->err);
    if (rows->status != MOOD_OK)
        return;
    rows->status = find_columns(rows, &reader, &records, &columns);
    records_free(&records);
    read_rows(rows, &reader, &columns);
    free(columns.probabilities);
    csv_reader_close(&reader);
}

const struct dataset_format format_csv = {"CSV", matches, read_csv};
