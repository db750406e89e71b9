/* Collects what a report says, in one pass and bounded memory. */
#include <math.h>
#include <stdlib.h>

#include "report.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

mood_status report_create(struct report *report, mood_scorer *scorer, bool by_time, bool by_group, mood_error *err) {
    const mood_head *head = mood_scorer_get_head(scorer);
    size_t labels = head->labels;
    *report = (struct report){
        .scorer = scorer, .head = head, .part_size = PART_LEAST, .by_time = by_time, .by_group = by_group};
    report->surest = calloc(labels, sizeof *report->surest);
    bool ok = report->surest && tallies_create(&report->total, labels, 1) &&
              tallies_create(&report->parts, labels, PARTS_MAX) && words_create(&report->words, labels) &&
              extremes_create(&report->doubtful);
    if (ok && by_time)
        ok = tallies_create(&report->days, labels, DAYS);
    if (ok && by_group)
        ok = groups_create(&report->groups, labels);
    for (size_t i = 0; ok && i < labels; i++)
        ok = extremes_create(&report->surest[i]);
    if (ok)
        return MOOD_OK;
    report_free(report);
    return no_memory(err);
}

void report_free(struct report *report) {
    for (size_t i = 0; report->surest && i < report->head->labels; i++)
        extremes_free(&report->surest[i]);
    free(report->surest);
    extremes_free(&report->doubtful);
    tallies_free(&report->total);
    tallies_free(&report->parts);
    tallies_free(&report->days);
    groups_free(&report->groups);
    words_free(&report->words);
    free(report->pending);
    *report = (struct report){0};
}

mood_status report_add_row(const mood_table_row *row, size_t *size, void *user, mood_error *err) {
    struct report *report = user;
    const mood_text *value = row->values;
    if (report->pending_count == report->pending_capacity) {
        size_t capacity = report->pending_capacity ? 2 * report->pending_capacity : 1024;
        struct pending *pending = reallocarray(report->pending, capacity, sizeof *pending);
        if (!pending)
            return no_memory(err);
        report->pending = pending;
        report->pending_capacity = capacity;
    }
    struct pending *pending = &report->pending[report->pending_count++];
    *pending = (struct pending){row->line, NO_DAY, SIZE_MAX};
    *size = sizeof *pending;
    if (report->by_time) {
        pending->day = value->data ? day_parse(*value) : NO_DAY;
        value++;
    }
    return !report->by_group || groups_find(&report->groups, *value, &pending->group) ? MOOD_OK : no_memory(err);
}

/* ---- texts ------------------------------------------------------------------------------------------ */

/* The row of the next part. If all are full, each two become one. */
static uint64_t *next_part(struct report *report, size_t texts) {
    struct tallies *parts = &report->parts;
    if (texts / report->part_size == PARTS_MAX) {
        for (size_t i = 0; i < PARTS_MAX; i++)
            for (size_t cell = 0; cell < TALLY_LABELS + parts->labels; cell++) {
                uint64_t count = tallies_row(parts, i)[cell];
                tallies_row(parts, i)[cell] = 0;
                tallies_row(parts, i / 2)[cell] += count;
            }
        report->part_size *= 2;
    }
    return tallies_row(parts, texts / report->part_size);
}

/* How far the scores are from another label. */
static double margin(const mood_head *head, const float *row) {
    double best = -INFINITY, next = -INFINITY, least = INFINITY;
    if (head->outputs == 1)
        return fabs((double)row[0] - head->threshold);
    for (size_t i = 0; i < head->labels; i++) {
        double score = row[i];
        least = fmin(least, fabs(score - head->threshold));
        if (score > best) {
            next = best;
            best = score;
        } else {
            next = fmax(next, score);
        }
    }
    return head->multi_label ? least : best - next;
}

static void add_extremes(struct report *report, mood_text text, const mood_sequence_counts *counts, size_t line,
                         const float *row) {
    const mood_head *head = report->head;
    size_t label = mood_head_decide(head, row);
    double score = mood_head_label_score(head, row, label);
    if (counts->unknown == counts->words)
        return; /* its score means nothing */
    extremes_add(&report->doubtful, text, line, -margin(head, row), label, score);
    if (!head->multi_label || mood_head_applies(head, row, label))
        extremes_add(&report->surest[label], text, line, score, label, score);
}

static void add_text(struct report *report, const struct scored_rows *rows, size_t i) {
    const struct pending *pending = &report->pending[i];
    const mood_head *head = report->head;
    const float *row = rows->scores + i * head->outputs;
    const mood_sequence_counts *counts = &rows->counts[i];
    uint64_t *total = tallies_row(&report->total, 0);
    tally_add(next_part(report, total[TALLY_TEXTS]), head, row, counts);
    tally_add(total, head, row, counts);
    if (report->by_time && pending->day == NO_DAY)
        report->timeless++;
    else if (report->by_time)
        tally_add(tallies_row(&report->days, pending->day), head, row, counts);
    if (report->by_group && pending->group == SIZE_MAX)
        report->groups.others++;
    else if (report->by_group)
        tally_add(tallies_row(&report->groups.tallies, pending->group), head, row, counts);
    report->confidence += (double)mood_head_label_score(head, row, mood_head_decide(head, row));
    add_extremes(report, rows->texts[i], counts, pending->line, row);
}

mood_status report_add_batch(const struct scored_rows *rows, void *user, mood_error *err) {
    struct report *report = user;
    for (size_t i = 0; i < rows->n; i++)
        add_text(report, rows, i);
    report->pending_count = 0;
    return words_add(&report->words, report->scorer, rows->texts, rows->scores, rows->n, err);
}
