/* Collects the rows of a data set. */
#include "text/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/encoding.h"
#include "text/soft_labels.h"
#include "text/trim.h"
#include "text/utf8.h"

/* ---- errors ------------------------------------------------------------------------------------ */

void rows_fail_memory(struct rows *rows) {
    rows->status = error_no_memory(rows->err);
    mood_error_prefix(rows->err, "%s", rows->name);
}

void rows_fail(struct rows *rows, const char *format, ...) {
    mood_error problem = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(problem.message, sizeof problem.message, format, args);
    va_end(args);
    rows->status = mood_error_set(rows->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s", problem.message);
    mood_error_prefix(rows->err, "%s:%zu", rows->name, rows->line);
}

/* Count a skipped row, and keep the first reason. */
static void skip_row(struct rows *rows, const char *reason) {
    mood_dataset_info *info = &rows->dataset->info;
    rows->refused = true;
    if (info->rows_skipped++ > 0)
        return;
    info->first_skipped_line = rows->line;
    info->first_skipped_reason = rows->dataset->skipped_reason = strdup(reason);
    if (!info->first_skipped_reason)
        rows_fail_memory(rows);
}

void rows_refuse(struct rows *rows, const char *format, ...) {
    mood_error problem = {0};
    if (rows->refused || rows->status != MOOD_OK)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(problem.message, sizeof problem.message, format, args);
    va_end(args);
    if (rows->options->skip_errors)
        skip_row(rows, problem.message);
    else
        rows_fail(rows, "%s", problem.message);
}

void rows_refuse_utf8(struct rows *rows, mood_text field, size_t position, size_t number) {
    char problem[MOOD_MESSAGE_SIZE];
    encoding_describe_invalid(rows->dataset->info.encoding, field, position, number, problem, sizeof problem);
    rows_refuse(rows, "%s", problem);
}

/* ---- texts ------------------------------------------------------------------------------------- */

void rows_add_text(struct rows *rows, mood_text text) {
    struct bytes *bytes = &rows->dataset->bytes;
    if (rows->refused)
        return;
    rows->row.size += text.size;
    if (!bytes_append(bytes, text.data, text.size))
        rows_fail_memory(rows);
}

/* ---- labels ------------------------------------------------------------------------------------ */

/* The spelling of a label; NULL if it is refused. */
static struct spelling *find_label(struct rows *rows, mood_text label) {
    mood_error problem = {0};
    if (rows->refused || rows->status != MOOD_OK)
        return NULL;
    if (label_check(label, &problem) != MOOD_OK) {
        rows_refuse(rows, "%s; this may not be the column of the labels", problem.message);
        return NULL;
    }
    struct spelling *spelling = labels_find(&rows->dataset->labels, label, rows->options);
    if (!spelling) {
        rows_fail_memory(rows);
        return NULL;
    }
    rows->dropped |= spelling->skipped;
    if (rows->compared && !spelling->skipped && !label_is_number(spelling->text)) {
        rows_refuse(rows,
                    "the label \"%.*s\" is not a number, which --positive '%.20s' needs; drop its rows with --skip",
                    utf8_shown(spelling->text, 60), spelling->text, rows->options->positive);
        return NULL;
    }
    return spelling;
}

void rows_add_label(struct rows *rows, mood_text name) {
    mood_dataset *dataset = rows->dataset;
    if (name.size == 0) {
        rows_refuse(rows, "there is an empty label; fill it in, or remove it with its separator");
        return;
    }
    struct spelling *spelling = find_label(rows, name);
    if (!spelling || spelling->label->seen == rows->number)
        return;
    struct spelling **marks =
        array_grow(dataset->marks, &dataset->mark_capacity, dataset->mark_count + 1, sizeof *marks);
    if (!marks) {
        rows_fail_memory(rows);
        return;
    }
    dataset->marks = marks;
    marks[dataset->mark_count++] = spelling;
    spelling->label->seen = rows->number;
    rows->row.marks++;
}

/* Parse joy|anger: labels joined by the separator; an empty field has no labels. */
static void add_joined(struct rows *rows, mood_text field) {
    if (trim(field).size == 0)
        return;
    while (rows->status == MOOD_OK && !rows->refused) {
        const char *end = memchr(field.data, rows->options->label_separator, field.size);
        size_t before = end ? (size_t)(end - field.data) : field.size;
        mood_text label = trim((mood_text){field.data, before});
        if (label.size == 0)
            rows_refuse(rows, "there is an empty label next to '%c'; fill it in, or remove the separator",
                        rows->options->label_separator);
        else
            rows_add_label(rows, label);
        if (!end)
            return;
        field = (mood_text){end + 1, field.size - before - 1};
    }
}

void rows_set_label(struct rows *rows, mood_text field) {
    if (rows->options->label_separator) {
        add_joined(rows, field);
        return;
    }
    field = trim(field);
    if (field.size == 0)
        rows_refuse(rows, "the label is empty; fill it in, or remove the row");
    else
        rows->spelling = find_label(rows, field);
}

void rows_set_probability(struct rows *rows, size_t index, mood_text field) {
    mood_dataset *dataset = rows->dataset;
    size_t count = rows->options->probability_count;
    const char *column = rows->options->probability_columns[index];
    if (rows->refused || rows->status != MOOD_OK)
        return;
    float *soft = array_grow(dataset->soft, &dataset->soft_capacity, (dataset->n + 1) * count, sizeof *soft);
    if (!soft) {
        rows_fail_memory(rows);
        return;
    }
    dataset->soft = soft;
    float *numbers = soft + dataset->n * count;
    if (!soft_label_parse(field, &numbers[index]))
        rows_refuse(rows, "\"%.*s\" in the column \"%.*s\" is not a probability, a number from 0 to 1",
                    field.size < 60 ? (int)field.size : 60, field.data, utf8_shown(column, 60), column);
    else if (index + 1 == count && (column = soft_label_finish(numbers, rows->options)))
        rows_refuse(rows, count == 1 ? "the probability %s" : "the probabilities %s", column);
}

/* ---- rows -------------------------------------------------------------------------------------- */

bool rows_start(struct rows *rows, mood_dataset *dataset, const mood_dataset_options *options, const char *name,
                mood_error *err) {
    *rows = (struct rows){.dataset = dataset, .options = options, .name = name, .line = 1, .err = err};
    rows->compared = threshold_parse(options->positive, &rows->threshold);
    if (!labels_start(&dataset->labels, options))
        rows_fail_memory(rows);
    return rows->status == MOOD_OK;
}

void rows_begin(struct rows *rows, size_t line) {
    mood_dataset *dataset = rows->dataset;
    rows->line = line;
    rows->number++;
    rows->bytes_before = dataset->bytes.size;
    rows->marks_before = dataset->mark_count;
    rows->row = (struct row){.offset = dataset->bytes.size, .mark = dataset->mark_count};
    rows->spelling = NULL;
    rows->refused = rows->dropped = false;
}

static void remove_row(struct rows *rows) {
    rows->dataset->bytes.size = rows->bytes_before;
    rows->dataset->mark_count = rows->marks_before;
}

/* Count the row's labels. */
static void count_labels(struct rows *rows) {
    mood_dataset *dataset = rows->dataset;
    if (rows->spelling) {
        label_count_row(rows->spelling, rows->line);
        rows->row.label = rows->spelling->label;
    }
    for (size_t m = 0; m < rows->row.marks; m++)
        label_count_row(dataset->marks[rows->row.mark + m], rows->line);
}

void rows_end(struct rows *rows) {
    mood_dataset *dataset = rows->dataset;
    mood_dataset_info *info = &dataset->info;
    if (rows->status != MOOD_OK)
        return;
    info->rows_read++;
    bool blank =
        !rows->refused && !rows->dropped &&
        utf8_is_blank((mood_text){rows->row.size ? dataset->bytes.data + rows->row.offset : "", rows->row.size});
    bool blank_dropped = blank && rows->options->drop_empty_texts;
    info->rows_of_skipped_labels += rows->dropped && !rows->refused;
    info->rows_of_empty_texts += blank_dropped;
    if (rows->refused || rows->dropped || blank_dropped) {
        remove_row(rows);
        return;
    }
    struct row *added = array_grow(dataset->rows, &dataset->row_capacity, dataset->n + 1, sizeof *added);
    if (!added) {
        rows_fail_memory(rows);
        return;
    }
    dataset->rows = added;
    count_labels(rows);
    added[dataset->n++] = rows->row;
    info->empty_texts += blank;
    if (rows->row.marks > dataset->most_marks)
        dataset->most_marks = rows->row.marks;
}
