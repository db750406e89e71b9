/* The columns that scoring adds to a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score_columns.h"

static bool is_taken(const char *name, const mood_text *taken, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (taken[i].size == strlen(name) && memcmp(taken[i].data, name, taken[i].size) == 0)
            return true;
    return false;
}

/* False: out of memory. */
static bool add_name(struct score_columns *columns, const char *prefix, const char *name, const mood_text *taken,
                     size_t n) {
    char *made = NULL;
    if (asprintf(&made, "%s%s", prefix, name) < 0)
        return false;
    while (is_taken(made, taken, n)) {
        char *longer = NULL;
        int size = asprintf(&longer, "mood_%s", made);
        free(made);
        if (size < 0)
            return false;
        made = longer;
    }
    columns->names[columns->count++] = made;
    return true;
}

mood_status score_columns_create(struct score_columns *columns, const mood_scorer *scorer, bool all_scores,
                                 const mood_text *taken, size_t n, mood_error *err) {
    const mood_head *head = mood_scorer_get_head(scorer);
    bool one = !head->multi_label;
    *columns = (struct score_columns){
        .scorer = scorer,
        .names = calloc(head->labels + 3, sizeof *columns->names),
        .confidence = one && head->probabilities,
        .all_scores = !one || (all_scores && (head->probabilities || head->outputs > 1)),
    };
    bool ok = columns->names && add_name(columns, "", "label", taken, n);
    if (one)
        ok = ok && add_name(columns, "", "score", taken, n);
    if (columns->confidence)
        ok = ok && add_name(columns, "", "confidence", taken, n);
    for (size_t i = 0; columns->all_scores && i < head->labels; i++)
        ok = ok && add_name(columns, "score_", mood_scorer_get_label(scorer, i), taken, n);
    if (ok)
        return MOOD_OK;
    score_columns_destroy(columns);
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

void score_columns_destroy(struct score_columns *columns) {
    for (size_t i = 0; i < columns->count; i++)
        free(columns->names[i]);
    free(columns->names);
    *columns = (struct score_columns){0};
}

void score_columns_write_label(const struct score_columns *columns, const float *row, struct buffer *out) {
    const mood_head *head = mood_scorer_get_head(columns->scorer);
    if (!head->multi_label) {
        buffer_append_string(out, mood_scorer_get_label(columns->scorer, mood_head_decide(head, row)));
        return;
    }
    const char *before = "";
    for (size_t i = 0; i < head->labels; i++)
        if (mood_head_applies(head, row, i)) {
            buffer_append_string(out, before);
            buffer_append_string(out, mood_scorer_get_label(columns->scorer, i));
            before = "|";
        }
}

void score_columns_write_number(const struct score_columns *columns, const float *row, size_t i, struct buffer *out) {
    const mood_head *head = mood_scorer_get_head(columns->scorer);
    size_t label = mood_head_decide(head, row), before = head->multi_label ? 1 : 2 + (size_t)columns->confidence;
    float number = i >= before ? mood_head_label_score(head, row, i - before)
                   : i == 1    ? row[head->outputs == 1 ? 0 : label]
                               : mood_head_label_score(head, row, label);
    char digits[32];
    int size = snprintf(digits, sizeof digits, "%.9g", (double)number);
    buffer_append(out, digits, (size_t)size);
}
