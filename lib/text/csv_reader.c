/* Reads CSV rows. libcsv splits them into fields; it is given one line at a time, so that errors can contain the
 * line. */
#include "text/csv_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/csv_dialect.h"

#define NUL_PROBLEM                                                                                                    \
    "there is a NUL byte: this is not a text file, or it is in UTF-16 without a byte-order mark (--encoding UTF-16LE " \
    "or UTF-16BE)"

/* ---- errors ------------------------------------------------------------------------------------ */

static void fail_memory(struct csv_reader *reader) {
    reader->status = error_no_memory(reader->err);
    mood_error_prefix(reader->err, "%s", reader->input->source->name);
}

/* Refuse the file, in the line of the record. */
static void fail(struct csv_reader *reader, const char *format, ...) MOOD_PRINTF(2, 3);
static void fail(struct csv_reader *reader, const char *format, ...) {
    mood_error problem = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(problem.message, sizeof problem.message, format, args);
    va_end(args);
    reader->status = mood_error_set(reader->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s", problem.message);
    mood_error_prefix(reader->err, "%s:%zu", reader->input->source->name, reader->record.line);
}

/* The first problem of a record is kept. */
static void refuse(struct csv_reader *reader, const char *format, ...) MOOD_PRINTF(2, 3);
static void refuse(struct csv_reader *reader, const char *format, ...) {
    struct csv_record *record = &reader->record;
    if (*record->problem)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(record->problem, sizeof record->problem, format, args);
    va_end(args);
}

/* ---- fields and records ------------------------------------------------------------------------ */

static bool add_field(struct csv_record *record, mood_text field) {
    size_t *ends = array_grow(record->ends, &record->capacity, record->count + 1, sizeof *ends);
    if (!ends)
        return false;
    record->ends = ends;
    if (!bytes_append(&record->bytes, field.data, field.size))
        return false;
    ends[record->count++] = record->bytes.size;
    return true;
}

static void on_field(void *data, size_t size, void *user) {
    struct csv_reader *reader = user;
    struct csv_record *record = &reader->record;
    mood_text field = {data ? data : "", size};
    size_t position;
    if (reader->status != MOOD_OK)
        return;
    if (!mood_text_validate(field, &position) && !*record->problem)
        encoding_describe_invalid(reader->input->encoding.name, field, position, record->count + 1, record->problem,
                                  sizeof record->problem);
    if (reader->width > 0 && record->count > reader->width)
        record->count++; /* the row is refused at its end; its fields need no memory */
    else if (!add_field(record, field))
        fail_memory(reader);
}

static void on_record(int end, void *user) {
    (void)end;
    struct csv_reader *reader = user;
    reader->open = false;
    reader->ready = true;
    if (reader->status != MOOD_OK)
        return;
    if (reader->width == 0)
        fail(reader, "the first row has more than %d columns", RECORDS_WIDTH_MAX);
    else if (reader->record.count != reader->width)
        refuse(reader,
               "the row has %zu field%s, the first line %zu; put a text that contains the separator or line ends "
               "into quotes",
               reader->record.count, reader->record.count == 1 ? "" : "s", reader->width);
}

static void begin_record(struct csv_reader *reader) {
    struct csv_record *record = &reader->record;
    record->line = reader->line;
    record->lines = record->count = record->bytes.size = 0;
    *record->problem = '\0';
    reader->open = true;
}

mood_text csv_reader_field(const struct csv_reader *reader, size_t index) {
    const struct csv_record *record = &reader->record;
    size_t start = index > 0 ? record->ends[index - 1] : 0, size = record->ends[index] - start;
    return (mood_text){size ? record->bytes.data + start : "", size};
}

/* ---- parsing ----------------------------------------------------------------------------------- */

static void start_parser(struct csv_reader *reader) {
    if (!csv_parser_start(&reader->parser, reader->separator, reader->quotes))
        fail_memory(reader);
}

/* Refuse the open record. Its lines so far, and the rest of this one, are one row. */
static void refuse_record(struct csv_reader *reader, const char *problem) {
    refuse(reader, "%s", problem);
    reader->record.lines = reader->line - reader->record.line;
    reader->ready = true;
    reader->open = false;
    reader->broken = true;
    csv_free(&reader->parser);
    start_parser(reader);
}

/* The columns are found in the first record, which has to be in the sample. */
static void limit_first_record(struct csv_reader *reader, size_t size) {
    if (reader->width == 0 && (reader->fed += size) > INPUT_SAMPLE)
        fail(reader,
             "the first row does not end within %zu KiB; the quote (\") at the end of a field may be "
             "missing",
             INPUT_SAMPLE >> 10);
}

/* Parse a piece of a line, which has at most one line end, as its last byte: so at most one record ends. */
static void feed(struct csv_reader *reader, const char *piece, size_t size) {
    if (!reader->open && piece[0] != '\n' && piece[0] != '\r')
        begin_record(reader);
    if (memchr(piece, '\0', size)) {
        refuse_record(reader, NUL_PROBLEM);
        return;
    }
    size_t parsed = csv_parser_feed(&reader->parser, piece, size, on_field, on_record, reader);
    if (reader->status == MOOD_OK && reader->parser.entry_pos > MAX_FIELD)
        fail(reader, "field %zu is longer than %zu MiB; the quote (\") at its end may be missing",
             reader->record.count + 1, MAX_FIELD >> 20);
    if (reader->status == MOOD_OK && parsed == size)
        limit_first_record(reader, size);
    if (parsed == size || reader->status != MOOD_OK)
        return;
    if (csv_error(&reader->parser) == CSV_EPARSE)
        refuse_record(reader, "unexpected quote (\"); put the whole field into quotes and double those inside it, or "
                              "use --no-quotes if quotes are characters in this file");
    else
        fail_memory(reader);
}

static void feed_line(struct csv_reader *reader) {
    const char *at = reader->piece, *end = at + reader->size, *line = memchr(at, '\n', reader->size);
    const char *stop = line ? line + 1 : end, *carriage = memchr(at, '\r', (size_t)(stop - at));
    if (carriage)
        stop = carriage + 1;
    reader->piece = stop;
    reader->size = (size_t)(end - stop);
    if (!reader->broken)
        feed(reader, at, (size_t)(stop - at));
    if (stop[-1] == '\n' || stop[-1] == '\r')
        reader->broken = false;
    reader->line += stop[-1] == '\n';
}

static void finish(struct csv_reader *reader) {
    reader->ended = true;
    if (csv_fini(&reader->parser, on_field, on_record, reader) == 0 || reader->status != MOOD_OK)
        return;
    if (csv_error(&reader->parser) == CSV_EPARSE)
        refuse_record(reader, "a quote (\") is opened in this record but never closed");
    else
        fail_memory(reader);
}

mood_status csv_reader_next(struct csv_reader *reader, bool *found, mood_error *err) {
    reader->err = err;
    reader->ready = false;
    while (!reader->ready && !reader->ended && reader->status == MOOD_OK) {
        if (reader->size == 0)
            reader->status = input_next(reader->input, &reader->piece, &reader->size, err);
        if (reader->status != MOOD_OK)
            break;
        if (reader->size > 0)
            feed_line(reader);
        else
            finish(reader);
    }
    /* The first row decides about all rows, so that it can't be skipped if its columns are unknown. */
    if (reader->status == MOOD_OK && reader->ready && reader->width == 0)
        fail(reader, "%s", reader->record.problem);
    *found = reader->status == MOOD_OK && reader->ready;
    return reader->status;
}

/* ---- opening ----------------------------------------------------------------------------------- */

size_t csv_first_line(const struct input *input) {
    size_t line = 1;
    for (size_t i = 0; i < input->sample.size && (input->sample.data[i] == '\n' || input->sample.data[i] == '\r'); i++)
        line += input->sample.data[i] == '\n';
    return line;
}

static mood_status find_dialect(struct csv_reader *reader, const struct layout *layout, struct records *records,
                                mood_error *err) {
    const struct input *input = reader->input;
    struct csv_dialect dialect;
    size_t size = input->sample.size;
    const char *newline = memchr(input->sample.data, '\n', size);
    if (memchr(input->sample.data, '\0', newline ? (size_t)(newline - input->sample.data) : size))
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s", NUL_PROBLEM);
    mood_status status = csv_dialect_find(&dialect, input->sample.data, size, input->whole, layout, err);
    if (status != MOOD_OK)
        return status;
    reader->separator = dialect.separator;
    reader->quotes = dialect.quotes;
    reader->width = records_width(&dialect.records, 0);
    *records = dialect.records;
    return MOOD_OK;
}

mood_status csv_reader_open(struct csv_reader *reader, struct input *input, const struct layout *layout,
                            struct records *records, mood_error *err) {
    *reader = (struct csv_reader){.input = input, .line = 1, .err = err};
    *records = (struct records){0};
    mood_status status = find_dialect(reader, layout, records, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s:%zu", input->source->name, csv_first_line(input));
        return status;
    }
    start_parser(reader);
    if (reader->status != MOOD_OK)
        records_free(records);
    return reader->status;
}

void csv_reader_close(struct csv_reader *reader) {
    csv_free(&reader->parser);
    bytes_free(&reader->record.bytes);
    free(reader->record.ends);
    *reader = (struct csv_reader){0};
}
