/* The metrics of a stream in Prometheus's text format. */
#ifndef CLI_EXPOSITION_H
#define CLI_EXPOSITION_H

#include <stddef.h>

#include "models.h"
#include "observer.h"

/* What is running. */
struct about {
    const char *version, *guarantee;
    const char *const *labels; /* [label_count] labels, the same for all models */
    size_t label_count;
    struct model_facts model; /* of the current model, which may be replaced */
};

/* The text format, version 0.0.4: new (free); *size excludes the NUL. NULL: out of memory. unknown_ratio: of the
 * last minute; NaN: there were no words. */
char *exposition_write(const struct snapshot *snapshot, const struct about *about, double unknown_ratio, size_t *size);

#endif
