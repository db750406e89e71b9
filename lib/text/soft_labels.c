/* Soft labels: reads probabilities, and makes classes of them. */
#include "text/soft_labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/number.h"
#include "text/trim.h"

enum { NUMBER_MAX = 63 };  /* bytes */
#define ROUNDING 0.01      /* by which a row's sum can differ from 1 */
#define LARGEST_COUNT 1e6f /* of annotators */

const char *soft_labels_check_options(const mood_dataset_options *options) {
    size_t count = options->probability_count;
    if (!options->probability_columns != !count)
        return "probability_columns and probability_count do not fit together";
    if (count == 0)
        return NULL;
    if (count > SOFT_LABELS_MAX)
        return "there are more than 1000 columns of probabilities";
    if (options->label_column || options->positive || options->label_separator || options->skip)
        return "label_column, positive, label_separator and skip have no meaning with columns of probabilities";
    if (options->labels && options->label_count != (count == 1 ? 2 : count))
        return "there must be as many labels as columns of probabilities, or two for one column";
    return NULL;
}

bool soft_label_parse(mood_text field, float *number) {
    char text[NUMBER_MAX + 1], *end;
    field = trim(field);
    if (field.size == 0 || field.size > NUMBER_MAX || memchr(field.data, '\0', field.size))
        return false;
    memcpy(text, field.data, field.size);
    text[field.size] = '\0';
    double value = number_read(text, &end);
    *number = (float)value;
    return *end == '\0' && value >= 0 && isfinite(*number) && !strpbrk(text, "xXpP");
}

const char *soft_label_finish(float *numbers, const mood_dataset_options *options) {
    size_t count = options->probability_count;
    double sum = 0;
    bool counts = true;
    if (count == 1)
        return numbers[0] <= 1 ? NULL : "is greater than 1; a probability is from 0 to 1";
    for (size_t k = 0; k < count; k++) {
        sum += (double)numbers[k];
        counts = counts && numbers[k] == floorf(numbers[k]) && numbers[k] <= LARGEST_COUNT;
    }
    if (sum == 0 || (!counts && fabs(sum - 1) > ROUNDING))
        return sum == 0 ? "are all 0" : "do not add up to 1, and are no counts (whole numbers)";
    for (size_t k = 0; k < count; k++)
        numbers[k] = (float)((double)numbers[k] / sum);
    return NULL;
}

/* ---- classes ----------------------------------------------------------------------------------- */

static const char *class_name(const mood_dataset_options *options, size_t index) {
    static const char *const two[] = {"negative", "positive"};
    if (options->labels)
        return options->labels[index];
    return options->probability_count == 1 ? two[index] : options->probability_columns[index];
}

static mood_status make_classes(struct labels *labels, const mood_dataset_options *options, size_t K, mood_error *err) {
    labels->classes = calloc(K, sizeof *labels->classes);
    if (!labels->classes)
        return error_no_memory(err);
    labels->class_count = K;
    for (size_t k = 0; k < K; k++)
        if (!(labels->classes[k].raw = labels->classes[k].name = strdup(class_name(options, k))))
            return error_no_memory(err);
    return MOOD_OK;
}

/* One column has the probability of the second class. */
static mood_status add_complements(float **soft, size_t n, mood_error *err) {
    float *pairs = calloc(n, 2 * sizeof *pairs);
    if (!pairs)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = 1 - (*soft)[i];
        pairs[2 * i + 1] = (*soft)[i];
    }
    free(*soft);
    *soft = pairs;
    return MOOD_OK;
}

static int32_t most_probable(const float *row, size_t K) {
    size_t most = K - 1;
    for (size_t k = K - 1; k-- > 0;)
        if (row[k] > row[most])
            most = k;
    return (int32_t)most;
}

/* order [K]: the column of each class. By position, unless the labels are the names of the columns. */
static void find_order(const mood_dataset_options *options, size_t K, size_t *order) {
    bool named = options->labels && options->probability_count == K;
    for (size_t k = 0; k < K; k++) {
        size_t column = 0;
        while (named && column < K && strcmp(options->probability_columns[column], options->labels[k]) != 0)
            column++;
        named = named && column < K;
        order[k] = column;
    }
    for (size_t k = 0; k < K && !named; k++)
        order[k] = k;
}

/* Put the columns of each row into the order of the classes. */
static mood_status order_columns(const mood_dataset_options *options, float *soft, size_t n, size_t K,
                                 mood_error *err) {
    size_t *order = calloc(K, sizeof *order);
    float *row = calloc(K, sizeof *row);
    mood_status status = order && row ? MOOD_OK : error_no_memory(err);
    if (status == MOOD_OK)
        find_order(options, K, order);
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        for (size_t k = 0; k < K; k++)
            row[k] = soft[i * K + order[k]];
        memcpy(soft + i * K, row, K * sizeof *row);
    }
    free(order);
    free(row);
    return status;
}

mood_status soft_labels_make_classes(struct labels *labels, const mood_dataset_options *options, size_t n, float **soft,
                                     int32_t *classes, mood_error *err) {
    size_t K = options->probability_count == 1 ? 2 : options->probability_count;
    mood_status status = make_classes(labels, options, K, err);
    if (status == MOOD_OK && options->probability_count == 1)
        status = add_complements(soft, n, err);
    else if (status == MOOD_OK)
        status = order_columns(options, *soft, n, K, err);
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        classes[i] = most_probable(*soft + i * K, K);
        labels->classes[classes[i]].rows++;
    }
    return status;
}
