/* A stream's numbers as Prometheus reads them. */
#ifndef CLI_EXPOSITION_H
#define CLI_EXPOSITION_H

#include <stddef.h>

#include "observer.h"

/* What runs. Weights alone change, where another model takes over. */
struct about {
    const char *version, *weights, *device, *guarantee;
    const char *const *labels; /* [label_count] the model's */
    size_t label_count;
    unsigned long loaded, refused; /* models that took over, and that were not taken */
};

/* The text format, version 0.0.4: new (free), *size without the NUL; NULL when memory is short. unknown_ratio: of the
 * last minute, NaN when there were no words. */
char *exposition_write(const struct snapshot *snapshot, const struct about *about, double unknown_ratio, size_t *size);

#endif
