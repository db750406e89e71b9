/* The first records of a file, as cells. */
#include "text/records.h"

#include <stdlib.h>

#include "text/trim.h"

bool records_add_cell(struct records *records, mood_text cell) {
    struct cell *cells = array_grow(records->cells, &records->cell_capacity, records->cell_count + 1, sizeof *cells);
    if (!cells)
        return false;
    records->cells = cells;
    cells[records->cell_count] = (struct cell){records->bytes.size, cell.size};
    if (!bytes_append(&records->bytes, cell.data, cell.size))
        return false;
    records->cell_count++;
    return true;
}

bool records_end(struct records *records) {
    size_t *starts = array_grow(records->starts, &records->start_capacity, records->count + 2, sizeof *starts);
    if (!starts)
        return false;
    records->starts = starts;
    starts[0] = 0;
    starts[++records->count] = records->cell_count;
    return true;
}

void records_free(struct records *records) {
    bytes_free(&records->bytes);
    free(records->cells);
    free(records->starts);
    *records = (struct records){0};
}

size_t records_width(const struct records *records, size_t record) {
    return record < records->count ? records->starts[record + 1] - records->starts[record] : 0;
}

mood_text records_cell(const struct records *records, size_t record, size_t column) {
    if (column >= records_width(records, record))
        return (mood_text){"", 0};
    const struct cell *cell = &records->cells[records->starts[record] + column];
    return cell->size ? trim((mood_text){records->bytes.data + cell->offset, cell->size}) : (mood_text){"", 0};
}
