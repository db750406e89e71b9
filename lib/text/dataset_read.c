/* Reads CSV rows. libcsv splits them into fields; it is given one line at a time, so that errors can contain the
 * line. */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/dataset.h"
#include "text/utf8.h"

#define BLOCK (1 << 16)
#define NO_COLUMN SIZE_MAX
#define MAX_FIELD ((size_t)64 << 20) /* bytes; limits a small gzip file that unpacks to a huge one */
#define NAMES_SHOWN 400              /* bytes of the first record */
#define SHOWN(string) utf8_shown(string, 60), string

struct reader {
    mood_dataset *dataset;
    struct source *source;
    const mood_dataset_options *options;
    struct csv_parser parser;
    size_t line;        /* line of the file, from 1, that is being parsed */
    size_t record_line; /* line at which the current record starts */
    bool record_open, header_done;
    size_t column, width; /* fields so far in this record, and number of fields of the first record */
    size_t text_column, label_column;
    struct bytes names; /* the first record's, for messages */
    struct row row;
    mood_status status; /* of callbacks, which can't return it */
    mood_error *err;
};

/* ---- errors ------------------------------------------------------------------------------------ */

static void fail_memory(struct reader *reader) {
    reader->status = error_no_memory(reader->err);
    mood_error_prefix(reader->err, "%s", reader->source->name);
}

/* Report an error in the current record. */
#define FAIL(reader, ...)                                                                                              \
    do {                                                                                                               \
        (reader)->status = mood_error_set((reader)->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, __VA_ARGS__);              \
        mood_error_prefix((reader)->err, "%s:%zu", (reader)->source->name, (reader)->record_line);                     \
    } while (0)

static void fail_utf8(struct reader *reader, mood_text field, size_t position) {
    FAIL(reader, "byte %zu of field %zu (0x%02X) is not UTF-8; convert the file, e.g. iconv -f WINDOWS-1252 -t UTF-8",
         position + 1, reader->column + 1, (unsigned char)field.data[position]);
}

static void fail_quote(struct reader *reader) {
    FAIL(reader, "unexpected quote (\"); put the whole field into quotes and double those inside it");
}

static void fail_column(struct reader *reader, const char *name) {
    bool other = reader->width == 1 && strpbrk(reader->names.data, ";\t|");
    FAIL(reader, "no column \"%.*s\"; the first line has %.*s%s", SHOWN(name),
         utf8_shown(reader->names.data, NAMES_SHOWN), reader->names.data,
         other ? ": columns have to be separated by commas" : "; rename one, or name another column");
}

/* ---- fields and records ------------------------------------------------------------------------ */

static mood_text trim(mood_text text) {
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text.data++, text.size--;
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static bool is_named(mood_text field, const char *name) {
    return field.size == strlen(name) && memcmp(field.data, name, field.size) == 0;
}

static void take_name(struct reader *reader, mood_text field, const char *name, size_t *column) {
    if (!is_named(field, name))
        return;
    if (*column != NO_COLUMN)
        FAIL(reader, "there are two columns \"%.*s\"; rename one of them", SHOWN(name));
    *column = reader->column;
}

static void read_name(struct reader *reader, mood_text field) {
    field = trim(field);
    take_name(reader, field, reader->options->text_column, &reader->text_column);
    take_name(reader, field, reader->options->label_column, &reader->label_column);
    if (reader->names.size > NAMES_SHOWN)
        return;
    if ((reader->column > 0 && !bytes_append(&reader->names, ", ", 2)) || !bytes_append_byte(&reader->names, '"') ||
        !bytes_append(&reader->names, field.data, field.size) || !bytes_append_byte(&reader->names, '"'))
        fail_memory(reader);
}

static void read_text(struct reader *reader, mood_text field) {
    struct bytes *bytes = &reader->dataset->bytes;
    reader->row.offset = bytes->size;
    reader->row.size = field.size;
    if (!bytes_append(bytes, field.data, field.size))
        fail_memory(reader);
}

static bool check_label(struct reader *reader, mood_text name) {
    mood_error problem = {0};
    if (label_check(name, &problem) == MOOD_OK)
        return true;
    FAIL(reader, "%s; this may not be the column of the labels", problem.message);
    return false;
}

/* Add one of several labels to a row; duplicates count once. */
static void add_mark(struct reader *reader, mood_text name) {
    mood_dataset *dataset = reader->dataset;
    if (name.size == 0) {
        FAIL(reader, "there is an empty label next to '%c'; fill it in, or remove the separator",
             reader->options->label_separator);
        return;
    }
    if (!check_label(reader, name))
        return;
    struct label **marks = array_grow(dataset->marks, &dataset->mark_capacity, dataset->mark_count + 1, sizeof *marks);
    struct label *label = marks ? labels_see(&dataset->labels, name, reader->record_line) : NULL;
    dataset->marks = marks ? marks : dataset->marks;
    if (!label) {
        fail_memory(reader);
        return;
    }
    if (label->mark > reader->row.mark) { /* already in this row */
        label->rows--;
        return;
    }
    marks[dataset->mark_count++] = label;
    label->mark = dataset->mark_count;
    reader->row.marks++;
}

/* Parse joy|anger: labels joined by the separator; an empty field has no labels. */
static void read_several(struct reader *reader, mood_text field) {
    reader->row.mark = reader->dataset->mark_count;
    reader->row.marks = 0;
    if (trim(field).size == 0)
        return;
    while (reader->status == MOOD_OK) {
        const char *end = memchr(field.data, reader->options->label_separator, field.size);
        size_t before = end ? (size_t)(end - field.data) : field.size;
        add_mark(reader, trim((mood_text){field.data, before}));
        if (!end)
            return;
        field = (mood_text){end + 1, field.size - before - 1};
    }
}

static void read_label(struct reader *reader, mood_text field) {
    if (reader->options->label_separator) {
        read_several(reader, field);
        return;
    }
    field = trim(field);
    if (field.size == 0) {
        FAIL(reader, "the label is empty; fill it in, or remove the row");
        return;
    }
    if (!check_label(reader, field))
        return;
    reader->row.label = labels_see(&reader->dataset->labels, field, reader->record_line);
    if (!reader->row.label)
        fail_memory(reader);
}

static void on_field(void *data, size_t size, void *user) {
    struct reader *reader = user;
    mood_text field = {data ? data : "", size};
    size_t position;
    if (reader->status != MOOD_OK)
        return;
    if (!mood_text_validate(field, &position))
        fail_utf8(reader, field, position);
    else if (!reader->header_done)
        read_name(reader, field);
    else if (reader->column == reader->text_column)
        read_text(reader, field);
    else if (reader->column == reader->label_column)
        read_label(reader, field);
    reader->column++;
}

static void end_header(struct reader *reader) {
    reader->header_done = true;
    reader->width = reader->column;
    if (!bytes_append_byte(&reader->names, '\0'))
        fail_memory(reader);
    else if (reader->text_column == NO_COLUMN)
        fail_column(reader, reader->options->text_column);
    else if (reader->label_column == NO_COLUMN)
        fail_column(reader, reader->options->label_column);
}

static void end_row(struct reader *reader) {
    mood_dataset *dataset = reader->dataset;
    if (reader->column != reader->width) {
        FAIL(reader, "the row has %zu field%s, the first line %zu; put a text with commas or line ends into quotes",
             reader->column, reader->column == 1 ? "" : "s", reader->width);
        return;
    }
    struct row *rows = array_grow(dataset->rows, &dataset->row_capacity, dataset->n + 1, sizeof *rows);
    if (!rows) {
        fail_memory(reader);
        return;
    }
    dataset->rows = rows;
    rows[dataset->n++] = reader->row;
}

static void on_record(int end, void *user) {
    (void)end;
    struct reader *reader = user;
    reader->record_open = false;
    if (reader->status != MOOD_OK)
        return;
    if (reader->header_done)
        end_row(reader);
    else
        end_header(reader);
    reader->column = 0;
}

/* ---- parsing ----------------------------------------------------------------------------------- */

/* Parse a piece of a line, which has at most one line end, as its last byte. */
static void feed(struct reader *reader, const char *piece, size_t size) {
    bool blank = !reader->record_open && (piece[0] == '\n' || piece[0] == '\r');
    if (!reader->record_open)
        reader->record_line = reader->line;
    reader->record_open = !blank;
    if (memchr(piece, '\0', size)) {
        FAIL(reader, "there is a NUL byte: this is not a text file, or it is in UTF-16 (iconv -f UTF-16 -t UTF-8)");
        return;
    }
    /* libcsv grows its buffer by blocks of fixed size, and may copy everything each time; growing the block with
     * the buffer bounds the number of copies. */
    csv_set_blk_size(&reader->parser, BLOCK + csv_get_buffer_size(&reader->parser) / 2);
    size_t parsed = csv_parse(&reader->parser, piece, size, on_field, on_record, reader);
    if (reader->status == MOOD_OK && reader->parser.entry_pos > MAX_FIELD)
        FAIL(reader, "field %zu is longer than %zu MiB; the quote (\") at its end may be missing", reader->column + 1,
             MAX_FIELD >> 20);
    if (parsed == size || reader->status != MOOD_OK)
        return;
    if (csv_error(&reader->parser) == CSV_EPARSE)
        fail_quote(reader);
    else
        fail_memory(reader);
}

static void feed_block(struct reader *reader, const char *at, size_t size) {
    for (const char *end = at + size; at < end && reader->status == MOOD_OK;) {
        const char *line = memchr(at, '\n', (size_t)(end - at)), *stop = line ? line + 1 : end;
        const char *carriage = memchr(at, '\r', (size_t)(stop - at));
        if (carriage)
            stop = carriage + 1;
        feed(reader, at, (size_t)(stop - at));
        reader->line += stop[-1] == '\n';
        at = stop;
    }
}

static void finish(struct reader *reader) {
    if (csv_fini(&reader->parser, on_field, on_record, reader) != 0 && reader->status == MOOD_OK) {
        if (csv_error(&reader->parser) == CSV_EPARSE)
            FAIL(reader, "a quote (\") is opened in this record but never closed");
        else
            fail_memory(reader);
    }
    if (reader->status != MOOD_OK || reader->dataset->n > 0)
        return;
    reader->status = mood_error_set(reader->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                    reader->header_done ? "%s: there are no rows below the first line"
                                                        : "%s: the file is empty; it has to begin with a line of "
                                                          "column names, such as text,label",
                                    reader->source->name);
}

static int is_space(unsigned char byte) {
    (void)byte;
    return 0; /* RFC 4180: spaces belong to the field */
}

static void read_blocks(struct reader *reader, char *block) {
    size_t size;
    bool first = true;
    do {
        reader->status = source_read(reader->source, block, BLOCK, &size, reader->err);
        if (reader->status != MOOD_OK)
            return;
        size_t mark = first && size >= 3 && memcmp(block, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        first = false;
        feed_block(reader, block + mark, size - mark);
    } while (size == BLOCK && reader->status == MOOD_OK);
    if (reader->status == MOOD_OK)
        finish(reader);
}

mood_status dataset_read(mood_dataset *dataset, struct source *source, const mood_dataset_options *options,
                         mood_error *err) {
    struct reader reader = {.dataset = dataset,
                            .source = source,
                            .options = options,
                            .line = 1,
                            .record_line = 1,
                            .text_column = NO_COLUMN,
                            .label_column = NO_COLUMN,
                            .err = err};
    char *block = malloc(BLOCK);
    if (!block || csv_init(&reader.parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(block);
        fail_memory(&reader);
        return reader.status;
    }
    csv_set_space_func(&reader.parser, is_space);
    csv_set_blk_size(&reader.parser, BLOCK);
    csv_set_realloc_func(&reader.parser, realloc);
    csv_set_free_func(&reader.parser, free);
    read_blocks(&reader, block);
    csv_free(&reader.parser);
    bytes_free(&reader.names);
    free(block);
    return reader.status;
}
