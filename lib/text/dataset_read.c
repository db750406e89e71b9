/* Reads a data set's file: chooses the format by the first bytes, and describes what was read. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/dataset_format.h"

/* The last one takes all files. */
static const struct dataset_format *const formats[] = {&format_json_lines, &format_fasttext, &format_csv};

const struct dataset_format *dataset_format_find(const struct input *input) {
    const char *bytes = input->sample.data;
    size_t size = input->sample.size, i = 0;
    for (; size > 0 && strchr(" \t\r\n", *bytes) && *bytes; size--)
        bytes++;
    while (!formats[i]->matches(bytes, size))
        i++;
    return formats[i];
}

/* At least one row is needed; *line of an error is unknown. */
static void check_rows(struct rows *rows) {
    const mood_dataset_info *info = &rows->dataset->info;
    if (rows->dataset->n > 0)
        return;
    if (info->rows_skipped == 0) {
        rows->status = mood_error_set(rows->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: %s", rows->name,
                                      info->rows_read ? "no row is left: all have an empty text or a label to skip"
                                      : !info->header ? "the file is empty; it needs rows of a text and a label"
                                                      : "there are no rows below the first line");
        return;
    }
    rows->line = info->first_skipped_line;
    rows_fail(rows, "no row could be read; the first one: %s", info->first_skipped_reason);
}

static mood_status copy_name(char **copy, const char **member, const char *name, mood_error *err) {
    *copy = strdup(name);
    *member = *copy;
    return *copy ? MOOD_OK : error_no_memory(err);
}

static mood_status describe(mood_dataset *dataset, const struct source *source, const struct input *input,
                            mood_error *err) {
    dataset->info.compression = source_compression(source);
    return copy_name(&dataset->encoding, &dataset->info.encoding, input->encoding.name, err);
}

static mood_status describe_joined(mood_dataset *dataset, mood_error *err) {
    struct bytes spellings = {0};
    labels_choose_texts(&dataset->labels);
    if (!labels_describe_joined(&dataset->labels, &spellings, &dataset->info.joined_labels)) {
        bytes_free(&spellings);
        return error_no_memory(err);
    }
    dataset->info.joined_spellings = dataset->joined = spellings.data;
    return MOOD_OK;
}

static mood_status read_input(mood_dataset *dataset, struct input *input, const mood_dataset_options *options,
                              mood_error *err) {
    struct rows rows;
    const struct dataset_format *format = dataset_format_find(input);
    dataset->info.format = format->name;
    if (rows_start(&rows, dataset, options, input->source->name, err))
        format->read(&rows, input);
    if (rows.status == MOOD_OK)
        check_rows(&rows);
    if (rows.status != MOOD_OK)
        return rows.status;
    dataset->several = options->label_separator || dataset->most_marks > 1;
    return describe_joined(dataset, err);
}

mood_status dataset_read(mood_dataset *dataset, const char *path, const mood_dataset_options *options,
                         mood_error *err) {
    struct source source;
    struct input input;
    mood_status status = source_open(&source, path, err);
    if (status != MOOD_OK)
        return status;
    source.has_digest = true;
    status = input_open(&input, &source, options->encoding, err);
    if (status == MOOD_OK) {
        status = describe(dataset, &source, &input, err);
        if (status == MOOD_OK)
            status = read_input(dataset, &input, options, err);
        input_close(&input);
    }
    if (status == MOOD_OK)
        source_digest(&source, dataset->digest);
    source_close(&source);
    return status;
}
