/* The first records of a file, as cells: what the separator and the columns are guessed from. */
#ifndef TEXT_RECORDS_H
#define TEXT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "mood/text.h"

#define RECORDS_MAX 1000       /* records */
#define RECORDS_WIDTH_MAX 1000 /* columns */

struct records {
    struct bytes bytes; /* of all cells */
    struct cell {
        size_t offset, size;
    } * cells;
    size_t *starts; /* [count + 1]: the index of each record's first cell; the last one is the open record's */
    size_t count, cell_count, cell_capacity, start_capacity;
};

/* Initialize with {0}. These return false if there is no memory. */
bool records_add_cell(struct records *records, mood_text cell);
bool records_end(struct records *records);
void records_free(struct records *records);

size_t records_width(const struct records *records, size_t record);

/* A cell without spaces around it; empty if the record has no such column. */
mood_text records_cell(const struct records *records, size_t record, size_t column);

#endif
