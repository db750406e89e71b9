/* Counts of words by label, and the words that tell the labels apart. */
#ifndef CLI_REPORT_WORDS_H
#define CLI_REPORT_WORDS_H

#include <jansson.h>
#include <stdint.h>

#include "mood/scorer.h"

#define WORDS_MAX ((size_t)200000) /* different words that are counted */
#define WORDS_SHOWN ((size_t)20)

struct words {
    json_t *index; /* word to number */
    size_t labels, count, capacity, most;
    char **names;     /* [count] */
    uint32_t *cells;  /* [count, labels + 1]: occurrences in texts of each label, and in all */
    uint64_t *totals; /* [labels + 1] of all words, counted or not */
    bool full;        /* there were more different words */
    bool failed;      /* out of memory */
};

/* False: out of memory. */
bool words_create(struct words *words, size_t labels);
void words_free(struct words *words);

/* Count the words of scored texts [n]. */
MOOD_MUST_CHECK mood_status words_add(struct words *words, const mood_scorer *scorer, const mood_text *texts,
                                      const float *scores, size_t n, mood_error *err);

/* A word and its value: a z-score of the log-odds, or a count. */
struct word_rank {
    size_t word;
    double value;
};

/* The words that are typical of a label: those with the largest z-scores of the log-odds ratio between its texts and the
 * others, with an informative Dirichlet prior (Monroe, Colaresi and Quinn, 2008, equations 15 to 22). The prior has the
 * words' shares in all texts, with the weight of PRIOR words. Returns how many, at most WORDS_SHOWN, best first. */
size_t words_typical(const struct words *words, size_t label, struct word_rank ranks[WORDS_SHOWN]);

/* The most frequent words that a tokenizer does not know. */
size_t words_unknown(const struct words *words, const mood_tokenizer *tokenizer, struct word_rank ranks[WORDS_SHOWN]);

#endif
