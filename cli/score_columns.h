/* The columns that scoring adds to a table: label, score, confidence and, by request, one per class. */
#ifndef CLI_SCORE_COLUMNS_H
#define CLI_SCORE_COLUMNS_H

#include "buffer.h"
#include "mood/scorer.h"

struct score_columns {
    const mood_scorer *scorer;
    size_t count;
    char **names; /* [count]; the first one is that of the label */
    bool confidence, all_scores;
};

/* Names: label; score and confidence unless the model is multi-label; with all_scores, and of a multi-label model,
 * score_LABEL for each label. A name that is among taken [n] gets the prefix mood_. */
MOOD_MUST_CHECK mood_status score_columns_create(struct score_columns *columns, const mood_scorer *scorer,
                                                 bool all_scores, const mood_text *taken, size_t n, mood_error *err);
void score_columns_destroy(struct score_columns *columns);

/* Append the label of a row of scores; several labels are joined by |. */
void score_columns_write_label(const struct score_columns *columns, const float *row, struct buffer *out);

/* Append the number of column i, from 1, with nine digits, which read back as the same float. */
void score_columns_write_number(const struct score_columns *columns, const float *row, size_t i, struct buffer *out);

#endif
