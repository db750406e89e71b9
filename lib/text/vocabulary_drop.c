/* Takes the ids of rare words away. */
#include "text/vocabulary.h"

void vocabulary_drop_rare(struct vocabulary *vocabulary, uint64_t min_count) {
    size_t words = 0, docs = 0;
    for (size_t i = 0; i < vocabulary->word_count; i++) {
        struct word *word = vocabulary->words[i].word;
        if (word->count > 0 && word->count < min_count)
            word->index = NO_INDEX;
        else
            vocabulary->words[words++] = vocabulary->words[i];
    }
    for (size_t i = 0; i < vocabulary->doc_count; i++)
        if (index_find(vocabulary->words, words, vocabulary->docs[i].index))
            vocabulary->docs[docs++] = vocabulary->docs[i];
    vocabulary->indexed_count -= vocabulary->word_count - words;
    vocabulary->word_count = words;
    vocabulary->doc_count = docs;
}
