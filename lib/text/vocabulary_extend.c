/* Adds words that no text has contained. */
#include <stdlib.h>

#include "text/vocabulary.h"

bool vocabulary_extend(struct vocabulary *vocabulary, const mood_text *words, size_t n) {
    size_t count = vocabulary->word_count;
    int32_t last = 0;
    for (const struct word *word = vocabulary->table; word; word = word->hh.next)
        last = word->index > last ? word->index : last;
    if (n >= (size_t)(INT32_MAX - last))
        return false;
    struct index_entry *entries = realloc(vocabulary->words, (count + n + 1) * sizeof *entries);
    if (!entries)
        return false;
    vocabulary->words = entries;
    for (size_t i = 0; i < n; i++) {
        struct word *word = vocabulary_add(vocabulary, words[i]);
        if (!word)
            return false;
        if (word->index != NO_INDEX) /* twice in words */
            continue;
        word->index = ++last;
        entries[vocabulary->word_count++] = (struct index_entry){.index = last, .word = word};
        vocabulary->indexed_count++;
    }
    return true;
}
