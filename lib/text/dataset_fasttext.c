/* Reads fastText's format: each line has its labels, __label__NAME, and its text. */
#include <string.h>

#include "base/errors.h"
#include "text/soft_labels.h"
#include "text/dataset_format.h"
#include "text/lines.h"

#define PREFIX "__label__"
#define PREFIX_SIZE (sizeof PREFIX - 1)

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r' || c == '\0';
}

static bool has_label(mood_text text) {
    return text.size >= PREFIX_SIZE && memcmp(text.data, PREFIX, PREFIX_SIZE) == 0;
}

static bool matches(const char *bytes, size_t size) {
    return has_label((mood_text){bytes, size});
}

/* The next label that begins a word; its size is 0 if there is none. */
static mood_text next_label(mood_text line) {
    for (size_t i = 0; i + PREFIX_SIZE <= line.size; i++) {
        mood_text rest = {line.data + i, line.size - i};
        if ((i > 0 && !is_space(line.data[i - 1])) || !has_label(rest))
            continue;
        size_t size = PREFIX_SIZE;
        while (size < rest.size && !is_space(rest.data[size]))
            size++;
        return (mood_text){rest.data, size};
    }
    return (mood_text){line.data + line.size, 0};
}

/* Add a part of the text between labels, without the spaces around it. */
static void add_text(struct rows *rows, mood_text part) {
    while (part.size > 0 && is_space(part.data[0]))
        part.data++, part.size--;
    while (part.size > 0 && is_space(part.data[part.size - 1]))
        part.size--;
    if (part.size > 0 && rows->row.size > 0)
        rows_add_text(rows, (mood_text){" ", 1});
    rows_add_text(rows, part);
}

/* A model that gives one label, or a positive label, needs one label in each line. */
static void check_count(struct rows *rows) {
    const mood_dataset_options *options = rows->options;
    size_t marks = rows->row.marks;
    if (marks == 0 && !options->label_separator)
        rows_refuse(rows, "the line has no " PREFIX);
    else if (marks > 1 && !options->label_separator && (options->labels || options->positive))
        rows_refuse(rows, "the line has %zu labels, but the model gives each text one", marks);
}

static void read_line(struct rows *rows, mood_text line) {
    size_t position;
    if (!mood_text_validate(line, &position)) {
        rows_refuse_utf8(rows, line, position, 0);
        return;
    }
    for (mood_text label = next_label(line); label.size > 0; label = next_label(line)) {
        size_t before = (size_t)(label.data - line.data), used = before + label.size;
        add_text(rows, (mood_text){line.data, before});
        rows_add_label(rows, (mood_text){label.data + PREFIX_SIZE, label.size - PREFIX_SIZE});
        line = (mood_text){line.data + used, line.size - used};
    }
    add_text(rows, line);
    check_count(rows);
}

static bool is_blank(mood_text line) {
    while (line.size > 0 && is_space(line.data[line.size - 1]))
        line.size--;
    return line.size == 0;
}

static void read_fasttext(struct rows *rows, struct input *input) {
    struct lines lines = {.input = input};
    mood_text line;
    bool found = true;
    if (soft_labels_are_given(rows->options))
        rows_fail(rows, "fastText's format has no columns of probabilities; use CSV or JSON lines");
    while (rows->status == MOOD_OK && found) {
        rows->status = lines_next(&lines, MAX_FIELD, &line, &found, rows->err);
        if (rows->status != MOOD_OK || !found || is_blank(line))
            continue;
        rows_begin(rows, lines.number);
        read_line(rows, line);
        rows_end(rows);
    }
    lines_free(&lines);
}

const struct dataset_format format_fasttext = {"fastText", matches, read_fasttext};
