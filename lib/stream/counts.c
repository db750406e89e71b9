/* The statistics of a run. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errors.h"
#include "stream/counts.h"
#include "stream/histogram.h"

mood_status counts_init(struct counts *counts, size_t label_count, mood_error *err) {
    *counts = (struct counts){.label_count = label_count, .start = clock_seconds()};
    counts->now.batch_sizes = histogram_of_sizes();
    counts->now.batch_waits = histogram_of_seconds();
    counts->now.inference = histogram_of_seconds();
    counts->now.end_to_end = histogram_of_seconds();
    counts->labels = calloc(label_count, sizeof *counts->labels);
    counts->labels_before = calloc(label_count, sizeof *counts->labels_before);
    return counts->labels && counts->labels_before ? MOOD_OK : error_no_memory(err);
}

void counts_clear(struct counts *counts) {
    free(counts->labels_before);
    free(counts->labels);
    *counts = (struct counts){0};
}

void counts_save(struct counts *counts) {
    counts->saved = true;
    counts->before = counts->now;
    memcpy(counts->labels_before, counts->labels, counts->label_count * sizeof *counts->labels);
}

/* Restores only the counters of a transaction's outputs. Received records, batches and times are not undone. */
static void subtract_transaction(mood_stream_statistics *statistics, const mood_stream_statistics *before) {
    statistics->scored = before->scored;
    statistics->tombstones = before->tombstones;
    statistics->dead_letters = before->dead_letters;
    statistics->skipped = before->skipped;
    memcpy(statistics->replayed, before->replayed, sizeof statistics->replayed);
    statistics->bad_bytes = before->bad_bytes;
    statistics->end_to_end = before->end_to_end;
}

void counts_restore(struct counts *counts) {
    subtract_transaction(&counts->now, &counts->before);
    memcpy(counts->labels, counts->labels_before, counts->label_count * sizeof *counts->labels);
    counts->now.aborted_transactions++;
    counts->saved = false;
}

void counts_keep(struct counts *counts) {
    counts->now.transactions++;
    counts->saved = false;
}

void counts_add_result(struct counts *counts, const mood_head *head, const float *scores, size_t label) {
    counts->now.scored++;
    if (!head->multi_label)
        counts->labels[label]++;
    for (size_t i = 0; head->multi_label && i < head->labels; i++)
        counts->labels[i] += mood_head_applies(head, scores, i);
}

mood_stream_statistics counts_report(const struct counts *counts) {
    mood_stream_statistics report = counts->now;
    report.size = sizeof report;
    report.labels = counts->saved ? counts->labels_before : counts->labels;
    report.label_count = counts->label_count;
    report.seconds = clock_seconds() - counts->start;
    if (counts->saved)
        subtract_transaction(&report, &counts->before);
    return report;
}
