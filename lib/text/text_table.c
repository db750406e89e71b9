/* Tables: opening, rows and access, whatever the format of the file. */
#include "text/text_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/errors.h"
#include "text/dataset_format.h"
#include "text/utf8.h"

/* ---- opening ----------------------------------------------------------------------------------- */

bool table_make_names(mood_table *table, size_t width) {
    table->names = calloc(width ? width : 1, sizeof *table->names);
    table->width = table->names ? width : 0;
    return table->names != NULL;
}

mood_status table_set_text_column(mood_table *table, char *name, bool guessed, mood_error *err) {
    table->info.text_column = table->text_column = name;
    table->info.text_guessed = guessed;
    return name ? MOOD_OK : error_no_memory(err);
}

static bool copy(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

static bool copy_columns(mood_table *table, const mood_table_options *options) {
    size_t room = options->column_count ? options->column_count : 1;
    table->columns = calloc(room, sizeof *table->columns);
    table->values = calloc(room, sizeof *table->values);
    table->numbers = calloc(room, sizeof *table->numbers);
    table->column_names = calloc(room, sizeof *table->column_names);
    if (!table->columns || !table->values || !table->numbers || !table->column_names)
        return false;
    table->column_count = options->column_count;
    for (size_t i = 0; i < options->column_count; i++)
        if (!copy(&table->column_names[i], options->columns[i]))
            return false;
    return true;
}

static mood_status copy_options(mood_table *table, const char *path, const mood_table_options *options,
                                mood_error *err) {
    if (!copy(&table->path, path) || !copy(&table->encoding, options->encoding) ||
        !copy(&table->given_text, options->text_column) || !copy_columns(table, options))
        return error_no_memory(err);
    table->skip_errors = options->skip_errors;
    table->layout =
        (struct layout){table->given_text, NULL, true, options->separator, options->no_header, options->no_quotes};
    return MOOD_OK;
}

static mood_status choose_format(mood_table *table, mood_error *err) {
    const struct dataset_format *format = dataset_format_find(&table->input);
    table->info.format = format->name;
    if (format == &format_fasttext)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "%s: lines of fastText's format (__label__) have no columns; convert the file to CSV or "
                              "JSON lines",
                              table->source.name);
    table->format = format == &format_json_lines ? &table_json_lines : &table_csv;
    return MOOD_OK;
}

static mood_status open_file(mood_table *table, mood_error *err) {
    mood_status status = source_open(&table->source, table->path, err);
    table->source_open = status == MOOD_OK;
    if (status == MOOD_OK)
        status = input_open(&table->input, &table->source, table->encoding, err);
    if (status != MOOD_OK)
        return status;
    table->input_open = true;
    if (!copy(&table->encoding_name, table->input.encoding.name))
        return error_no_memory(err);
    table->info.encoding = table->encoding_name;
    table->info.compression = source_compression(&table->source);
    status = choose_format(table, err);
    if (status != MOOD_OK)
        return status;
    status = table->format->open(table, err);
    if (status != MOOD_OK)
        table->format = NULL; /* nothing to close */
    return status;
}

static mood_status check_options(const mood_table_options *options, mood_error *err) {
    const char *problem = NULL;
    if (options->size != sizeof *options)
        problem = "size is not that of this version; begin with MOOD_TABLE_OPTIONS";
    else if (!options->columns && options->column_count > 0)
        problem = "columns is NULL";
    else if (options->separator && !separator_is_valid(options->separator))
        problem = SEPARATOR_PROBLEM;
    for (size_t i = 0; !problem && i < options->column_count; i++)
        problem = options->columns[i] ? NULL : "the name of a column is NULL";
    return problem ? mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_table_options: %s", problem)
                   : MOOD_OK;
}

mood_status mood_table_open(const char *path, const mood_table_options *options, mood_table **table, mood_error *err) {
    const mood_table_options defaults = MOOD_TABLE_OPTIONS;
    if (!path || !table)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_table_open: an argument is NULL");
    if (!options)
        options = &defaults;
    mood_status status = check_options(options, err);
    if (status != MOOD_OK)
        return status;
    mood_table *made = calloc(1, sizeof *made);
    status = made ? copy_options(made, path, options, err) : error_no_memory(err);
    if (status == MOOD_OK)
        status = open_file(made, err);
    if (status != MOOD_OK) {
        mood_table_destroy(made);
        return status;
    }
    *table = made;
    return MOOD_OK;
}

void mood_table_destroy(mood_table *table) {
    if (!table)
        return;
    if (table->format)
        table->format->close(table);
    if (table->input_open)
        input_close(&table->input);
    if (table->source_open)
        source_close(&table->source);
    for (size_t i = 0; i < table->column_count; i++)
        free(table->column_names[i]);
    free(table->column_names);
    free(table->columns);
    free(table->values);
    free(table->numbers);
    free(table->names);
    free(table->fields);
    bytes_free(&table->name_bytes);
    json_decref(table->names_json);
    free(table->path);
    free(table->encoding);
    free(table->encoding_name);
    free(table->given_text);
    free(table->text_column);
    free(table->skipped_reason);
    free(table);
}

/* ---- rows -------------------------------------------------------------------------------------- */

static mood_status skip_row(mood_table *table, size_t line, const char *problem, mood_error *err) {
    mood_dataset_info *info = &table->info;
    if (!table->skip_errors) {
        mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s", problem);
        mood_error_prefix(err, "%s:%zu", table->source.name, line);
        return MOOD_ERR_FORMAT;
    }
    info->rows_skipped++;
    if (info->first_skipped_line > 0)
        return MOOD_OK;
    info->first_skipped_line = line;
    info->first_skipped_reason = table->skipped_reason = strdup(problem);
    return table->skipped_reason ? MOOD_OK : error_no_memory(err);
}

mood_status mood_table_next(mood_table *table, mood_table_row *row, bool *found, mood_error *err) {
    char problem[MOOD_MESSAGE_SIZE];
    mood_status status = MOOD_OK;
    do {
        *row = (mood_table_row){.text = {"", 0}, .values = table->values, .object = {"", 0}};
        *problem = '\0';
        status = table->format->next(table, row, found, problem, err);
        if (status != MOOD_OK || !*found)
            break;
        table->info.rows_read++;
        if (*problem)
            status = skip_row(table, row->line, problem, err);
    } while (status == MOOD_OK && *problem);
    *found &= status == MOOD_OK;
    if (*found)
        table->info.empty_texts += utf8_is_blank(row->text);
    return status;
}

/* ---- access ------------------------------------------------------------------------------------ */

const mood_text *mood_table_get_names(const mood_table *table) {
    return table->names;
}

size_t mood_table_get_width(const mood_table *table) {
    return table->width;
}

const mood_dataset_info *mood_table_get_info(const mood_table *table) {
    return &table->info;
}

void mood_table_get_progress(const mood_table *table, uint64_t *read, uint64_t *size) {
    const struct source *source = &table->source;
    struct stat file;
    bool archive = source->unpacking.type && source->unpacking.type->read; /* not read in order */
    *read = archive ? source->read : source->raw.used;
    *size = 0;
    if (!archive && fstat(source->raw.descriptor, &file) == 0 && S_ISREG(file.st_mode))
        *size = (uint64_t)file.st_size;
}
