/* Tables in CSV. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/text_table.h"

/* ---- columns ----------------------------------------------------------------------------------- */

static mood_status find_columns(mood_table *table, const struct records *records, mood_error *err) {
    struct columns columns;
    mood_status status = columns_find(records, &table->layout, false, &columns, err);
    if (status != MOOD_OK)
        return status;
    table->text = columns.text;
    table->info.header = columns.header;
    for (size_t i = 0; i < table->column_count && status == MOOD_OK; i++)
        status = columns_find_one(records, table->column_names[i], columns.header, &table->columns[i], err);
    if (status != MOOD_OK)
        return status;
    return table_set_text_column(table, columns_name(records, columns.header, columns.text), columns.text_guessed, err);
}

/* Names without a header: the columns' numbers. */
static mood_status number_columns(mood_table *table, const struct records *records, mood_error *err) {
    for (size_t i = 0; i < table->width; i++) {
        char *number = columns_name(records, false, i);
        bool ok = number && bytes_append(&table->name_bytes, number, strlen(number));
        table->names[i].size = number ? strlen(number) : 0;
        free(number);
        if (!ok)
            return error_no_memory(err);
    }
    return MOOD_OK;
}

/* Read the row of names, as it is in the file. */
static mood_status read_header(mood_table *table, mood_error *err) {
    bool found;
    mood_status status = csv_reader_next(&table->csv, &found, err);
    const struct csv_record *record = &table->csv.record;
    if (status == MOOD_OK && (!found || *record->problem)) { /* the names decide about all rows */
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s",
                                found ? record->problem : "the first row can't be read");
        mood_error_prefix(err, "%s:%zu", table->source.name, record->line);
    }
    if (status != MOOD_OK)
        return status;
    if (!bytes_append(&table->name_bytes, record->bytes.data ? record->bytes.data : "", record->bytes.size))
        return error_no_memory(err);
    for (size_t i = 0; i < table->width; i++)
        table->names[i].size = csv_reader_field(&table->csv, i).size;
    return MOOD_OK;
}

static mood_status read_names(mood_table *table, const struct records *records, mood_error *err) {
    table->fields = calloc(table->csv.width, sizeof *table->fields);
    if (!table->fields || !table_make_names(table, table->csv.width))
        return error_no_memory(err);
    mood_status status = table->info.header ? read_header(table, err) : number_columns(table, records, err);
    size_t at = 0;
    for (size_t i = 0; i < table->width && status == MOOD_OK; i++) { /* the buffer moves no more */
        table->names[i].data = table->names[i].size ? table->name_bytes.data + at : "";
        at += table->names[i].size;
    }
    return status;
}

/* If the first record can't be read, the reader says why. */
static mood_status refuse_unknown(mood_table *table, mood_error *err) {
    bool found;
    mood_status status = csv_reader_next(&table->csv, &found, err);
    if (status != MOOD_OK)
        return status;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: the file is empty; it needs rows with a text",
                          table->source.name);
}

static mood_status open_csv(mood_table *table, mood_error *err) {
    struct records records;
    mood_status status = csv_reader_open(&table->csv, &table->input, &table->layout, &records, err);
    if (status != MOOD_OK)
        return status;
    table->info.separator = table->csv.separator;
    table->info.quotes = table->csv.quotes;
    if (table->csv.width == 0) {
        status = refuse_unknown(table, err);
    } else {
        status = find_columns(table, &records, err);
        if (status != MOOD_OK)
            mood_error_prefix(err, "%s:%zu", table->source.name, csv_first_line(&table->input));
        else
            status = read_names(table, &records, err);
    }
    records_free(&records);
    if (status != MOOD_OK)
        csv_reader_close(&table->csv);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static mood_status next_csv(mood_table *table, mood_table_row *row, bool *found, char *problem, mood_error *err) {
    mood_status status = csv_reader_next(&table->csv, found, err);
    const struct csv_record *record = &table->csv.record;
    if (status != MOOD_OK || !*found)
        return status;
    row->line = record->line;
    if (*record->problem) {
        memcpy(problem, record->problem, sizeof record->problem);
        table->info.rows_read += record->lines;
        table->info.rows_skipped += record->lines;
        return MOOD_OK;
    }
    for (size_t i = 0; i < table->width; i++)
        table->fields[i] = csv_reader_field(&table->csv, i);
    for (size_t i = 0; i < table->column_count; i++)
        table->values[i] = table->fields[table->columns[i]];
    row->text = table->fields[table->text];
    row->fields = table->fields;
    return MOOD_OK;
}

static void close_csv(mood_table *table) {
    csv_reader_close(&table->csv);
}

const struct table_format table_csv = {open_csv, next_csv, close_csv};
