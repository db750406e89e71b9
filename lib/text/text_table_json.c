/* Tables in JSON lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/text_table.h"
#include "text/utf8.h"

#define SHOWN(string) utf8_shown(string, 60), string

/* ---- fields ------------------------------------------------------------------------------------ */

static mood_status find_text(mood_table *table, const struct records *records, mood_error *err) {
    struct columns columns = {0};
    if (table->layout.text || records->count == 0)
        return table_set_text_column(table, strdup(table->layout.text ? table->layout.text : "text"), false, err);
    mood_status status = columns_find(records, &table->layout, true, &columns, err);
    if (status != MOOD_OK)
        return status;
    return table_set_text_column(table, columns_name(records, true, columns.text), columns.text_guessed, err);
}

static mood_status set_names(mood_table *table, mood_error *err) {
    if (!table_make_names(table, json_array_size(table->names_json)))
        return error_no_memory(err);
    for (size_t i = 0; i < table->width; i++) {
        const json_t *name = json_array_get(table->names_json, i);
        table->names[i] = (mood_text){json_string_value(name), json_string_length(name)};
    }
    return MOOD_OK;
}

static mood_status open_json(mood_table *table, mood_error *err) {
    struct records records = {0};
    mood_status status = json_sample_objects(&table->input, &records, &table->names_json) ? MOOD_OK
                                                                                          : error_no_memory(err);
    table->lines = (struct lines){.input = &table->input};
    if (status == MOOD_OK)
        status = find_text(table, &records, err);
    if (status == MOOD_OK)
        status = set_names(table, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s:1", table->source.name);
    records_free(&records);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static void set_text(mood_table *table, mood_table_row *row, char *problem) {
    const json_t *value = json_object_get(table->object, table->text_column);
    if (json_is_string(value))
        row->text = (mood_text){json_string_value(value), json_string_length(value)};
    else if (!value)
        snprintf(problem, MOOD_MESSAGE_SIZE, "the object has no text: the field \"%.*s\" is missing",
                 SHOWN(table->text_column));
    else
        snprintf(problem, MOOD_MESSAGE_SIZE, "the text, in the field \"%.*s\", is %s, not a string",
                 SHOWN(table->text_column), json_kind(value));
}

static mood_status read_object(mood_table *table, mood_table_row *row, mood_text line, char *problem, mood_error *err) {
    json_error_t error;
    size_t position;
    json_decref(table->object);
    table->object = json_line_parse(line, &error);
    if (!mood_text_validate(line, &position))
        encoding_describe_invalid(table->info.encoding, line, position, 0, problem, MOOD_MESSAGE_SIZE);
    else if (!table->object && json_error_code(&error) == json_error_out_of_memory)
        return error_no_memory(err);
    else if (!json_is_object(table->object))
        snprintf(problem, MOOD_MESSAGE_SIZE,
                 "the line is not a JSON object%s%s; each line has to be one, as jq -c writes them",
                 table->object ? "" : ": ", table->object ? "" : error.text);
    else
        set_text(table, row, problem);
    if (*problem)
        return MOOD_OK;
    for (size_t i = 0; i < table->column_count; i++)
        table->values[i] = json_scalar(json_object_get(table->object, table->column_names[i]), table->numbers[i]);
    row->object = line;
    return MOOD_OK;
}

static mood_status next_json(mood_table *table, mood_table_row *row, bool *found, char *problem, mood_error *err) {
    mood_text line;
    mood_status status;
    do
        status = lines_next(&table->lines, MAX_FIELD, &line, found, err);
    while (status == MOOD_OK && *found && json_line_is_blank(line));
    if (status != MOOD_OK || !*found)
        return status;
    row->line = table->lines.number;
    return read_object(table, row, line, problem, err);
}

static void close_json(mood_table *table) {
    lines_free(&table->lines);
    json_decref(table->object);
}

const struct table_format table_json_lines = {open_json, next_json, close_json};
