/* Writes the rows of a table with columns added to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "new_file.h"
#include "table_output.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- format ----------------------------------------------------------------------------------------- */

static bool ends_in(const char *path, size_t size, const char *ending) {
    size_t length = strlen(ending);
    return size > length && strncmp(path + size - length, ending, length) == 0;
}

enum table_format table_output_named(const char *path, char *separator) {
    size_t size = strlen(path) - (is_gzip_name(path) ? strlen(".gz") : 0);
    bool tabs = ends_in(path, size, ".tsv");
    *separator = tabs ? '\t' : '\0';
    if (tabs || ends_in(path, size, ".csv"))
        return TABLE_FORMAT_CSV;
    return ends_in(path, size, ".jsonl") || ends_in(path, size, ".ndjson") ? TABLE_FORMAT_JSON_LINES
                                                                           : TABLE_FORMAT_NONE;
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static char *quote(mood_text text) {
    json_t *string = json_stringn(text.data, text.size);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    json_decref(string);
    return quoted;
}

static void append_quoted(struct buffer *out, mood_text text) {
    char *quoted = quote(text);
    if (quoted)
        buffer_append_string(out, quoted);
    else
        out->failed = true;
    free(quoted);
}

static char **quote_strings(char *const *strings, size_t count) {
    char **quoted = calloc(count ? count : 1, sizeof *quoted);
    for (size_t i = 0; quoted && i < count; i++)
        if (!(quoted[i] = quote((mood_text){strings[i], strlen(strings[i])})))
            return quoted; /* found by all_quoted */
    return quoted;
}

static bool all_quoted(char **quoted, size_t count) {
    return quoted && (count == 0 || quoted[count - 1]);
}

static char **quote_labels(const struct table_output *output) {
    char **quoted = calloc(output->label_count, sizeof *quoted);
    for (size_t i = 0; quoted && i < output->label_count; i++) {
        const char *label = mood_scorer_get_label(output->columns->scorer, i);
        if (!(quoted[i] = quote((mood_text){label, strlen(label)})))
            return quoted;
    }
    return quoted;
}

static void free_strings(char **strings, size_t count) {
    for (size_t i = 0; strings && i < count; i++)
        free(strings[i]);
    free(strings);
}

/* ---- opening ---------------------------------------------------------------------------------------- */

/* The names of a CSV file's columns as members of an object. */
static mood_status quote_names(struct table_output *output, mood_error *err) {
    const mood_text *names = mood_table_get_names(output->table);
    output->names = calloc(output->width, sizeof *output->names);
    for (size_t i = 0; i < output->width; i++) {
        for (size_t j = 0; j < i; j++)
            if (names[i].size == names[j].size && memcmp(names[i].data, names[j].data, names[i].size) == 0)
                return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                      "%s: columns %zu and %zu have the same name, \"%.*s\", which members of a JSON "
                                      "object can't have; rename one, or write CSV",
                                      output->path, j + 1, i + 1, names[i].size < 60 ? (int)names[i].size : 60,
                                      names[i].data);
        if (!output->names || !(output->names[i] = quote(names[i])))
            return no_memory(err);
    }
    return MOOD_OK;
}

/* The names of all fields. */
static mood_status list_known(struct table_output *output, mood_error *err) {
    const mood_text *names = mood_table_get_names(output->table);
    output->known = json_object();
    output->names = calloc(output->width ? output->width : 1, sizeof *output->names);
    for (size_t i = 0; output->known && output->names && i < output->width; i++) {
        output->names[i] = strndup(names[i].data, names[i].size);
        if (!output->names[i] || json_object_set_new(output->known, output->names[i], json_true()) != 0)
            return no_memory(err);
    }
    return output->known && output->names ? MOOD_OK : no_memory(err);
}

mood_status table_output_create(struct table_output *output, const char *path, const mood_table *table,
                                const struct score_columns *columns, enum table_format format, char separator,
                                mood_error *err) {
    const mood_dataset_info *info = mood_table_get_info(table);
    bool from_json = info->separator == '\0';
    *output = (struct table_output){
        .path = path,
        .table = table,
        .columns = columns,
        .format = format      ? format
                  : from_json ? TABLE_FORMAT_JSON_LINES
                              : TABLE_FORMAT_CSV,
        .separator = separator   ? separator
                     : from_json ? ','
                                 : info->separator,
        .from_json = from_json,
        .width = mood_table_get_width(table),
        .label_count = mood_scorer_get_labels(columns->scorer),
    };
    mood_status status = MOOD_OK;
    if (output->format == TABLE_FORMAT_CSV)
        status = from_json ? list_known(output, err) : MOOD_OK;
    else if (!from_json)
        status = quote_names(output, err);
    if (status == MOOD_OK && output->format == TABLE_FORMAT_JSON_LINES) {
        output->added = quote_strings(columns->names, columns->count);
        output->labels = quote_labels(output);
        if (!all_quoted(output->added, columns->count) || !all_quoted(output->labels, output->label_count))
            status = no_memory(err);
    }
    if (status != MOOD_OK)
        table_output_destroy(output);
    return status;
}

void table_output_destroy(struct table_output *output) {
    free_strings(output->names, output->width);
    free_strings(output->added, output->columns ? output->columns->count : 0);
    free_strings(output->labels, output->label_count);
    json_decref(output->known);
    *output = (struct table_output){0};
}

/* ---- CSV -------------------------------------------------------------------------------------------- */

static bool needs_quotes(const struct table_output *output, mood_text field) {
    for (size_t i = 0; i < field.size; i++)
        if (field.data[i] == output->separator || field.data[i] == '"' || field.data[i] == '\n' ||
            field.data[i] == '\r')
            return true;
    return false;
}

/* RFC 4180. */
static void append_field(const struct table_output *output, mood_text field, struct buffer *out) {
    if (!needs_quotes(output, field)) {
        buffer_append_text(out, field);
        return;
    }
    buffer_append_byte(out, '"');
    while (field.size > 0) {
        const char *end = memchr(field.data, '"', field.size);
        size_t size = end ? (size_t)(end - field.data) + 1 : field.size;
        buffer_append(out, field.data, size);
        if (end)
            buffer_append_byte(out, '"');
        field = (mood_text){field.data + size, field.size - size};
    }
    buffer_append_byte(out, '"');
}

static void append_fields(const struct table_output *output, const mood_text *fields, struct buffer *out) {
    for (size_t i = 0; i < output->width; i++) {
        if (i > 0)
            buffer_append_byte(out, output->separator);
        append_field(output, fields[i], out);
    }
}

static void append_value(const struct table_output *output, const json_t *value, struct buffer *out) {
    if (json_is_string(value)) {
        append_field(output, (mood_text){json_string_value(value), json_string_length(value)}, out);
        return;
    }
    if (!value || json_is_null(value))
        return;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (text)
        append_field(output, (mood_text){text, strlen(text)}, out);
    else
        out->failed = true;
    free(text);
}

/* ---- rows of JSON ----------------------------------------------------------------------------------- */

static mood_status refuse_member(const struct table_output *output, const mood_table_row *row, const char *name,
                                 const char *problem, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s:%zu: the object has the field \"%.60s\", %s",
                          output->path, row->line, name, problem);
}

static json_t *parse(const mood_table_row *row) {
    return json_loadb(row->object.data, row->object.size, JSON_ALLOW_NUL, NULL);
}

/* From an object to a row of CSV. */
static mood_status begin_from_object(const struct table_output *output, const mood_table_row *row, struct buffer *out,
                                     mood_error *err) {
    json_t *object = parse(row), *value;
    const char *key;
    mood_status status = object ? MOOD_OK : no_memory(err);
    json_object_foreach(object, key, value)
        if (status == MOOD_OK && !json_object_get(output->known, key))
            status = refuse_member(output, row, key,
                                   "which the first objects do not have, so it has no column; write JSON lines "
                                   "(-o NAME.jsonl)",
                                   err);
    for (size_t i = 0; i < output->width && status == MOOD_OK; i++) {
        if (i > 0)
            buffer_append_byte(out, output->separator);
        append_value(output, json_object_get(object, output->names[i]), out);
    }
    json_decref(object);
    return status;
}

/* True if a member of that name may be in the object: a cheap test that excludes almost all. */
static bool may_have(mood_text object, const char *quoted) {
    return memmem(object.data, object.size, quoted, strlen(quoted)) || memchr(object.data, '\\', object.size);
}

/* An added name is not one of the first objects' fields, but it may be one of this object's. */
static mood_status check_members(const struct table_output *output, const mood_table_row *row, mood_error *err) {
    const struct score_columns *columns = output->columns;
    json_t *object = NULL;
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < columns->count && status == MOOD_OK; i++) {
        if (!may_have(row->object, output->added[i]))
            continue;
        if (!object && !(object = parse(row)))
            return no_memory(err);
        if (json_object_get(object, columns->names[i]))
            status = refuse_member(output, row, columns->names[i],
                                   "which mood adds, as the first objects do not have it; rename it", err);
    }
    json_decref(object);
    return status;
}

/* The object without its closing bracket, and a comma unless it is empty. */
static mood_status begin_object(const struct table_output *output, const mood_table_row *row, struct buffer *out,
                                mood_error *err) {
    mood_text object = row->object;
    mood_status status = check_members(output, row, err);
    if (status != MOOD_OK)
        return status;
    while (object.size > 0 && object.data[object.size - 1] != '}')
        object.size--;
    object.size -= object.size > 0;
    while (object.size > 0 && strchr(" \t\r", object.data[object.size - 1]))
        object.size--;
    buffer_append_text(out, object);
    if (object.size > 0 && object.data[object.size - 1] != '{')
        buffer_append_byte(out, ',');
    return MOOD_OK;
}

static void begin_from_fields(const struct table_output *output, const mood_table_row *row, struct buffer *out) {
    buffer_append_byte(out, '{');
    for (size_t i = 0; i < output->width; i++) {
        buffer_append_string(out, output->names[i]);
        buffer_append_byte(out, ':');
        append_quoted(out, row->fields[i]);
        buffer_append_byte(out, ',');
    }
}

/* ---- rows ------------------------------------------------------------------------------------------- */

void table_output_write_names(const struct table_output *output, struct buffer *out) {
    if (output->format != TABLE_FORMAT_CSV || (!output->from_json && !mood_table_get_info(output->table)->header))
        return;
    append_fields(output, mood_table_get_names(output->table), out);
    for (size_t i = 0; i < output->columns->count; i++) {
        const char *name = output->columns->names[i];
        if (output->width > 0 || i > 0)
            buffer_append_byte(out, output->separator);
        append_field(output, (mood_text){name, strlen(name)}, out);
    }
    buffer_append_byte(out, '\n');
}

mood_status table_output_begin_row(const struct table_output *output, const mood_table_row *row, struct buffer *out,
                                   mood_error *err) {
    mood_status status = MOOD_OK;
    if (output->format == TABLE_FORMAT_CSV && !output->from_json)
        append_fields(output, row->fields, out);
    else if (output->format == TABLE_FORMAT_CSV)
        status = begin_from_object(output, row, out, err);
    else if (output->from_json)
        status = begin_object(output, row, out, err);
    else
        begin_from_fields(output, row, out);
    return status == MOOD_OK && out->failed ? no_memory(err) : status;
}

/* The label, or of a multi-label model an array of those that apply. */
static void append_json_label(const struct table_output *output, const float *scores, struct buffer *out) {
    const mood_head *head = mood_scorer_get_head(output->columns->scorer);
    if (!head->multi_label) {
        buffer_append_string(out, output->labels[mood_head_decide(head, scores)]);
        return;
    }
    const char *before = "[";
    for (size_t i = 0; i < head->labels; i++)
        if (mood_head_applies(head, scores, i)) {
            buffer_append_string(out, before);
            buffer_append_string(out, output->labels[i]);
            before = ",";
        }
    buffer_append_string(out, *before == '[' ? "[]" : "]");
}

static void end_csv_row(const struct table_output *output, const float *scores, struct buffer *out) {
    struct buffer label = {0};
    score_columns_write_label(output->columns, scores, &label);
    if (output->width > 0)
        buffer_append_byte(out, output->separator);
    append_field(output, buffer_part(&label, 0, label.size), out);
    out->failed |= label.failed;
    buffer_free(&label);
    for (size_t i = 1; i < output->columns->count; i++) {
        buffer_append_byte(out, output->separator);
        score_columns_write_number(output->columns, scores, i, out);
    }
    buffer_append_byte(out, '\n');
}

static void end_json_row(const struct table_output *output, const float *scores, struct buffer *out) {
    for (size_t i = 0; i < output->columns->count; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        buffer_append_string(out, output->added[i]);
        buffer_append_byte(out, ':');
        if (i == 0)
            append_json_label(output, scores, out);
        else
            score_columns_write_number(output->columns, scores, i, out);
    }
    buffer_append_string(out, "}\n");
}

void table_output_end_row(const struct table_output *output, const float *scores, struct buffer *out) {
    if (output->format == TABLE_FORMAT_CSV)
        end_csv_row(output, scores, out);
    else
        end_json_row(output, scores, out);
}
