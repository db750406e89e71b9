/* What is known about a pile of scored texts, and the page about them. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "buffer.h"
#include "mood/scorer.h"
#include "report_days.h"
#include "report_extremes.h"
#include "report_groups.h"
#include "report_words.h"
#include "score_table.h"
#include "tally.h"

#define PARTS_MAX ((size_t)60) /* of the file, in the order of its rows */
#define PART_LEAST 20          /* texts per part */

struct report {
    mood_scorer *scorer;
    const mood_head *head;
    struct tallies total; /* one row */
    struct tallies parts; /* [PARTS_MAX] */
    size_t part_size;     /* texts per part */
    struct tallies days;  /* [DAYS]; no rows without a column of times */
    uint64_t timeless;    /* texts whose time can't be read */
    struct groups groups; /* none without a column of groups */
    struct words words;
    struct extremes *surest;  /* [labels] the texts with the largest score of each label */
    struct extremes doubtful; /* the texts nearest to another label */
    double confidence;        /* sum of the labels' scores */
    struct word_counts counts;

    bool by_time, by_group;
    struct pending { /* of the rows that are being scored */
        size_t line, day, group;
    } * pending;
    size_t pending_count, pending_capacity;
};

/* by_time: rows have a time as their first value; by_group: a group as the next one. */
MOOD_MUST_CHECK mood_status report_create(struct report *report, mood_scorer *scorer, bool by_time, bool by_group,
                                          mood_error *err);
void report_free(struct report *report);

/* For score_table: user is a struct report. */
MOOD_MUST_CHECK mood_status report_add_row(const mood_table_row *row, size_t *size, void *user, mood_error *err);
MOOD_MUST_CHECK mood_status report_add_batch(const struct scored_rows *rows, void *user, mood_error *err);

/* What the page says about its origin. */
struct report_origin {
    const char *input, *model;
    const mood_dataset_info *info; /* of the input */
    const char *time, *group;      /* columns; NULL: none */
};

/* Append the page. False: out of memory. */
bool report_write_page(const struct report *report, const struct report_origin *origin, struct buffer *out);

#endif
