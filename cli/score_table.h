/* Scores the texts of a table in batches: any number of rows in constant memory. */
#ifndef CLI_SCORE_TABLE_H
#define CLI_SCORE_TABLE_H

#include "command.h"
#include "mood/scorer.h"
#include "word_counts.h"

/* A batch of rows. */
struct scored_rows {
    size_t n;
    const mood_text *texts;             /* [n] */
    const float *scores;                /* [n, O] */
    const mood_sequence_counts *counts; /* [n] */
};

/* What is done with them. The functions return an error to stop. */
struct scored_rows_user {
    /* Called for each row in order; what it points to is valid during the call. The text is kept for on_batch. *size: the
     * bytes of memory that the caller keeps for the row. */
    mood_status (*on_row)(const mood_table_row *row, size_t *size, void *user, mood_error *err);
    /* Called for the rows since the last batch. */
    mood_status (*on_batch)(const struct scored_rows *rows, void *user, mood_error *err);
    void *user;
};

/* Score all rows that are left in a table, with a progress bar. path: the table's, for errors. words: sums. Errors: those
 * of the table, the scorer (with file and line) and the functions; MOOD_ERR_STATE after Ctrl-C (see catch_interrupts). */
MOOD_MUST_CHECK mood_status score_table(const struct common *common, mood_scorer *scorer, mood_table *table,
                                        const char *path, const struct scored_rows_user *user,
                                        struct word_counts *words, mood_error *err);

#endif
