/* Checks names of classes. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/printable.h"
#include "text/labels.h"
#include "text/utf8.h"

static mood_status refuse(mood_error *err, const char *problem) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "the label %s", problem);
}

mood_status label_check(mood_text label, mood_error *err) {
    if (label.size == 0)
        return refuse(err, "is empty");
    if (label.size > MOOD_LABEL_MAX)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "the label has %zu bytes, more than %d",
                              label.size, MOOD_LABEL_MAX);
    if (!mood_text_validate(label, NULL))
        return refuse(err, "is not valid UTF-8");
    if (!text_is_printable(label))
        return refuse(err, "holds a line break, a tab or another control character, or one that reorders text");
    return MOOD_OK;
}

static int compare(const void *left, const void *right) {
    const char *const *a = *(const char *const *const *)left, *const *b = *(const char *const *const *)right;
    int order = strcmp(*a, *b);
    return order != 0 ? order : (a > b) - (a < b);
}

/* Check for duplicates with sorted pointers to the labels: equal ones are adjacent, in the order of the list. */
static mood_status check_unique(const char *const *labels, size_t count, mood_error *err) {
    const char *const **order = calloc(count ? count : 1, sizeof *order);
    mood_status status = MOOD_OK;
    if (!order)
        return error_no_memory(err);
    for (size_t i = 0; i < count; i++)
        order[i] = &labels[i];
    qsort(order, count, sizeof *order, compare);
    for (size_t i = 1; i < count && status == MOOD_OK; i++)
        if (strcmp(*order[i - 1], *order[i]) == 0)
            status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                    "labels %zu and %zu are both \"%.*s\"; each class needs a name of its own",
                                    (size_t)(order[i - 1] - labels) + 1, (size_t)(order[i] - labels) + 1,
                                    utf8_shown(*order[i], 60), *order[i]);
    free(order);
    return status;
}

mood_status mood_labels_check(const char *const *labels, size_t count, mood_error *err) {
    if (!labels && count > 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_labels_check: labels is NULL");
    for (size_t i = 0; i < count; i++) {
        mood_status status = labels[i] ? label_check((mood_text){labels[i], strlen(labels[i])}, err)
                                       : refuse(err, "is NULL");
        if (status != MOOD_OK) {
            mood_error_prefix(err, "label %zu", i + 1);
            return status;
        }
    }
    return check_unique(labels, count, err);
}
