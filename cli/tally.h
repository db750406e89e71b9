/* Counts of scored texts: in all, and for each day, group or part of a file. */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include <stdint.h>

#include "mood/model.h"
#include "mood/text.h"

/* The places of a row of counts; those of the labels follow. */
enum { TALLY_TEXTS, TALLY_WORDS, TALLY_UNKNOWN, TALLY_LABELS };

/* Rows of counts, all zero at first. */
struct tallies {
    size_t labels, rows;
    uint64_t *cells; /* [rows, TALLY_LABELS + labels] */
};

/* Rows of zeros that are never written take no memory. False: out of memory. */
bool tallies_create(struct tallies *tallies, size_t labels, size_t rows);

/* Add rows; false: out of memory, and nothing changes. */
bool tallies_grow(struct tallies *tallies, size_t rows);
void tallies_free(struct tallies *tallies);

uint64_t *tallies_row(const struct tallies *tallies, size_t row);

/* Count a text in a row: its words, and the label, or labels, of its scores. */
void tally_add(uint64_t *row, const mood_head *head, const float *scores, const mood_sequence_counts *counts);

/* Add a row to another. */
void tally_merge(const struct tallies *tallies, uint64_t *to, const uint64_t *from);

#endif
