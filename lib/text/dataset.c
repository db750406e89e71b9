/* Data sets: opening and access. */
#include "text/dataset.h"
#include "base/errors.h"
#include "text/csv_parser.h"
#include "text/soft_labels.h"
#include "text/threshold.h"

#include <stdlib.h>
#include <string.h>

/* ---- open -------------------------------------------------------------------------------------- */

static const char *check_positive(const mood_dataset_options *options) {
    struct threshold threshold;
    bool compares = threshold_is_given(options->positive);
    if (compares && !threshold_parse(options->positive, &threshold))
        return "positive begins like a comparison, but is none with a number, such as >=4";
    if (compares && options->labels && options->label_count != 2)
        return "a comparison as positive makes two classes, but there are others in labels";
    if (options->labels && options->positive && !compares)
        return "positive has no meaning when labels say the classes";
    if (options->label_separator && options->positive)
        return "positive has no meaning where a row has several labels";
    return NULL;
}

static mood_status check_options(const mood_dataset_options *options, mood_error *err) {
    const char *problem = NULL;
    if (options->size != sizeof *options)
        problem = "size is not that of this version; begin with MOOD_DATASET_OPTIONS";
    else if (options->text_column && options->label_column && strcmp(options->text_column, options->label_column) == 0)
        problem = "text_column and label_column are the same";
    else if (options->labels ? options->label_count == 0 || options->label_count > INT32_MAX
                             : options->label_count != 0)
        problem = "labels and label_count do not fit together";
    else if (options->separator && !separator_is_valid(options->separator))
        problem = SEPARATOR_PROBLEM;
    else if (!options->skip && options->skip_count > 0)
        problem = "skip is NULL";
    else if (!(problem = soft_labels_check_options(options)))
        problem = check_positive(options);
    if (!problem)
        return mood_labels_check(options->labels, options->label_count, err);
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_dataset_options: %s", problem);
}

/* With several labels per row there are n * K targets. Without a limit a small file could take all memory. */
#define MAX_TARGETS ((size_t)1 << 28)

/* Assign classes: one label per row, or several. */
static mood_status assign_labels(mood_dataset *dataset, mood_error *err) {
    size_t K = dataset->labels.class_count;
    bool several = dataset->several;
    if (several && dataset->n > MAX_TARGETS / K)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%zu rows of %zu possible labels are too many: rows times labels can be at most %zu; "
                              "use fewer labels",
                              dataset->n, K, MAX_TARGETS);
    if (several)
        dataset->targets = calloc(dataset->n, K * sizeof *dataset->targets);
    else
        dataset->classes = calloc(dataset->n, sizeof *dataset->classes);
    if (!dataset->targets && !dataset->classes)
        return error_no_memory(err);
    for (size_t i = 0; i < dataset->n; i++) {
        const struct row *row = &dataset->rows[i];
        if (!several)
            dataset->classes[i] = (row->label ? row->label : dataset->marks[row->mark]->label)->index;
        for (size_t m = 0; several && m < row->marks; m++)
            dataset->targets[i * K + (size_t)dataset->marks[row->mark + m]->label->index] = 1.0f;
    }
    return MOOD_OK;
}

static mood_status assign_soft_labels(mood_dataset *dataset, const mood_dataset_options *options, mood_error *err) {
    dataset->classes = calloc(dataset->n, sizeof *dataset->classes);
    if (!dataset->classes)
        return error_no_memory(err);
    return soft_labels_make_classes(&dataset->labels, options, dataset->n, &dataset->soft, dataset->classes, err);
}

/* Convert rows, which contain offsets because the buffer moved while it grew, to texts and labels. */
static mood_status finish_rows(mood_dataset *dataset, const mood_dataset_options *options, mood_error *err) {
    dataset->texts = calloc(dataset->n, sizeof *dataset->texts);
    if (!dataset->texts)
        return error_no_memory(err);
    for (size_t i = 0; i < dataset->n; i++) {
        const struct row *row = &dataset->rows[i];
        dataset->texts[i] = (mood_text){row->size > 0 ? dataset->bytes.data + row->offset : "", row->size};
    }
    mood_status status = soft_labels_are_given(options) ? assign_soft_labels(dataset, options, err)
                                                        : assign_labels(dataset, err);
    free(dataset->rows);
    free(dataset->marks);
    dataset->rows = NULL;
    dataset->marks = NULL;
    return status;
}

static mood_status fill(mood_dataset *dataset, const char *path, const mood_dataset_options *options, mood_error *err) {
    mood_status status = dataset_read(dataset, path, options, err);
    if (status != MOOD_OK)
        return status;
    mood_dataset_options numbering = *options;
    if (dataset->several && !numbering.label_separator)
        numbering.label_separator = ' '; /* fastText's */
    size_t line = 0;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (!soft_labels_are_given(options))
        status = labels_number(&dataset->labels, &numbering, &line, err);
    if (status != MOOD_OK && line > 0)
        mood_error_prefix(err, "%s:%zu", name, line);
    else if (status != MOOD_OK || (status = finish_rows(dataset, options, err)) != MOOD_OK)
        mood_error_prefix(err, "%s", name);
    return status;
}

mood_status mood_dataset_open(const char *path, const mood_dataset_options *options, mood_dataset **dataset,
                              mood_error *err) {
    const mood_dataset_options defaults = MOOD_DATASET_OPTIONS;
    if (!path || !dataset)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_dataset_open: an argument is NULL");
    if (!options)
        options = &defaults;
    mood_status status = check_options(options, err);
    if (status != MOOD_OK)
        return status;
    mood_dataset *made = calloc(1, sizeof *made);
    status = made ? fill(made, path, options, err) : error_no_memory(err);
    if (status != MOOD_OK) {
        mood_dataset_destroy(made);
        return status;
    }
    *dataset = made;
    return MOOD_OK;
}

void mood_dataset_destroy(mood_dataset *dataset) {
    if (!dataset)
        return;
    bytes_free(&dataset->bytes);
    free(dataset->rows);
    free(dataset->marks);
    free(dataset->texts);
    free(dataset->classes);
    free(dataset->targets);
    free(dataset->soft);
    labels_free(&dataset->labels);
    free(dataset->text_column);
    free(dataset->label_column);
    free(dataset->skipped_reason);
    free(dataset->joined);
    free(dataset->encoding);
    free(dataset);
}

/* ---- access ------------------------------------------------------------------------------------ */

size_t mood_dataset_get_count(const mood_dataset *dataset) {
    return dataset->n;
}

const mood_text *mood_dataset_get_texts(const mood_dataset *dataset) {
    return dataset->texts;
}

const int32_t *mood_dataset_get_classes(const mood_dataset *dataset) {
    return dataset->classes;
}

const float *mood_dataset_get_targets(const mood_dataset *dataset) {
    return dataset->targets;
}

const float *mood_dataset_get_probabilities(const mood_dataset *dataset) {
    return dataset->soft;
}

size_t mood_dataset_get_class_count(const mood_dataset *dataset) {
    return dataset->labels.class_count;
}

const char *mood_dataset_get_label(const mood_dataset *dataset, size_t index) {
    return index < dataset->labels.class_count ? dataset->labels.classes[index].name : NULL;
}

const char *mood_dataset_get_raw_label(const mood_dataset *dataset, size_t index) {
    return index < dataset->labels.class_count ? dataset->labels.classes[index].raw : NULL;
}

size_t mood_dataset_get_class_rows(const mood_dataset *dataset, size_t index) {
    return index < dataset->labels.class_count ? dataset->labels.classes[index].rows : 0;
}

const char *mood_dataset_get_positive(const mood_dataset *dataset) {
    return dataset->classes && dataset->labels.class_count == 2 ? dataset->labels.classes[1].raw : NULL;
}

const char *mood_dataset_get_digest(const mood_dataset *dataset) {
    return dataset->digest;
}

const mood_dataset_info *mood_dataset_get_info(const mood_dataset *dataset) {
    return &dataset->info;
}
