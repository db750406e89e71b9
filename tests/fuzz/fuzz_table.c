/* Bytes from outside as a table: all rows are read, with and without errors, and everything that a row has is touched. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mood/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_text(mood_text text) {
    if (text.data && !mood_text_validate(text, NULL))
        abort();
}

static size_t read_rows(mood_table *table, size_t columns) {
    mood_table_row row;
    bool found = true;
    size_t rows = 0;
    for (size_t i = 0; i < mood_table_get_width(table); i++)
        check_text(mood_table_get_names(table)[i]);
    while (mood_table_next(table, &row, &found, NULL) == MOOD_OK && found) {
        check_text(row.text);
        check_text(row.object);
        for (size_t i = 0; i < columns; i++)
            check_text(row.values[i]);
        for (size_t i = 0; row.fields && i < mood_table_get_width(table); i++)
            check_text(row.fields[i]);
        rows++;
    }
    return rows;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    static const char *const columns[] = {"label", "text"};
    char path[64];
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        exit(2);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    for (int which = 0; which < 4; which++) {
        mood_table_options options = MOOD_TABLE_OPTIONS;
        mood_table *table;
        options.skip_errors = which & 1;
        options.columns = columns;
        options.column_count = which & 2;
        if (mood_table_open(path, &options, &table, NULL) != MOOD_OK)
            continue;
        size_t rows = read_rows(table, options.column_count);
        const mood_dataset_info *info = mood_table_get_info(table);
        if (options.skip_errors && rows + info->rows_skipped > info->rows_read)
            abort();
        mood_table_destroy(table);
    }
    close(file);
    return 0;
}
