/* Reads JSON lines: one object per line. */
#include <string.h>

#include "base/errors.h"
#include "text/columns.h"
#include "text/dataset_format.h"
#include "text/json_object.h"
#include "text/lines.h"
#include "text/soft_labels.h"
#include "text/utf8.h"

#define SHOWN(string) utf8_shown(string, 60), string

static bool matches(const char *bytes, size_t size) {
    return size > 0 && *bytes == '{';
}

/* ---- fields ------------------------------------------------------------------------------------ */

struct fields {
    const char *text, *label;
};

/* Set the fields: those of the options, or those found by their names and values in the first lines. */
static mood_status find_fields(const struct rows *rows, const struct input *input, struct fields *fields,
                               mood_error *err) {
    const mood_dataset_options *options = rows->options;
    const struct layout layout = layout_of(options);
    mood_dataset *dataset = rows->dataset;
    mood_dataset_info *info = &dataset->info;
    struct records records = {0};
    struct columns columns;
    mood_status status = json_sample_objects(input, &records, NULL) ? MOOD_OK : error_no_memory(err);
    bool soft = soft_labels_are_given(options), given = options->text_column && (soft || options->label_column);
    if (status == MOOD_OK && !given && records.count > 0)
        status = columns_find(&records, &layout, true, &columns, err);
    if (status == MOOD_OK && !given && records.count > 0) {
        dataset->text_column = columns_name(&records, true, columns.text);
        if (!soft)
            dataset->label_column = columns_name(&records, true, columns.label);
        info->text_guessed = columns.text_guessed;
        info->label_guessed = columns.label_guessed;
    } else if (status == MOOD_OK) {
        dataset->text_column = strdup(options->text_column ? options->text_column : "text");
        if (!soft)
            dataset->label_column = strdup(options->label_column ? options->label_column : "label");
    }
    records_free(&records);
    fields->text = info->text_column = dataset->text_column;
    fields->label = info->label_column = dataset->label_column;
    return status != MOOD_OK || (fields->text && (soft || fields->label)) ? status : error_no_memory(err);
}

/* ---- lines ------------------------------------------------------------------------------------- */

static void add_text(struct rows *rows, const json_t *value, const char *name) {
    if (json_is_string(value))
        rows_add_text(rows, (mood_text){json_string_value(value), json_string_length(value)});
    else if (!value)
        rows_refuse(rows, "the object has no text: the field \"%.*s\" is missing", SHOWN(name));
    else
        rows_refuse(rows, "the text, in the field \"%.*s\", is %s, not a string", SHOWN(name), json_kind(value));
}

/* Labels in an array, for rows with any number of labels. */
static void add_labels(struct rows *rows, const json_t *array, const char *name) {
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value) {
        char number[NUMBER_SIZE];
        mood_text label = json_scalar(value, number);
        if (label.data)
            rows_add_label(rows, label);
        else
            rows_refuse(rows, "an element of the array \"%.*s\" is %s, not a label", SHOWN(name), json_kind(value));
    }
}

static void add_label(struct rows *rows, const json_t *value, const char *name) {
    char number[NUMBER_SIZE];
    mood_text label = json_scalar(value, number);
    if (label.data)
        rows_set_label(rows, label);
    else if (json_is_array(value) && rows->options->label_separator)
        add_labels(rows, value, name);
    else if (!value)
        rows_refuse(rows, "the object has no label: the field \"%.*s\" is missing", SHOWN(name));
    else
        rows_refuse(rows, "the label, in the field \"%.*s\", is %s, not a string, a number, true or false", SHOWN(name),
                    json_kind(value));
}

static void add_probabilities(struct rows *rows, const json_t *object) {
    for (size_t k = 0; k < rows->options->probability_count; k++) {
        const char *name = rows->options->probability_columns[k];
        const json_t *value = json_object_get(object, name);
        char number[NUMBER_SIZE];
        if (!json_is_number(value))
            rows_refuse(rows, "the probability, in the field \"%.*s\", is %s, not a number", SHOWN(name),
                        value ? json_kind(value) : "missing");
        else
            rows_set_probability(rows, k, json_scalar(value, number));
    }
}

static void read_line(struct rows *rows, mood_text line, const struct fields *fields) {
    json_error_t error;
    json_t *object = json_line_parse(line, &error);
    size_t position;
    if (!mood_text_validate(line, &position))
        rows_refuse_utf8(rows, line, position, 0);
    else if (!object && json_error_code(&error) == json_error_out_of_memory)
        rows_fail_memory(rows);
    else if (!json_is_object(object))
        rows_refuse(rows, "the line is not a JSON object%s%s; each line has to be one, as jq -c writes them",
                    object ? "" : ": ", object ? "" : error.text);
    else {
        add_text(rows, json_object_get(object, fields->text), fields->text);
        if (soft_labels_are_given(rows->options))
            add_probabilities(rows, object);
        else
            add_label(rows, json_object_get(object, fields->label), fields->label);
    }
    json_decref(object);
}

static void read_json_lines(struct rows *rows, struct input *input) {
    struct lines lines = {.input = input};
    struct fields fields;
    mood_text line;
    bool found = true;
    rows->status = find_fields(rows, input, &fields, rows->err);
    if (rows->status != MOOD_OK)
        mood_error_prefix(rows->err, "%s:1", rows->name);
    while (rows->status == MOOD_OK && found) {
        rows->status = lines_next(&lines, MAX_FIELD, &line, &found, rows->err);
        if (rows->status != MOOD_OK || !found || json_line_is_blank(line))
            continue;
        rows_begin(rows, lines.number);
        read_line(rows, line, &fields);
        rows_end(rows);
    }
    lines_free(&lines);
}

const struct dataset_format format_json_lines = {"JSON lines", matches, read_json_lines};
