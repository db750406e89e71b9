/* Share of the words that are in a model's vocabulary. */
#include "word_counts.h"

void word_counts_add(struct word_counts *sums, const mood_sequence_counts *counts, size_t n) {
    sums->texts += n;
    for (size_t i = 0; i < n; i++) {
        sums->words += counts[i].words;
        sums->unknown += counts[i].unknown;
        sums->unknown_texts += counts[i].unknown == counts[i].words;
    }
}

void word_counts_print(const struct common *common, const struct word_counts *sums) {
    if (sums->unknown)
        print_note(common, "mood: unknown words: %zu of %zu (%.1f %%)", sums->unknown, sums->words,
                   100.0 * (double)sums->unknown / (double)sums->words);
    if (sums->unknown_texts)
        print_note(common, "mood: texts without a known word: %zu of %zu; their scores mean nothing",
                   sums->unknown_texts, sums->texts);
}
