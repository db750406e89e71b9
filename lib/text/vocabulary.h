/* Words with their counts and numbers: the state of word_counts, word_docs, word_index, index_word and index_docs
 * in Keras's Tokenizer, which may be inconsistent in a file. */
#ifndef TEXT_VOCABULARY_H
#define TEXT_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mood/text.h"
#include "text/table.h"

#define NO_INDEX (-1)

struct word {
    UT_hash_handle hh;    /* in vocabulary.table */
    UT_hash_handle known; /* in vocabulary.known */
    uint64_t count, docs; /* number of occurrences, and of texts with the word; 0: in none of Keras's dicts */
    uint64_t last_text;   /* number of the last text that was counted in docs */
    size_t first;         /* index in vocabulary.counted; undefined while count is 0 */
    int32_t index;        /* in word_index, or NO_INDEX */
    uint32_t size;
    char text[]; /* NUL-terminated */
};

/* One entry of index_word (word) or of index_docs (docs). */
struct index_entry {
    int32_t index;
    uint64_t docs;
    struct word *word;
};

struct vocabulary {
    struct word *table;    /* all words, by their text */
    struct word *known;    /* words whose ids can occur: a small table for fast look-ups */
    struct word **counted; /* word_counts: in the order of first occurrence */
    size_t counted_count, counted_capacity;
    size_t indexed_count;      /* number of words with an index: len(word_index) */
    struct index_entry *words; /* index_word, by index */
    size_t word_count;
    struct index_entry *docs; /* index_docs, by index */
    size_t doc_count;
    uint64_t text_count; /* document_count */
};

void vocabulary_free(struct vocabulary *vocabulary);

/* *copy becomes a deep copy; false: out of memory, *copy is empty. */
bool vocabulary_copy(const struct vocabulary *vocabulary, struct vocabulary *copy);

struct word *vocabulary_find(const struct vocabulary *vocabulary, mood_text text);

/* The word if its id can occur, else NULL. */
struct word *vocabulary_find_known(const struct vocabulary *vocabulary, mood_text text);

/* The word, added if it does not exist; NULL: out of memory. */
struct word *vocabulary_add(struct vocabulary *vocabulary, mood_text text);

/* Set a word's first count, which determines its position in the order of first occurrence. */
bool vocabulary_set_count(struct vocabulary *vocabulary, struct word *word, uint64_t count);

/* Count a word in text number `text` (from 1). */
bool vocabulary_count(struct vocabulary *vocabulary, mood_text word, uint64_t text);

/* Number the words: oov first, unless its data is NULL, then by count; equal counts in the order of first
 * occurrence. False: out of memory, or there are more words than numbers; then the vocabulary must be discarded. */
bool vocabulary_number(struct vocabulary *vocabulary, mood_text oov);

/* The same as TextVectorization: from VECTORIZATION_FIRST_ID on, by count; equal counts by their bytes in
 * descending order. Words whose number would be limit or above get none, and neither does [UNK]. */
bool vocabulary_number_vectorization(struct vocabulary *vocabulary, int32_t limit);

/* Set the index of a new vocabulary's words [n], which must be in table, from that number on. */
bool vocabulary_index_words(struct vocabulary *vocabulary, struct word **words, size_t n, int32_t first);

/* Give words [n] without an index the next ones; they have no counts. False: out of memory, or there are more words than
 * numbers; then the vocabulary must be discarded. */
bool vocabulary_extend(struct vocabulary *vocabulary, const mood_text *words, size_t n);

/* Take the index of counted words with fewer counts away. The out-of-vocabulary token has no counts
 * and keeps its index. */
void vocabulary_drop_rare(struct vocabulary *vocabulary, uint64_t min_count);

/* The words with an index [indexed_count], sorted by it; new. NULL: out of memory. */
struct word **vocabulary_sort(const struct vocabulary *vocabulary);

/* Build known from the words with an index below limit (INT32_MAX: all). False: out of memory. */
bool vocabulary_choose_known(struct vocabulary *vocabulary, int32_t limit);

/* NULL: there is no such index. */
const struct index_entry *index_find(const struct index_entry *entries, size_t count, int32_t index);

/* Sort by index; false: duplicates. */
bool index_sort(struct index_entry *entries, size_t count);

#endif
