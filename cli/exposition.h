/* A stream's numbers as Prometheus reads them. */
#ifndef CLI_EXPOSITION_H
#define CLI_EXPOSITION_H

#include <stddef.h>

#include "models.h"
#include "observer.h"

/* What runs. */
struct about {
    const char *version, *guarantee;
    const char *const *labels; /* [label_count] all models' */
    size_t label_count;
    struct model_facts model; /* of the one in use: another may take over */
};

/* The text format, version 0.0.4: new (free), *size without the NUL; NULL when memory is short. unknown_ratio: of the
 * last minute, NaN when there were no words. */
char *exposition_write(const struct snapshot *snapshot, const struct about *about, double unknown_ratio, size_t *size);

#endif
