/* Orders the rows of a data set so that the last ones are a sample, or a fold, for validation, with each label in
 * proportion. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/dataset.h"

/* A stratum: the rows with the same label, or the same set of labels. */
struct stratum {
    UT_hash_handle hh;
    size_t rows, validation; /* all, and those for validation */
    size_t first;            /* index of its first row in members */
    size_t filled;           /* members so far */
    double rest;             /* what rounding down has taken from its share */
    uint64_t chance;         /* orders equal ones */
};

struct split {
    mood_dataset *dataset;
    struct stratum *strata; /* [capacity], the first `count` are used; by_key finds one by its label or labels */
    struct stratum *by_key;
    size_t count;
    struct stratum **of_row; /* [n] */
    size_t *members;         /* [n] rows, stratum by stratum */
    bool *chosen;            /* [n]: for validation */
};

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A random number below the limit, without a preference: numbers from the incomplete last part are drawn again. */
static size_t random_below(uint64_t *state, size_t limit) {
    uint64_t most = UINT64_MAX - UINT64_MAX % limit, z;
    do
        z = next_random(state);
    while (z >= most);
    return (size_t)(z % limit);
}

static bool allocate(struct split *split) {
    size_t n = split->dataset->n;
    split->strata = calloc(n, sizeof *split->strata);
    split->of_row = calloc(n, sizeof *split->of_row);
    split->members = calloc(n, sizeof *split->members);
    split->chosen = calloc(n, sizeof *split->chosen);
    return split->strata && split->of_row && split->members && split->chosen;
}

static void release(struct split *split) {
    HASH_CLEAR(hh, split->by_key);
    free(split->strata);
    free(split->of_row);
    free(split->members);
    free(split->chosen);
}

static bool find_strata(struct split *split) {
    const mood_dataset *dataset = split->dataset;
    size_t K = dataset->labels.class_count;
    for (size_t i = 0; i < dataset->n; i++) {
        const void *key = dataset->classes ? (const void *)&dataset->classes[i] : &dataset->targets[i * K];
        size_t size = dataset->classes ? sizeof *dataset->classes : K * sizeof *dataset->targets;
        struct stratum *stratum;
        HASH_FIND(hh, split->by_key, key, size, stratum);
        if (!stratum) {
            stratum = &split->strata[split->count];
            HASH_ADD_KEYPTR(hh, split->by_key, key, size, stratum);
            if (!stratum->hh.tbl)
                return false;
            split->count++;
        }
        stratum->rows++;
        split->of_row[i] = stratum;
    }
    return true;
}

static void fill_members(struct split *split) {
    size_t first = 0;
    for (size_t s = 0; s < split->count; s++) {
        split->strata[s].first = first;
        first += split->strata[s].rows;
    }
    for (size_t i = 0; i < split->dataset->n; i++) {
        struct stratum *stratum = split->of_row[i];
        split->members[stratum->first + stratum->filled++] = i;
    }
}

/* First those that have two rows or more and none for validation yet; then by what rounding has taken; then by
 * chance. */
static int compare_shares(const void *left, const void *right) {
    const struct stratum *a = *(struct stratum *const *)left, *b = *(struct stratum *const *)right;
    int first = a->rows > 1 && a->validation == 0, second = b->rows > 1 && b->validation == 0;
    if (first != second)
        return second - first;
    if (a->rest != b->rest)
        return a->rest < b->rest ? 1 : -1;
    return (a->chance > b->chance) - (a->chance < b->chance);
}

/* Give out the rows that rounding down has left, one to each stratum in order, as often as needed. A stratum keeps one
 * row for training, unless there are not enough others. */
static void share_rest(struct stratum **order, size_t count, size_t left) {
    for (size_t kept = 1; left > 0; kept = 0) {
        bool given = true;
        while (left > 0 && given) {
            given = false;
            for (size_t s = 0; s < count && left > 0; s++)
                if (order[s]->validation + kept < order[s]->rows) {
                    order[s]->validation++;
                    left--;
                    given = true;
                }
        }
    }
}

/* Divide the validation rows among the strata by the method of the largest remainder. */
static bool share(struct split *split, size_t validation, uint64_t *random) {
    struct stratum **order = calloc(split->count, sizeof *order);
    size_t left = validation;
    if (!order)
        return false;
    for (size_t s = 0; s < split->count; s++) {
        struct stratum *stratum = order[s] = &split->strata[s];
        double exact = (double)stratum->rows * (double)validation / (double)split->dataset->n;
        stratum->validation = (size_t)floor(exact);
        stratum->rest = exact - floor(exact);
        stratum->chance = next_random(random);
        left -= stratum->validation;
    }
    qsort(order, split->count, sizeof *order, compare_shares);
    share_rest(order, split->count, left);
    free(order);
    return true;
}

/* Shuffle the first `count` members of a stratum (Fisher and Yates). Returns them. */
static const size_t *shuffle(struct split *split, const struct stratum *stratum, size_t count, uint64_t *random) {
    size_t *rows = split->members + stratum->first;
    for (size_t i = 0; i < count; i++) {
        size_t j = i + random_below(random, stratum->rows - i), row = rows[j];
        rows[j] = rows[i];
        rows[i] = row;
    }
    return rows;
}

/* Choose each stratum's validation rows: the first ones of a shuffle. */
static void choose(struct split *split, uint64_t *random) {
    for (size_t s = 0; s < split->count; s++) {
        const struct stratum *stratum = &split->strata[s];
        const size_t *rows = shuffle(split, stratum, stratum->validation, random);
        for (size_t i = 0; i < stratum->validation; i++)
            split->chosen[rows[i]] = true;
    }
}

/* Deal the shuffled rows of one stratum after the other to the folds in turn, and choose those of one fold. Returns
 * their number. */
static size_t choose_fold(struct split *split, size_t folds, size_t fold, uint64_t *random) {
    size_t dealt = 0, chosen = 0;
    for (size_t s = 0; s < split->count; s++) {
        const struct stratum *stratum = &split->strata[s];
        const size_t *rows = shuffle(split, stratum, stratum->rows, random);
        for (size_t i = 0; stratum->rows > 1 && i < stratum->rows; i++)
            if (dealt++ % folds == fold) {
                split->chosen[rows[i]] = true;
                chosen++;
            }
    }
    return chosen;
}

/* Write the new order to rows [n]: those for training, then those for validation. */
static void write_order(const struct split *split, size_t *rows) {
    size_t count = 0, n = split->dataset->n;
    for (int validation = 0; validation < 2; validation++)
        for (size_t i = 0; i < n; i++)
            if (split->chosen[i] == validation)
                rows[count++] = i;
}

/* Copies in the new order replace the data set's arrays. */
static mood_status reorder(mood_dataset *dataset, const size_t *order, mood_error *err) {
    size_t n = dataset->n, K = dataset->labels.class_count;
    mood_text *texts = calloc(n, sizeof *texts);
    int32_t *classes = dataset->classes ? calloc(n, sizeof *classes) : NULL;
    float *targets = dataset->targets ? calloc(n, K * sizeof *targets) : NULL;
    float *soft = dataset->soft ? calloc(n, K * sizeof *soft) : NULL;
    if (!texts || (dataset->classes && !classes) || (dataset->targets && !targets) || (dataset->soft && !soft)) {
        free(texts);
        free(classes);
        free(targets);
        free(soft);
        return error_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        texts[i] = dataset->texts[order[i]];
        if (classes)
            classes[i] = dataset->classes[order[i]];
        if (targets)
            memcpy(targets + i * K, dataset->targets + order[i] * K, K * sizeof *targets);
        if (soft)
            memcpy(soft + i * K, dataset->soft + order[i] * K, K * sizeof *soft);
    }
    free(dataset->texts);
    free(dataset->classes);
    free(dataset->targets);
    free(dataset->soft);
    dataset->texts = texts;
    dataset->classes = classes;
    dataset->targets = targets;
    dataset->soft = soft;
    return MOOD_OK;
}

mood_status mood_dataset_stratify(mood_dataset *dataset, double validation_split, uint64_t seed, mood_error *err) {
    if (!dataset || !(validation_split >= 0.0 && validation_split < 1.0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_dataset_stratify: validation_split must be 0 to below 1");
    size_t n = dataset->n, training = (size_t)floor((double)n * (1.0 - validation_split));
    struct split split = {.dataset = dataset};
    mood_status status = MOOD_OK;
    if (!allocate(&split) || !find_strata(&split) || !share(&split, n - training, &seed)) {
        status = error_no_memory(err);
    } else {
        fill_members(&split);
        choose(&split, &seed);
        write_order(&split, split.members);
        status = reorder(dataset, split.members, err);
    }
    release(&split);
    return status;
}

mood_status mood_dataset_fold(mood_dataset *dataset, size_t folds, size_t fold, uint64_t seed, size_t *validation_rows,
                              mood_error *err) {
    if (!dataset || !validation_rows || folds < 2 || fold >= folds)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_dataset_fold: folds must be 2 or more, and fold less than folds");
    struct split split = {.dataset = dataset};
    mood_status status = MOOD_OK;
    if (!allocate(&split) || !find_strata(&split)) {
        status = error_no_memory(err);
    } else {
        fill_members(&split);
        size_t rows = choose_fold(&split, folds, fold, &seed);
        write_order(&split, split.members);
        status = reorder(dataset, split.members, err);
        if (status == MOOD_OK)
            *validation_rows = rows;
    }
    release(&split);
    return status;
}
