/* Counts of scored texts. */
#include <stdlib.h>
#include <string.h>

#include "tally.h"

static size_t width(const struct tallies *tallies) {
    return TALLY_LABELS + tallies->labels;
}

bool tallies_create(struct tallies *tallies, size_t labels, size_t rows) {
    *tallies = (struct tallies){.labels = labels, .rows = rows};
    tallies->cells = calloc(rows ? rows : 1, width(tallies) * sizeof *tallies->cells);
    return tallies->cells != NULL;
}

bool tallies_grow(struct tallies *tallies, size_t rows) {
    size_t row_size = width(tallies) * sizeof *tallies->cells;
    uint64_t *cells = reallocarray(tallies->cells, rows, row_size);
    if (!cells)
        return false;
    tallies->cells = cells;
    memset(tallies_row(tallies, tallies->rows), 0, (rows - tallies->rows) * row_size);
    tallies->rows = rows;
    return true;
}

void tallies_free(struct tallies *tallies) {
    free(tallies->cells);
    *tallies = (struct tallies){0};
}

uint64_t *tallies_row(const struct tallies *tallies, size_t row) {
    return tallies->cells + row * width(tallies);
}

void tally_add(uint64_t *row, const mood_head *head, const float *scores, const mood_sequence_counts *counts) {
    row[TALLY_TEXTS]++;
    row[TALLY_WORDS] += counts->words;
    row[TALLY_UNKNOWN] += counts->unknown;
    if (!head->multi_label) {
        row[TALLY_LABELS + mood_head_decide(head, scores)]++;
        return;
    }
    for (size_t i = 0; i < head->labels; i++)
        row[TALLY_LABELS + i] += mood_head_applies(head, scores, i);
}

void tally_merge(const struct tallies *tallies, uint64_t *to, const uint64_t *from) {
    for (size_t i = 0; i < width(tallies); i++)
        to[i] += from[i];
}
