/* Reads CSV rows. libcsv splits them into fields; it is given one line at a time, so that errors can contain the
 * line. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/columns.h"
#include "text/csv_dialect.h"
#include "text/csv_parser.h"
#include "text/dataset_format.h"

#define NUL_PROBLEM                                                                                                    \
    "there is a NUL byte: this is not a text file, or it is in UTF-16 without a byte-order mark (--encoding UTF-16LE " \
    "or UTF-16BE)"

struct reader {
    struct rows *rows;
    struct csv_parser parser;
    char separator;
    bool quotes;
    struct columns columns;
    size_t width;     /* fields of the first record; 0: it can't be read, so the columns are unknown */
    bool header_read; /* the row of names, if there is one, was read */
    size_t line;      /* line of the file, from 1, that is being parsed */
    size_t column;    /* fields so far in this record */
    bool record_open;
    bool broken; /* the rest of the line belongs to a record that can't be read */
    size_t fed;  /* bytes, while the columns are unknown */
};

/* ---- fields and records ------------------------------------------------------------------------ */

static void on_field(void *data, size_t size, void *user) {
    struct reader *reader = user;
    struct rows *rows = reader->rows;
    mood_text field = {data ? data : "", size};
    size_t position;
    if (rows->status != MOOD_OK)
        return;
    if (!mood_text_validate(field, &position))
        rows_refuse_utf8(rows, field, position, reader->column + 1);
    else if (reader->header_read && reader->column == reader->columns.text)
        rows_add_text(rows, field);
    else if (reader->header_read && reader->column == reader->columns.label)
        rows_set_label(rows, field);
    reader->column++;
}

static void end_header(struct reader *reader) {
    struct rows *rows = reader->rows;
    reader->header_read = true;
    if (rows->refused) /* the names decide about all rows, so they can't be skipped */
        rows_fail(rows, "%s", rows->dataset->info.first_skipped_reason);
}

static void end_row(struct reader *reader) {
    if (reader->column != reader->width)
        rows_refuse(reader->rows,
                    "the row has %zu field%s, the first line %zu; put a text that contains the separator or line ends "
                    "into quotes",
                    reader->column, reader->column == 1 ? "" : "s", reader->width);
    rows_end(reader->rows);
}

static void on_record(int end, void *user) {
    (void)end;
    struct reader *reader = user;
    reader->record_open = false;
    if (reader->rows->status != MOOD_OK)
        return;
    if (reader->width == 0)
        rows_fail(reader->rows, "the first row has more than %d columns", RECORDS_WIDTH_MAX);
    else if (reader->header_read)
        end_row(reader);
    else
        end_header(reader);
    reader->column = 0;
}

/* ---- parsing ----------------------------------------------------------------------------------- */

static bool start_parser(struct reader *reader) {
    if (csv_parser_start(&reader->parser, reader->separator, reader->quotes))
        return true;
    rows_fail_memory(reader->rows);
    return false;
}

/* Refuse the open record. Its lines so far, and the rest of this one, are one row. */
static void refuse_record(struct reader *reader, const char *problem) {
    struct rows *rows = reader->rows;
    size_t lines = reader->line - rows->line;
    rows_refuse(rows, "%s", problem);
    if (rows->status != MOOD_OK)
        return;
    if (!reader->header_read || reader->width == 0) {
        end_header(reader);
        return;
    }
    rows->dataset->info.rows_skipped += lines; /* each line was probably a row */
    rows->dataset->info.rows_read += lines;
    rows_end(rows);
    csv_free(&reader->parser);
    reader->broken = true;
    reader->record_open = false;
    reader->column = 0;
    start_parser(reader);
}

static void begin_record(struct reader *reader) {
    rows_begin(reader->rows, reader->line);
    reader->record_open = true;
}

/* The columns are found in the first record, which has to be in the sample. */
static void limit_first_record(struct reader *reader, size_t size) {
    if (reader->width == 0 && (reader->fed += size) > INPUT_SAMPLE)
        rows_fail(reader->rows,
                  "the first row does not end within %zu KiB; the quote (\") at the end of a field may be "
                  "missing",
                  INPUT_SAMPLE >> 10);
}

/* Parse a piece of a line, which has at most one line end, as its last byte. */
static void feed(struct reader *reader, const char *piece, size_t size) {
    if (!reader->record_open && piece[0] != '\n' && piece[0] != '\r')
        begin_record(reader);
    if (reader->rows->status != MOOD_OK)
        return;
    if (memchr(piece, '\0', size)) {
        refuse_record(reader, NUL_PROBLEM);
        return;
    }
    size_t parsed = csv_parser_feed(&reader->parser, piece, size, on_field, on_record, reader);
    if (reader->rows->status == MOOD_OK && reader->parser.entry_pos > MAX_FIELD)
        rows_fail(reader->rows, "field %zu is longer than %zu MiB; the quote (\") at its end may be missing",
                  reader->column + 1, MAX_FIELD >> 20);
    if (reader->rows->status == MOOD_OK && parsed == size)
        limit_first_record(reader, size);
    if (parsed == size || reader->rows->status != MOOD_OK)
        return;
    if (csv_error(&reader->parser) == CSV_EPARSE)
        refuse_record(reader, "unexpected quote (\"); put the whole field into quotes and double those inside it, or "
                              "use --no-quotes if quotes are characters in this file");
    else
        rows_fail_memory(reader->rows);
}

static void feed_block(struct reader *reader, const char *at, size_t size) {
    for (const char *end = at + size; at < end && reader->rows->status == MOOD_OK;) {
        const char *line = memchr(at, '\n', (size_t)(end - at)), *stop = line ? line + 1 : end;
        const char *carriage = memchr(at, '\r', (size_t)(stop - at));
        if (carriage)
            stop = carriage + 1;
        if (!reader->broken)
            feed(reader, at, (size_t)(stop - at));
        if (reader->broken && (stop[-1] == '\n' || stop[-1] == '\r'))
            reader->broken = false;
        reader->line += stop[-1] == '\n';
        at = stop;
    }
}

static void finish(struct reader *reader) {
    if (csv_fini(&reader->parser, on_field, on_record, reader) == 0 || reader->rows->status != MOOD_OK)
        return;
    if (csv_error(&reader->parser) == CSV_EPARSE)
        refuse_record(reader, "a quote (\") is opened in this record but never closed");
    else
        rows_fail_memory(reader->rows);
}

static void read_pieces(struct reader *reader, struct input *input) {
    const char *piece;
    size_t size;
    do {
        mood_status status = input_next(input, &piece, &size, reader->rows->err);
        if (status != MOOD_OK)
            reader->rows->status = status;
        else
            feed_block(reader, piece, size);
    } while (size > 0 && reader->rows->status == MOOD_OK);
    if (reader->rows->status == MOOD_OK)
        finish(reader);
}

/* ---- columns ----------------------------------------------------------------------------------- */

/* The line of the first record: blank lines before it are skipped. */
static size_t first_line(const struct input *input) {
    size_t line = 1;
    for (size_t i = 0; i < input->sample.size && (input->sample.data[i] == '\n' || input->sample.data[i] == '\r'); i++)
        line += input->sample.data[i] == '\n';
    return line;
}

static mood_status describe(struct reader *reader, const struct records *records, mood_error *err) {
    mood_dataset *dataset = reader->rows->dataset;
    const struct columns *columns = &reader->columns;
    mood_dataset_info *info = &dataset->info;
    info->header = columns->header;
    info->text_guessed = columns->text_guessed;
    info->label_guessed = columns->label_guessed;
    info->text_column = dataset->text_column = columns_name(records, columns->header, columns->text);
    info->label_column = dataset->label_column = columns_name(records, columns->header, columns->label);
    return info->text_column && info->label_column ? MOOD_OK : error_no_memory(err);
}

/* Find separator and columns in the sample. If the file is empty or its first record is not complete, the columns stay
 * unknown. */
static mood_status prepare(struct reader *reader, const struct input *input, mood_error *err) {
    const mood_dataset_options *options = reader->rows->options;
    struct csv_dialect dialect;
    size_t size = input->sample.size;
    const char *newline = memchr(input->sample.data, '\n', size);
    if (memchr(input->sample.data, '\0', newline ? (size_t)(newline - input->sample.data) : size))
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s", NUL_PROBLEM);
    mood_status status = csv_dialect_find(&dialect, input->sample.data, input->sample.size, input->whole, options, err);
    if (status != MOOD_OK)
        return status;
    reader->separator = reader->rows->dataset->info.separator = dialect.separator;
    reader->quotes = reader->rows->dataset->info.quotes = dialect.quotes;
    reader->width = records_width(&dialect.records, 0);
    if (reader->width > 0)
        status = columns_find(&dialect.records, options, false, &reader->columns, err);
    if (reader->width > 0 && status == MOOD_OK)
        status = describe(reader, &dialect.records, err);
    reader->header_read = !reader->columns.header;
    records_free(&dialect.records);
    return status;
}

static bool matches(const char *bytes, size_t size) {
    (void)bytes, (void)size;
    return true;
}

static void read_csv(struct rows *rows, struct input *input) {
    struct reader reader = {.rows = rows, .line = 1};
    rows->status = prepare(&reader, input, rows->err);
    if (rows->status != MOOD_OK) {
        mood_error_prefix(rows->err, "%s:%zu", rows->name, first_line(input));
        return;
    }
    if (!start_parser(&reader))
        return;
    read_pieces(&reader, input);
    csv_free(&reader.parser);
}

const struct dataset_format format_csv = {"CSV", matches, read_csv};
