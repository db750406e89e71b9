/* Reads CSV rows one at a time: for data sets, and for tables. */
#ifndef TEXT_CSV_READER_H
#define TEXT_CSV_READER_H

#include "text/columns.h"
#include "text/csv_parser.h"
#include "text/input.h"

/* One row. Its fields are valid until the next call. */
struct csv_record {
    size_t line;        /* at which it starts, from 1 */
    size_t lines;       /* of a row with a wrong quote: the lines before the quote's. Each was probably a row */
    size_t count;       /* fields */
    struct bytes bytes; /* of all fields */
    size_t *ends;       /* [count]: where each field ends in bytes */
    size_t capacity;
    char problem[MOOD_MESSAGE_SIZE]; /* why the row can't be read, without file and line; "": it can */
};

struct csv_reader {
    struct input *input;
    struct csv_parser parser;
    char separator;
    bool quotes;
    size_t width; /* fields of the first record; 0: it can't be read, so the columns are unknown */
    struct csv_record record;

    const char *piece; /* the part of the input's piece that is not parsed yet */
    size_t size;
    size_t line; /* line of the file, from 1, that is being parsed */
    bool open;   /* a record has begun */
    bool ready;  /* and ended */
    bool first;  /* no record was read yet: it has the number of columns */
    bool broken; /* the rest of the line belongs to a record that can't be read */
    bool ended;
    size_t fed; /* bytes, while the columns are unknown */
    mood_status status;
    mood_error *err;
};

/* Find separator and quotes in the input's sample. *records: the first records, for columns_find; none if the file is
 * empty or its first record is not complete. Errors contain file and line; then there is nothing to close. */
mood_status csv_reader_open(struct csv_reader *reader, struct input *input, const struct layout *layout,
                            struct records *records, mood_error *err);

/* Read the next row into reader->record. *found is false at the end. A row whose fields are not as many as those of the
 * first one, that is not UTF-8 or has a wrong quote gets a problem. Errors contain file and line. */
mood_status csv_reader_next(struct csv_reader *reader, bool *found, mood_error *err);

/* The field of the record, from 0. */
mood_text csv_reader_field(const struct csv_reader *reader, size_t index);

/* Line of the first record: blank lines before it are skipped. */
size_t csv_first_line(const struct input *input);

void csv_reader_close(struct csv_reader *reader);

#endif
