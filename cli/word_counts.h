/* Share of the words that are in a model's vocabulary. */
#ifndef CLI_WORD_COUNTS_H
#define CLI_WORD_COUNTS_H

#include "command.h"
#include "mood/text.h"

struct word_counts {
    size_t words, unknown;       /* unknown: unknown words */
    size_t texts, unknown_texts; /* unknown_texts: texts without a known word */
};

void word_counts_add(struct word_counts *sums, const mood_sequence_counts *counts, size_t n);

/* Print a note if there are unknown words or texts without a known word. */
void word_counts_print(const struct common *common, const struct word_counts *sums);

#endif
