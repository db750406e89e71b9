/* mood predict MODEL IN -o OUT: scores a whole file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "new_file.h"
#include "output.h"
#include "predict_file.h"
#include "score_columns.h"
#include "score_table.h"
#include "table_output.h"

/* The rows of a batch, and totals. */
struct writer {
    const mood_scorer *scorer;
    struct table_output output;
    struct new_file file;
    struct buffer begun;    /* the beginnings of the batch's rows */
    size_t *ends, capacity; /* [begun_count]: where each one ends */
    size_t begun_count;
    struct buffer out;
    size_t *labels; /* [labels]: rows with that label */
};

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- rows ------------------------------------------------------------------------------------------- */

static mood_status begin_row(const mood_table_row *row, size_t *size, void *user, mood_error *err) {
    struct writer *writer = user;
    size_t before = writer->begun.size;
    if (writer->begun_count == writer->capacity) {
        size_t capacity = writer->capacity ? 2 * writer->capacity : 1024;
        size_t *ends = realloc(writer->ends, capacity * sizeof *ends);
        if (!ends)
            return no_memory(err);
        writer->ends = ends;
        writer->capacity = capacity;
    }
    mood_status status = table_output_begin_row(&writer->output, row, &writer->begun, err);
    writer->ends[writer->begun_count++] = writer->begun.size;
    *size = writer->begun.size - before;
    return status;
}

static mood_status write_out(struct writer *writer, mood_error *err) {
    if (writer->out.failed)
        return no_memory(err);
    mood_status status = new_file_write(&writer->file, buffer_part(&writer->out, 0, writer->out.size), err);
    buffer_clear(&writer->out);
    return status;
}

static void count_labels(struct writer *writer, const float *row) {
    const mood_head *head = mood_scorer_get_head(writer->scorer);
    for (size_t i = 0; i < head->labels; i++)
        writer->labels[i] += head->multi_label ? mood_head_applies(head, row, i) : mood_head_decide(head, row) == i;
}

static mood_status write_batch(const struct scored_rows *rows, void *user, mood_error *err) {
    struct writer *writer = user;
    size_t start = 0, O = mood_scorer_get_outputs(writer->scorer);
    for (size_t i = 0; i < rows->n; i++) {
        buffer_append_text(&writer->out, buffer_part(&writer->begun, start, writer->ends[i] - start));
        table_output_end_row(&writer->output, rows->scores + i * O, &writer->out);
        count_labels(writer, rows->scores + i * O);
        start = writer->ends[i];
    }
    writer->begun_count = 0;
    buffer_clear(&writer->begun);
    return write_out(writer, err);
}

static const char *input_name(const struct predict_file *job) {
    return strcmp(job->input, "-") == 0 ? "standard input" : job->input;
}

/* ---- the file --------------------------------------------------------------------------------------- */

static void note_result(const struct predict_file *job, const struct writer *writer, const struct word_counts *words) {
    struct buffer text = {0};
    for (size_t i = 0; i < mood_scorer_get_labels(writer->scorer); i++)
        buffer_print(&text, "%s%s %zu", i ? ", " : "", mood_scorer_get_label(writer->scorer, i), writer->labels[i]);
    buffer_append_byte(&text, '\0');
    if (!text.failed)
        print_note(job->common, "mood: %s: %zu row%s; %s",
                   strcmp(job->output, "-") == 0 ? input_name(job) : job->output, words->texts,
                   words->texts == 1 ? "" : "s", text.data);
    buffer_free(&text);
}

static mood_status write_table(const struct predict_file *job, struct writer *writer, mood_scorer *scorer,
                               mood_table *table, mood_error *err) {
    const struct scored_rows_user user = {begin_row, write_batch, writer};
    struct word_counts words = {0};
    mood_status status = new_file_open(&writer->file, job->output, err);
    if (status != MOOD_OK)
        return status;
    table_output_write_names(&writer->output, &writer->out);
    status = write_out(writer, err);
    if (status == MOOD_OK)
        status = score_table(job->common, scorer, table, input_name(job), &user, &words, err);
    if (status == MOOD_OK)
        status = new_file_commit(&writer->file, err);
    else
        new_file_discard(&writer->file);
    print_row_notes(job->common, input_name(job), mood_table_get_info(table));
    if (status == MOOD_OK) {
        word_counts_print(job->common, &words);
        note_result(job, writer, &words);
    }
    return status;
}

static mood_status copy_table(const struct predict_file *job, mood_scorer *scorer, mood_table *table, mood_error *err) {
    struct score_columns columns = {0};
    struct writer writer = {.scorer = scorer, .labels = calloc(mood_scorer_get_labels(scorer), sizeof *writer.labels)};
    char separator;
    enum table_format format = table_output_named(job->output, &separator);
    if (!format && job->common->json)
        format = TABLE_FORMAT_JSON_LINES;
    mood_status status = writer.labels ? MOOD_OK : no_memory(err);
    if (status == MOOD_OK)
        status = score_columns_create(&columns, scorer, job->all_scores, mood_table_get_names(table),
                                      mood_table_get_width(table), err);
    if (status == MOOD_OK)
        status = table_output_create(&writer.output, input_name(job), table, &columns, format, separator, err);
    if (status == MOOD_OK)
        status = write_table(job, &writer, scorer, table, err);
    table_output_destroy(&writer.output);
    score_columns_destroy(&columns);
    buffer_free(&writer.begun);
    buffer_free(&writer.out);
    free(writer.ends);
    free(writer.labels);
    return status;
}

mood_status predict_file(const struct predict_file *job, mood_scorer *scorer, mood_error *err) {
    const char *const inputs[] = {job->input, job->model};
    mood_table_options options = MOOD_TABLE_OPTIONS;
    mood_table *table = NULL;
    table_options_apply(job->options, &options);
    mood_status status = MOOD_OK;
    if (strcmp(job->output, "-") != 0)
        status = check_not_input("-o", job->output, inputs, 2, err);
    if (status == MOOD_OK)
        status = mood_table_open(job->input, &options, &table, err);
    if (status != MOOD_OK)
        return status;
    print_format_notes(job->common, input_name(job), job->options, mood_table_get_info(table));
    catch_interrupts();
    status = copy_table(job, scorer, table, err);
    mood_table_destroy(table);
    return status;
}
