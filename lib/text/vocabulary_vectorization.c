/* Ids of words as TextVectorization gives them. */
#include <stdlib.h>
#include <string.h>

#include "text/vectorization.h"
#include "text/vocabulary.h"

/* ---- given words -------------------------------------------------------------------------------- */

bool vocabulary_index_words(struct vocabulary *vocabulary, struct word **words, size_t n, int32_t first) {
    struct index_entry *entries = calloc(n + 1, sizeof *entries), *docs = calloc(n + 1, sizeof *docs);
    if (!entries || !docs) {
        free(entries);
        free(docs);
        return false;
    }
    free(vocabulary->words);
    free(vocabulary->docs);
    vocabulary->words = entries;
    vocabulary->docs = docs;
    vocabulary->indexed_count = vocabulary->word_count = n;
    vocabulary->doc_count = 0;
    for (size_t i = 0; i < n; i++) {
        words[i]->index = first + (int32_t)i;
        entries[i] = (struct index_entry){.index = words[i]->index, .word = words[i]};
        if (words[i]->docs > 0)
            docs[vocabulary->doc_count++] = (struct index_entry){.index = words[i]->index, .docs = words[i]->docs};
    }
    return true;
}

/* ---- counted words ------------------------------------------------------------------------------ */

/* As np.lexsort((tokens, counts))[::-1]: of two words of which one begins with the other, the longer is the larger. */
static int compare_frequency(const void *left, const void *right) {
    const struct word *a = *(struct word *const *)left, *b = *(struct word *const *)right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = memcmp(b->text, a->text, a->size < b->size ? a->size : b->size);
    return order != 0 ? order : (b->size > a->size) - (b->size < a->size);
}

static bool is_special(const struct word *word) {
    return word->size == 0 || strcmp(word->text, VECTORIZATION_UNKNOWN_WORD) == 0;
}

bool vocabulary_number_vectorization(struct vocabulary *vocabulary, int32_t limit) {
    struct word **order = calloc(vocabulary->counted_count + 1, sizeof *order);
    size_t count = 0, most = limit > VECTORIZATION_FIRST_ID ? (size_t)(limit - VECTORIZATION_FIRST_ID) : 0;
    if (!order)
        return false;
    for (struct word *word = vocabulary->table; word; word = word->hh.next)
        word->index = NO_INDEX;
    for (size_t i = 0; i < vocabulary->counted_count; i++)
        if (!is_special(vocabulary->counted[i]))
            order[count++] = vocabulary->counted[i];
    qsort(order, count, sizeof *order, compare_frequency);
    bool done = vocabulary_index_words(vocabulary, order, count < most ? count : most, VECTORIZATION_FIRST_ID);
    free(order);
    return done;
}
