/* Words: how often each was seen, and its number. The state that Keras's Tokenizer keeps in word_counts,
 * word_docs, word_index, index_word and index_docs, which a file may hold in disagreement. */
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
    uint64_t count, docs; /* times seen, and texts seen in; 0 when in none of Keras's dicts */
    uint64_t last_text;   /* the text that was counted into docs last */
    size_t first;         /* place in vocabulary.counted; meaningless while count is 0 */
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
    struct word *known;    /* those whose ids may come out: the few that every look-up is for */
    struct word **counted; /* word_counts: in the order of first sight */
    size_t counted_count, counted_capacity;
    size_t indexed_count;      /* words with an index: len(word_index) */
    struct index_entry *words; /* index_word, by index */
    size_t word_count;
    struct index_entry *docs; /* index_docs, by index */
    size_t doc_count;
    uint64_t text_count; /* document_count */
};

void vocabulary_free(struct vocabulary *vocabulary);

/* *copy becomes one that shares nothing; false when there is no memory, *copy then being empty. */
bool vocabulary_copy(const struct vocabulary *vocabulary, struct vocabulary *copy);

struct word *vocabulary_find(const struct vocabulary *vocabulary, mood_text text);

/* A word whose id may come out; NULL when it is none of them. */
struct word *vocabulary_find_known(const struct vocabulary *vocabulary, mood_text text);

/* The word, added when it is not there; NULL when there is no memory. */
struct word *vocabulary_add(struct vocabulary *vocabulary, mood_text text);

/* Take a word's first count, which gives it its place in the order of first sight. */
bool vocabulary_set_count(struct vocabulary *vocabulary, struct word *word, uint64_t count);

/* See a word in text number `text` (from 1). */
bool vocabulary_count(struct vocabulary *vocabulary, mood_text word, uint64_t text);

/* Number the words: oov first, when its data is not NULL, then by count, ties by first sight. False when
 * there is no memory, or there are more words than numbers; the vocabulary is then to be thrown away. */
bool vocabulary_number(struct vocabulary *vocabulary, mood_text oov);

/* The same as TextVectorization: from VECTORIZATION_FIRST_ID on, by count, ties by their bytes, the larger first. Words
 * whose number would be limit or above get none, and [UNK] neither. */
bool vocabulary_number_vectorization(struct vocabulary *vocabulary, int32_t limit);

/* Make a new vocabulary's index of words [n], which are in table, from that number on. */
bool vocabulary_index_words(struct vocabulary *vocabulary, struct word **words, size_t n, int32_t first);

/* The words with an index [indexed_count], by it; new. NULL when there is no memory. */
struct word **vocabulary_sort(const struct vocabulary *vocabulary);

/* Make known from the words with an index below limit (INT32_MAX: all). False when there is no memory. */
bool vocabulary_choose_known(struct vocabulary *vocabulary, int32_t limit);

/* NULL when there is no such index. */
const struct index_entry *index_find(const struct index_entry *entries, size_t count, int32_t index);

/* Sort by index; false when one is there twice. */
bool index_sort(struct index_entry *entries, size_t count);

#endif
