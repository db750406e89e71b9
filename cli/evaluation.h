/* mood evaluate: what it measured, and its output. */
#ifndef CLI_EVALUATION_H
#define CLI_EVALUATION_H

#include <stdio.h>

#include "bootstrap.h"
#include "calibration.h"
#include "labelled.h"
#include "metrics.h"

struct evaluation {
    const mood_head *head;
    const mood_recipe *recipe;
    float *scores;         /* [n,O] */
    mood_metrics *figures; /* of the model as it was compiled; NULL: none */
    struct metrics metrics;
    struct calibration calibration;
    struct intervals intervals;
    size_t wrong; /* rows with another label than the predicted one, or other labels */
};

/* ---- evaluate.c ------------------------------------------------------------------------------------ */

/* The value of a row of scores [O] that is compared with the thresholds of the ROC curve, for two labels. */
float evaluation_rank(const mood_head *head, const float *row);

/* ---- evaluation_plot.c ----------------------------------------------------------------------------- */

/* Draw the evaluation of these rows into the file. Errors: those of plot_finish. */
MOOD_MUST_CHECK mood_status evaluation_plot(const char *path, const struct evaluation *evaluation,
                                            const struct labelled *rows, mood_error *err);

/* ---- evaluation_print.c ---------------------------------------------------------------------------- */

void evaluation_print_table(const struct evaluation *evaluation);

/* Errors: MOOD_ERR_MEMORY. */
MOOD_MUST_CHECK mood_status evaluation_print_json(const struct evaluation *evaluation, const struct word_counts *words,
                                                  mood_error *err);

/* ---- evaluation_errors.c --------------------------------------------------------------------------- */

/* Whether the model's answer for a row of scores [O] is not the truth: y is a class number, or the targets [labels]
 * of a multi-label model. */
bool evaluation_is_wrong(const mood_head *head, const float *row, const float *y);

/* Write the wrong rows as CSV with the columns text, label, predicted, score and confidence, at most `most` of them:
 * those first whose wrong answer is the most confident. separator: between the labels of a multi-label model. Errors,
 * naming the path: MOOD_ERR_IO, MOOD_ERR_MEMORY. */
MOOD_MUST_CHECK mood_status evaluation_write_errors(const char *path, const struct evaluation *evaluation,
                                                    const mood_text *texts, const struct labelled *rows,
                                                    const float *scores, char separator, size_t most, mood_error *err);

#endif
