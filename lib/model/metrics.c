/* Values by name. */
#include "model/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"

mood_status metrics_new(struct mood_metrics **metrics, mood_error *err) {
    *metrics = calloc(1, sizeof **metrics);
    return *metrics ? MOOD_OK : out_of_memory(err, "for metrics");
}

mood_status metrics_add(struct mood_metrics *metrics, const char *prefix, const char *name, double value,
                        mood_error *err) {
    struct named_value *grown = reallocarray(metrics->at, metrics->count + 1, sizeof *grown);
    struct named_value added = {.value = value};
    size_t place = metrics->count;
    if (!grown)
        return out_of_memory(err, "for metrics");
    metrics->at = grown;
    snprintf(added.name, sizeof added.name, "%s%s", prefix, name);
    for (; place > 0 && strcmp(grown[place - 1].name, added.name) > 0; place--)
        grown[place] = grown[place - 1];
    grown[place] = added;
    metrics->count++;
    return MOOD_OK;
}

size_t mood_metrics_count(const mood_metrics *metrics) {
    return metrics->count;
}

const char *mood_metrics_name_at(const mood_metrics *metrics, size_t index) {
    return index < metrics->count ? metrics->at[index].name : NULL;
}

double mood_metrics_value_at(const mood_metrics *metrics, size_t index) {
    return index < metrics->count ? metrics->at[index].value : NAN;
}

double mood_metrics_get(const mood_metrics *metrics, const char *name) {
    for (size_t i = 0; i < metrics->count; i++)
        if (strcmp(metrics->at[i].name, name) == 0)
            return metrics->at[i].value;
    return NAN;
}

void mood_metrics_destroy(mood_metrics *metrics) {
    if (!metrics)
        return;
    free(metrics->at);
    free(metrics);
}
