/* The separator of a CSV file, and whether it has quotes, found in its first records. */
#ifndef TEXT_CSV_DIALECT_H
#define TEXT_CSV_DIALECT_H

#include <stdbool.h>

#include "mood/text.h"
#include "text/columns.h"

struct csv_dialect {
    char separator;
    bool quotes;
    struct records records; /* the first records; none if the first one is not complete */
};

/* bytes [size]: the beginning of the file; whole: all of it. Errors have no file and line. */
mood_status csv_dialect_find(struct csv_dialect *dialect, const char *bytes, size_t size, bool whole,
                             const struct layout *layout, mood_error *err);

#endif
