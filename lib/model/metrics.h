/* mood_metrics: values of loss and metrics by name. */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include "metrics/metric.h"

struct named_value {
    char name[METRIC_NAME_SIZE + 4]; /* 4: the prefix "val_" */
    double value;
};

struct mood_metrics {
    size_t count;
    struct named_value *at; /* [count], sorted by name */
};

/* *metrics is new and empty. */
mood_status metrics_new(struct mood_metrics **metrics, mood_error *err);
/* Add a value under the name prefix + name. */
mood_status metrics_add(struct mood_metrics *metrics, const char *prefix, const char *name, double value,
                        mood_error *err);

#endif
