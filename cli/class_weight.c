/* The option --class-weight. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class_weight.h"
#include "command.h"

static mood_status refuse(mood_error *err, const char *part, const char *why) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--class-weight: '%.60s': %s", part, why);
}

static void balance(const float *y, size_t n, size_t label_count, float *weights) {
    for (size_t k = 0; k < label_count; k++) {
        size_t rows = 0;
        for (size_t i = 0; i < n; i++)
            rows += (size_t)y[i] == k;
        weights[k] = rows ? (float)((double)n / ((double)label_count * (double)rows)) : 1;
    }
}

/* Parse one "LABEL=W". The label may contain equals signs: the last one separates. */
static mood_status read_part(char *part, char *const *labels, size_t label_count, float *weights, mood_error *err) {
    char *equals = strrchr(part, '='), *end = NULL;
    double weight = equals ? strtod(equals + 1, &end) : NAN;
    if (!equals || end == equals + 1 || *end || !(weight >= 0 && isfinite((float)weight)))
        return refuse(err, part, "expected balanced, or LABEL=WEIGHT with a weight of 0 or more");
    *equals = '\0';
    for (size_t k = 0; k < label_count; k++)
        if (strcmp(labels[k], part) == 0) {
            weights[k] = (float)weight;
            return MOOD_OK;
        }
    const char *nearest = nearest_name(part, (const char *const *)labels, label_count);
    char why[120] = "there is no such label";
    if (nearest)
        snprintf(why, sizeof why, "there is no such label; did you mean '%.60s'?", nearest);
    return refuse(err, part, why);
}

static mood_status read_parts(const char *option, char *const *labels, size_t label_count, float *weights,
                              mood_error *err) {
    char *copy = strdup(option), *rest = copy, *part;
    mood_status status = copy ? MOOD_OK : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    while (status == MOOD_OK && (part = strsep(&rest, ",")))
        status = read_part(part, labels, label_count, weights, err);
    free(copy);
    return status;
}

mood_status class_weight_create(const char *option, char *const *labels, size_t label_count, const float *y, size_t n,
                                float **weights, mood_error *err) {
    mood_status status = MOOD_OK;
    *weights = calloc(label_count, sizeof **weights);
    if (!*weights)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t k = 0; k < label_count; k++)
        (*weights)[k] = 1;
    if (strcmp(option, "balanced") == 0)
        balance(y, n, label_count, *weights);
    else
        status = read_parts(option, labels, label_count, *weights, err);
    if (status != MOOD_OK) {
        free(*weights);
        *weights = NULL;
    }
    return status;
}
