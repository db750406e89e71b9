/* Scores the texts of a table in batches. */
#include <stdlib.h>

#include "buffer.h"
#include "interrupt.h"
#include "progress.h"
#include "score_table.h"

#define BATCH 4096                     /* several batches of the scorer */
#define BATCH_BYTES ((size_t)16 << 20) /* a batch ends when its rows take so much memory */

struct batch {
    size_t n, kept; /* rows; bytes that the user keeps for them */
    struct buffer bytes;
    size_t *ends, *lines; /* [BATCH]: where each text ends in bytes; the row's line */
    mood_text *texts;     /* [BATCH] */
    float *scores;        /* [BATCH, O] */
    mood_sequence_counts *counts;
};

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

static void batch_free(struct batch *batch) {
    buffer_free(&batch->bytes);
    free(batch->ends);
    free(batch->lines);
    free(batch->texts);
    free(batch->scores);
    free(batch->counts);
}

static mood_status batch_create(struct batch *batch, const mood_scorer *scorer, mood_error *err) {
    *batch = (struct batch){
        .ends = calloc(BATCH, sizeof *batch->ends),
        .lines = calloc(BATCH, sizeof *batch->lines),
        .texts = calloc(BATCH, sizeof *batch->texts),
        .scores = calloc(BATCH * mood_scorer_get_outputs(scorer), sizeof *batch->scores),
        .counts = calloc(BATCH, sizeof *batch->counts),
    };
    if (batch->ends && batch->lines && batch->texts && batch->scores && batch->counts)
        return MOOD_OK;
    batch_free(batch);
    return no_memory(err);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static mood_status add_row(struct batch *batch, const mood_table_row *row, const struct scored_rows_user *user,
                           mood_error *err) {
    size_t kept = 0;
    buffer_append_text(&batch->bytes, row->text);
    if (batch->bytes.failed)
        return no_memory(err);
    mood_status status = user->on_row(row, &kept, user->user, err);
    if (status != MOOD_OK)
        return status;
    batch->ends[batch->n] = batch->bytes.size;
    batch->lines[batch->n++] = row->line;
    batch->kept += kept;
    return MOOD_OK;
}

/* Read rows until the batch is full. */
static mood_status fill(struct batch *batch, mood_table *table, const struct scored_rows_user *user, bool *found,
                        mood_error *err) {
    mood_status status = MOOD_OK;
    batch->n = batch->kept = 0;
    buffer_clear(&batch->bytes);
    while (status == MOOD_OK && *found && batch->n < BATCH && batch->bytes.size + batch->kept < BATCH_BYTES) {
        mood_table_row row;
        status = mood_table_next(table, &row, found, err);
        if (status == MOOD_OK && *found)
            status = add_row(batch, &row, user, err);
    }
    size_t start = 0;
    for (size_t i = 0; i < batch->n; i++) { /* the buffer moves no more */
        batch->texts[i] = buffer_part(&batch->bytes, start, batch->ends[i] - start);
        start = batch->ends[i];
    }
    return status;
}

/* ---- scoring ---------------------------------------------------------------------------------------- */

/* If a text can't be scored, the error contains its line. */
static mood_status score(struct batch *batch, mood_scorer *scorer, const char *path, mood_error *err) {
    mood_status status = mood_scorer_score_counted(scorer, batch->texts, batch->n, batch->scores, batch->counts, err);
    if (status == MOOD_OK || err->error_class != MOOD_CLASS_INPUT)
        return status;
    for (size_t i = 0; i < batch->n; i++)
        if (mood_scorer_score(scorer, &batch->texts[i], 1, batch->scores, err) != MOOD_OK) {
            mood_error_prefix(err, "%s:%zu", path, batch->lines[i]);
            break;
        }
    return status;
}

static mood_status process(struct batch *batch, mood_scorer *scorer, const char *path,
                           const struct scored_rows_user *user, struct word_counts *words, mood_error *err) {
    const struct scored_rows rows = {batch->n, batch->texts, batch->scores, batch->counts};
    if (interrupt_caught())
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "interrupted");
    mood_status status = score(batch, scorer, path, err);
    if (status == MOOD_OK)
        word_counts_add(words, batch->counts, batch->n);
    return status == MOOD_OK ? user->on_batch(&rows, user->user, err) : status;
}

mood_status score_table(const struct common *common, mood_scorer *scorer, mood_table *table, const char *path,
                        const struct scored_rows_user *user, struct word_counts *words, mood_error *err) {
    struct batch batch;
    struct progress progress;
    bool found = true;
    mood_status status = batch_create(&batch, scorer, err);
    if (status != MOOD_OK)
        return status;
    progress_start(&progress, common);
    while (status == MOOD_OK && found) {
        uint64_t read, size;
        status = fill(&batch, table, user, &found, err);
        if (status == MOOD_OK && batch.n > 0)
            status = process(&batch, scorer, path, user, words, err);
        mood_table_get_progress(table, &read, &size);
        progress_draw(&progress, words->texts, read, size);
    }
    progress_stop(&progress);
    batch_free(&batch);
    return status;
}
