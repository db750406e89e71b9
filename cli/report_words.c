/* Counts of words by label, and the words that tell the labels apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_words.h"

#define WORD_SIZE 64                 /* a longer word is not counted by itself */
#define CELLS_MAX ((size_t)16 << 20) /* with many labels fewer words are counted */
#define PRIOR 500.0                  /* words; the size of Monroe's prior */
#define LEAST_Z 1.96                 /* a smaller value may be chance */
#define LEAST_COUNT 3                /* occurrences of a word that is shown */

bool words_create(struct words *words, size_t labels) {
    *words = (struct words){.labels = labels, .index = json_object(), .most = CELLS_MAX / (labels + 1)};
    if (words->most > WORDS_MAX)
        words->most = WORDS_MAX;
    words->totals = calloc(labels + 1, sizeof *words->totals);
    return words->index && words->totals;
}

void words_free(struct words *words) {
    for (size_t i = 0; i < words->count; i++)
        free(words->names[i]);
    free(words->names);
    free(words->cells);
    free(words->totals);
    json_decref(words->index);
    *words = (struct words){0};
}

/* ---- counting --------------------------------------------------------------------------------------- */

static bool make_room(struct words *words) {
    if (words->count < words->capacity)
        return true;
    size_t capacity = words->capacity ? 2 * words->capacity : 1024;
    char **names = reallocarray(words->names, capacity, sizeof *names);
    if (!names)
        return false;
    words->names = names;
    uint32_t *cells = reallocarray(words->cells, capacity, (words->labels + 1) * sizeof *cells);
    if (!cells)
        return false;
    words->cells = cells;
    words->capacity = capacity;
    return true;
}

/* The counts of a word, new if it occurs for the first time; NULL: it is not counted. */
static uint32_t *find(struct words *words, mood_text word) {
    char name[WORD_SIZE + 1];
    if (word.size > WORD_SIZE || memchr(word.data, '\0', word.size))
        return NULL;
    memcpy(name, word.data, word.size);
    name[word.size] = '\0';
    const json_t *known = json_object_get(words->index, name);
    if (known)
        return words->cells + (size_t)json_integer_value(known) * (words->labels + 1);
    if (words->count == words->most) {
        words->full = true;
        return NULL;
    }
    char *copy = make_room(words) ? strdup(name) : NULL;
    if (!copy || json_object_set_new(words->index, name, json_integer((json_int_t)words->count)) != 0) {
        free(copy);
        words->failed = true; /* words are valid UTF-8, so it is not the key */
        return NULL;
    }
    words->names[words->count] = copy;
    uint32_t *cells = words->cells + words->count++ * (words->labels + 1);
    memset(cells, 0, (words->labels + 1) * sizeof *cells);
    return cells;
}

struct counting {
    struct words *words;
    const mood_head *head;
    const float *scores; /* [n, O] */
};

static void increase(uint32_t *cell) {
    *cell += *cell < UINT32_MAX;
}

static bool count_word(size_t index, mood_text word, void *user) {
    const struct counting *counting = user;
    struct words *words = counting->words;
    const mood_head *head = counting->head;
    const float *row = counting->scores + index * head->outputs;
    size_t label = mood_head_decide(head, row);
    uint32_t *cells = find(words, word);
    for (size_t i = 0; i < words->labels; i++)
        if (head->multi_label ? mood_head_applies(head, row, i) : i == label) {
            words->totals[i]++;
            if (cells)
                increase(&cells[i]);
        }
    words->totals[words->labels]++;
    if (cells)
        increase(&cells[words->labels]);
    return !words->failed;
}

mood_status words_add(struct words *words, const mood_scorer *scorer, const mood_text *texts, const float *scores,
                      size_t n, mood_error *err) {
    struct counting counting = {words, mood_scorer_get_head(scorer), scores};
    const mood_recipe *recipe = mood_scorer_get_recipe(scorer);
    mood_status status = mood_tokenizer_visit_words(recipe->tokenizer, texts, n, count_word, &counting, err);
    if (status == MOOD_OK && words->failed)
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory for counts of words");
    return status;
}

/* ---- ranks ------------------------------------------------------------------------------------------ */

/* Keep the best, ties in the order of the words. */
static size_t insert(struct word_rank *ranks, size_t n, struct word_rank rank) {
    size_t at = n;
    while (at > 0 && ranks[at - 1].value < rank.value)
        at--;
    if (at == WORDS_SHOWN)
        return n;
    n += n < WORDS_SHOWN;
    memmove(ranks + at + 1, ranks + at, (n - at - 1) * sizeof *ranks);
    ranks[at] = rank;
    return n;
}

/* The log-odds of a word that occurs `count` times of `total`, with the prior alpha of PRIOR. */
static double log_odds(double count, double total, double alpha) {
    return log((count + alpha) / (total + PRIOR - count - alpha));
}

static double z_score(const struct words *words, const uint32_t *cells, size_t label) {
    double all = cells[words->labels], sum = (double)words->totals[words->labels];
    double here = cells[label], inside = (double)words->totals[label], there = all - here, outside = sum - inside;
    double alpha = PRIOR * all / sum;
    double delta = log_odds(here, inside, alpha) - log_odds(there, outside, alpha);
    return delta / sqrt(1 / (here + alpha) + 1 / (there + alpha));
}

size_t words_typical(const struct words *words, size_t label, struct word_rank ranks[WORDS_SHOWN]) {
    size_t n = 0;
    if (words->totals[label] == 0 || words->totals[label] == words->totals[words->labels])
        return 0; /* there is nothing to compare with */
    for (size_t i = 0; i < words->count; i++) {
        const uint32_t *cells = words->cells + i * (words->labels + 1);
        struct word_rank rank = {i, z_score(words, cells, label)};
        if (cells[label] >= LEAST_COUNT && rank.value >= LEAST_Z)
            n = insert(ranks, n, rank);
    }
    return n;
}

static bool is_unknown(const mood_tokenizer *tokenizer, const char *word) {
    int32_t index = mood_tokenizer_get_index(tokenizer, (mood_text){word, strlen(word)});
    return index < 0 || index > mood_tokenizer_get_largest_id(tokenizer);
}

size_t words_unknown(const struct words *words, const mood_tokenizer *tokenizer, struct word_rank ranks[WORDS_SHOWN]) {
    size_t n = 0;
    for (size_t i = 0; i < words->count; i++) {
        double count = words->cells[i * (words->labels + 1) + words->labels];
        bool better = n < WORDS_SHOWN || count > ranks[n - 1].value;
        if (better && is_unknown(tokenizer, words->names[i]))
            n = insert(ranks, n, (struct word_rank){i, count});
    }
    return n;
}
