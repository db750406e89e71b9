/* Assigns labels to classes: in the order of the labels themselves, or by a given list of names. */
#include "text/labels.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "text/threshold.h"
#include "text/utf8.h"

/* The longest part of a label in a message; with a wrong column labels can be very long. */
#define SHOWN(label) utf8_shown(label, 60), label

/* ---- order ------------------------------------------------------------------------------------- */

static bool parse_integer(const char *text, long long *number) {
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] < '0' || digits[0] > '9')
        return false;
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* The order of UTF-8 bytes is the order of code points. */
static int compare_texts(const void *left, const void *right) {
    const struct label *a = *(struct label *const *)left, *b = *(struct label *const *)right;
    return strcmp(a->text, b->text);
}

static int compare_integers(const void *left, const void *right) {
    const struct label *a = *(struct label *const *)left, *b = *(struct label *const *)right;
    long long first = 0, second = 0;
    parse_integer(a->key, &first);
    parse_integer(b->key, &second);
    return first != second ? (first > second) - (first < second) : strcmp(a->text, b->text);
}

static int compare_numbers(const void *left, const void *right) {
    const struct label *a = *(struct label *const *)left, *b = *(struct label *const *)right;
    double first = label_number(a->key), second = label_number(b->key);
    return first != second ? (first > second) - (first < second) : strcmp(a->text, b->text);
}

static void sort_labels(struct label **order, size_t count) {
    bool integers = true, numbers = true;
    for (size_t i = 0; i < count && numbers; i++) {
        long long number;
        numbers = label_is_number(order[i]->key);
        integers = integers && parse_integer(order[i]->key, &number);
    }
    qsort(order, count, sizeof *order, !numbers ? compare_texts : integers ? compare_integers : compare_numbers);
}

/* ---- two labels -------------------------------------------------------------------------------- */

static bool is_positive_name(const struct label *label) {
    static const char *const names[] = {"1", "pos", "positive", "yes", "true", "good"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(label->key, names[i]) == 0)
            return true;
    return false;
}

/* order [2]: move the positive label to the second position. */
static mood_status put_positive_last(const struct labels *labels, struct label **order, const char *positive,
                                     mood_error *err) {
    bool swap;
    if (positive) {
        const struct label *named = labels_get(labels, positive);
        swap = order[0] == named;
        if (!swap && order[1] != named)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "no row has the label \"%.*s\" of --positive; the labels are \"%.*s\" and \"%.*s\"",
                                  SHOWN(positive), SHOWN(order[0]->text), SHOWN(order[1]->text));
    } else {
        swap = is_positive_name(order[0]) && !is_positive_name(order[1]);
    }
    if (swap) {
        struct label *first = order[0];
        order[0] = order[1];
        order[1] = first;
    }
    return MOOD_OK;
}

static const char *class_name(struct label *const *order, size_t count, size_t index, bool several) {
    static const char *const names[] = {"negative", "positive"};
    bool numbers = count == 2 && !several && strcmp(order[0]->key, "0") == 0 && strcmp(order[1]->key, "1") == 0;
    return numbers ? names[index] : order[index]->text;
}

/* ---- classes from the labels ------------------------------------------------------------------- */

static mood_status check_labels(struct label *const *order, size_t count, const mood_dataset_options *options,
                                size_t *line, mood_error *err) {
    if (count < 2 && options->label_separator)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "the rows have %s; a model of several labels needs two or more",
                              count ? "one label in all" : "no labels");
    if (count == 1)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "every row has the label \"%.*s\"; there must be at least two labels",
                              SHOWN(order[0]->text));
    for (size_t i = 0; i < count; i++)
        if (order[i]->rows == 1) {
            *line = order[i]->line;
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                  "the label \"%.*s\" occurs only once; correct it, remove the row, or add more of "
                                  "its kind",
                                  SHOWN(order[i]->text));
        }
    if (options->positive && count > 2)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "\"%.*s\" can't be the positive label: there are %zu labels, and only one of two "
                              "can be",
                              SHOWN(options->positive), count);
    return MOOD_OK;
}

static bool make_classes(struct labels *labels, size_t count) {
    labels->classes = calloc(count, sizeof *labels->classes);
    labels->class_count = labels->classes ? count : 0;
    return labels->classes;
}

static mood_status number_found(struct labels *labels, struct label **order, size_t count,
                                const mood_dataset_options *options, size_t *line, mood_error *err) {
    sort_labels(order, count);
    mood_status status = check_labels(order, count, options, line, err);
    if (status == MOOD_OK && count == 2 && !options->label_separator)
        status = put_positive_last(labels, order, options->positive, err);
    if (status != MOOD_OK)
        return status;
    if (!make_classes(labels, count))
        return error_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct class *class = &labels->classes[i];
        order[i]->index = (int32_t)i;
        class->raw = order[i]->text;
        class->rows = order[i]->rows;
        class->name = strdup(class_name(order, count, i, options->label_separator));
        if (!class->name)
            return error_no_memory(err);
    }
    return MOOD_OK;
}

/* ---- given classes ----------------------------------------------------------------------------- */

/* If a name occurs twice, the first one's number is used. */
static void number_labels(struct labels *labels, const mood_dataset_options *options) {
    for (size_t i = options->label_count; i-- > 0;) {
        struct label *label = labels_get(labels, options->labels[i]);
        if (label)
            label->index = (int32_t)i;
    }
}

/* A model calls the labels 0 and 1 negative and positive, so the data may contain them as digits. */
static void number_digits(struct labels *labels, const mood_dataset_options *options) {
    if (options->label_count != 2)
        return;
    bool swapped = strcmp(options->labels[0], "positive") == 0 && strcmp(options->labels[1], "negative") == 0;
    if (!swapped && (strcmp(options->labels[0], "negative") != 0 || strcmp(options->labels[1], "positive") != 0))
        return;
    struct label *zero = labels_get(labels, "0"), *one = labels_get(labels, "1");
    if (zero)
        zero->index = swapped;
    if (one)
        one->index = !swapped;
}

static mood_status error_unknown(const mood_dataset_options *options, const char *label, mood_error *err) {
    struct bytes names = {0};
    bool listed = true;
    for (size_t i = 0; i < options->label_count && i < 20 && listed; i++)
        listed = bytes_append(&names, i > 0 ? ", " : "", i > 0 ? 2 : 0) &&
                 bytes_append(&names, options->labels[i], strlen(options->labels[i]));
    bool cut = options->label_count > 20;
    listed = listed && bytes_append(&names, cut ? ", …" : "", cut ? sizeof ", …" : 1);
    mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                   "the label \"%.*s\" is not among those of the model: %s; correct it, or remove the row",
                   SHOWN(label), listed ? names.data : "");
    bytes_free(&names);
    return MOOD_ERR_FORMAT;
}

static mood_status number_given(struct labels *labels, const mood_dataset_options *options, size_t *line,
                                mood_error *err) {
    if (!make_classes(labels, options->label_count))
        return error_no_memory(err);
    for (size_t i = 0; i < options->label_count; i++) {
        struct class *class = &labels->classes[i];
        class->raw = class->name = strdup(options->labels[i]);
        if (!class->name)
            return error_no_memory(err);
    }
    number_labels(labels, options);
    number_digits(labels, options);
    for (struct label *label = labels->table; label; label = label->hh.next) {
        if (label->rows == 0)
            continue;
        if (label->index == NO_CLASS) {
            *line = label->line;
            return error_unknown(options, label->text, err);
        }
        struct class *class = &labels->classes[label->index];
        if (class->rows == 0)
            class->raw = label->text;
        class->rows += label->rows;
    }
    return MOOD_OK;
}

/* ---- classes by a comparison ------------------------------------------------------------------- */

/* The names of the classes: those of the options, or negative and positive. *positive: the index of the class of the
 * accepted labels. */
static bool make_compared_classes(struct labels *labels, const mood_dataset_options *options, size_t *positive) {
    static const char *const names[] = {"negative", "positive"};
    const char *const *given = options->labels ? options->labels : names;
    *positive = strcmp(given[0], "positive") == 0 && strcmp(given[1], "negative") == 0 ? 0 : 1;
    if (!make_classes(labels, 2))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (!(labels->classes[i].raw = labels->classes[i].name = strdup(given[i])))
            return false;
    struct class *accepted = &labels->classes[*positive];
    accepted->raw = accepted->owned = strdup(options->positive);
    return accepted->owned;
}

/* ">=4": numerical labels become two classes. */
static mood_status number_compared(struct labels *labels, const mood_dataset_options *options, mood_error *err) {
    struct threshold threshold = {0};
    size_t positive;
    if (!threshold_parse(options->positive, &threshold) || !make_compared_classes(labels, options, &positive))
        return error_no_memory(err);
    for (struct label *label = labels->table; label; label = label->hh.next) {
        label->index = (int32_t)(threshold_accepts(&threshold, label->key) ? positive : 1 - positive);
        labels->classes[label->index].rows += label->rows;
    }
    for (size_t i = 0; i < 2 && !options->labels; i++)
        if (labels->classes[i].rows < 2)
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                  "with --positive '%.*s' %zu rows are %s; there must be two or more of each class",
                                  SHOWN(options->positive), labels->classes[i].rows, labels->classes[i].name);
    return MOOD_OK;
}

mood_status labels_number(struct labels *labels, const mood_dataset_options *options, size_t *line, mood_error *err) {
    *line = 0;
    labels_choose_texts(labels);
    if (threshold_is_given(options->positive))
        return number_compared(labels, options, err);
    if (options->labels)
        return number_given(labels, options, line, err);
    size_t count = HASH_COUNT(labels->table);
    struct label **order = calloc(count + 1, sizeof *order);
    if (!order)
        return error_no_memory(err);
    size_t i = 0;
    for (struct label *label = labels->table; label; label = label->hh.next)
        if (label->rows > 0)
            order[i++] = label;
    mood_status status = number_found(labels, order, i, options, line, err);
    free(order);
    return status;
}
