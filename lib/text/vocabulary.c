/* Words: counting and numbering. */
#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void vocabulary_free(struct vocabulary *vocabulary) {
    struct word *word, *next;
    HASH_CLEAR(known, vocabulary->known);
    HASH_ITER(hh, vocabulary->table, word, next) {
        HASH_DEL(vocabulary->table, word);
        free(word);
    }
    free(vocabulary->counted);
    free(vocabulary->words);
    free(vocabulary->docs);
    *vocabulary = (struct vocabulary){0};
}

struct word *vocabulary_find(const struct vocabulary *vocabulary, mood_text text) {
    struct word *word;
    HASH_FIND(hh, vocabulary->table, text.data, text.size, word);
    return word;
}

struct word *vocabulary_find_known(const struct vocabulary *vocabulary, mood_text text) {
    struct word *word;
    HASH_FIND(known, vocabulary->known, text.data, text.size, word);
    return word;
}

struct word *vocabulary_add(struct vocabulary *vocabulary, mood_text text) {
    struct word *word;
    unsigned hash;
    HASH_VALUE(text.data, text.size, hash);
    HASH_FIND_BYHASHVALUE(hh, vocabulary->table, text.data, text.size, hash, word);
    if (word)
        return word;
    size_t size;
    if (text.size >= UINT32_MAX || __builtin_add_overflow(sizeof *word + 1, text.size, &size))
        return NULL;
    word = calloc(1, size);
    if (!word)
        return NULL;
    memcpy(word->text, text.data, text.size);
    word->size = (uint32_t)text.size;
    word->index = NO_INDEX;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, vocabulary->table, word->text, text.size, hash, word);
    if (!word->hh.tbl) {
        free(word);
        return NULL;
    }
    return word;
}

bool vocabulary_set_count(struct vocabulary *vocabulary, struct word *word, uint64_t count) {
    struct word **counted =
        array_grow(vocabulary->counted, &vocabulary->counted_capacity, vocabulary->counted_count + 1, sizeof *counted);
    if (!counted)
        return false;
    vocabulary->counted = counted;
    word->count = count;
    word->first = vocabulary->counted_count++;
    counted[word->first] = word;
    return true;
}

bool vocabulary_count(struct vocabulary *vocabulary, mood_text text, uint64_t number) {
    struct word *word = vocabulary_add(vocabulary, text);
    if (!word)
        return false;
    if (word->count > 0)
        word->count++;
    else if (!vocabulary_set_count(vocabulary, word, 1))
        return false;
    if (word->last_text != number) {
        word->last_text = number;
        word->docs++;
    }
    return true;
}

static struct word *copy_word(struct vocabulary *copy, const struct word *word) {
    struct word *twin = vocabulary_add(copy, (mood_text){word->text, word->size});
    if (!twin)
        return NULL;
    twin->count = word->count;
    twin->docs = word->docs;
    twin->last_text = word->last_text;
    twin->first = word->first;
    twin->index = word->index;
    return twin;
}

static bool copy_entries(struct vocabulary *copy, const struct index_entry *entries, size_t count,
                         struct index_entry **copied, size_t *copied_count) {
    if (count == 0)
        return true;
    *copied = calloc(count, sizeof **copied);
    if (!*copied)
        return false;
    *copied_count = count;
    for (size_t i = 0; i < count; i++) {
        (*copied)[i] = entries[i];
        if (entries[i].word)
            (*copied)[i].word = vocabulary_find(copy, (mood_text){entries[i].word->text, entries[i].word->size});
    }
    return true;
}

bool vocabulary_copy(const struct vocabulary *vocabulary, struct vocabulary *copy) {
    *copy = (struct vocabulary){.indexed_count = vocabulary->indexed_count, .text_count = vocabulary->text_count};
    for (const struct word *word = vocabulary->table; word; word = word->hh.next)
        if (!copy_word(copy, word))
            goto fail;
    if (vocabulary->counted_count > 0) {
        copy->counted = calloc(vocabulary->counted_count, sizeof *copy->counted);
        if (!copy->counted)
            goto fail;
        copy->counted_count = copy->counted_capacity = vocabulary->counted_count;
        for (struct word *word = copy->table; word; word = word->hh.next)
            if (word->count > 0)
                copy->counted[word->first] = word;
    }
    if (!copy_entries(copy, vocabulary->words, vocabulary->word_count, &copy->words, &copy->word_count) ||
        !copy_entries(copy, vocabulary->docs, vocabulary->doc_count, &copy->docs, &copy->doc_count))
        goto fail;
    return true;
fail:
    vocabulary_free(copy);
    return false;
}

/* ---- numbering -------------------------------------------------------------------------------- */

static int compare_frequency(const void *left, const void *right) {
    const struct word *a = *(struct word *const *)left, *b = *(struct word *const *)right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

/* The words in the order of their numbers: the out-of-vocabulary token, if there is one, then the counted words. If
 * the token is also a counted word, Keras numbers it twice and keeps the later number, so number 1 is unused. */
static void assign(struct vocabulary *vocabulary, struct word **order, size_t count) {
    for (struct word *word = vocabulary->table; word; word = word->hh.next)
        word->index = NO_INDEX;
    for (size_t i = 0; i < count; i++)
        order[i]->index = (int32_t)(i + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (order[i]->index != (int32_t)(i + 1))
            continue;
        vocabulary->words[kept] = (struct index_entry){.index = order[i]->index, .word = order[i]};
        kept++;
    }
    vocabulary->indexed_count = vocabulary->word_count = kept;
    vocabulary->doc_count = 0;
    for (size_t i = 0; i < kept; i++) {
        const struct word *word = vocabulary->words[i].word;
        if (word->docs > 0)
            vocabulary->docs[vocabulary->doc_count++] = (struct index_entry){.index = word->index, .docs = word->docs};
    }
}

bool vocabulary_number(struct vocabulary *vocabulary, mood_text oov) {
    struct word *token = oov.data ? vocabulary_add(vocabulary, oov) : NULL;
    if (oov.data && !token)
        return false;
    size_t ahead = token ? 1 : 0, count = vocabulary->counted_count + ahead;
    if (count >= INT32_MAX)
        return false;
    struct word **order = calloc(count + 1, sizeof *order);
    struct index_entry *words = calloc(count + 1, sizeof *words), *docs = calloc(count + 1, sizeof *docs);
    if (!order || !words || !docs) {
        free(order);
        free(words);
        free(docs);
        return false;
    }
    free(vocabulary->words);
    free(vocabulary->docs);
    vocabulary->words = words;
    vocabulary->docs = docs;
    order[0] = token;
    if (vocabulary->counted_count > 0) {
        memcpy(order + ahead, vocabulary->counted, vocabulary->counted_count * sizeof *order);
        qsort(order + ahead, vocabulary->counted_count, sizeof *order, compare_frequency);
    }
    assign(vocabulary, order, count);
    free(order);
    return true;
}

static int compare_word_index(const void *left, const void *right) {
    const struct word *a = *(struct word *const *)left, *b = *(struct word *const *)right;
    return (a->index > b->index) - (a->index < b->index);
}

struct word **vocabulary_sort(const struct vocabulary *vocabulary) {
    struct word **words = calloc(vocabulary->indexed_count + 1, sizeof *words);
    if (!words)
        return NULL;
    size_t count = 0;
    for (struct word *word = vocabulary->table; word; word = word->hh.next)
        if (word->index != NO_INDEX)
            words[count++] = word;
    qsort(words, count, sizeof *words, compare_word_index);
    return words;
}

/* Inserts rare words first: uthash finds the latest entries first. */
bool vocabulary_choose_known(struct vocabulary *vocabulary, int32_t limit) {
    HASH_CLEAR(known, vocabulary->known);
    struct word **words = vocabulary_sort(vocabulary);
    if (!words)
        return false;
    bool added = true;
    for (size_t i = vocabulary->indexed_count; i-- > 0 && added;) {
        if (words[i]->index >= limit)
            continue;
        HASH_ADD_KEYPTR(known, vocabulary->known, words[i]->text, words[i]->size, words[i]);
        added = words[i]->known.tbl != NULL;
    }
    free(words);
    return added;
}

/* ---- indices ---------------------------------------------------------------------------------- */

static int compare_index(const void *left, const void *right) {
    const struct index_entry *a = left, *b = right;
    return (a->index > b->index) - (a->index < b->index);
}

const struct index_entry *index_find(const struct index_entry *entries, size_t count, int32_t index) {
    struct index_entry key = {.index = index};
    return count > 0 ? bsearch(&key, entries, count, sizeof *entries, compare_index) : NULL;
}

bool index_sort(struct index_entry *entries, size_t count) {
    if (count == 0)
        return true;
    qsort(entries, count, sizeof *entries, compare_index);
    for (size_t i = 1; i < count; i++)
        if (entries[i].index == entries[i - 1].index)
            return false;
    return true;
}
