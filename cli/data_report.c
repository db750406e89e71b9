/* The report on the data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_report.h"
#include "terminal.h"

enum {
    MOST_LABELS = 12, /* with more labels only the first ones are printed */
    MOST_WARNINGS = 5,
    FEW_ROWS = 20,    /* a label with fewer rows is hardly learnt */
    SCRIPTS = 4,      /* at most, of those with a thousandth of the letters */
    LEAST_SORTED = 20 /* rows from which on an order by labels means something */
};

/* ---- lengths -------------------------------------------------------------------------------------- */

static int compare_words(const void *left, const void *right) {
    const mood_sequence_counts *a = left, *b = right;
    return (a->words > b->words) - (a->words < b->words);
}

struct lengths lengths_of(mood_sequence_counts *counts, size_t n) {
    if (n == 0)
        return (struct lengths){0};
    qsort(counts, n, sizeof *counts, compare_words);
    return (struct lengths){.n = n,
                            .median = counts[(n - 1) / 2].words,
                            .nine_tenths = counts[(n - 1) * 9 / 10].words,
                            .most = counts[(n - 1) * 99 / 100].words,
                            .longest = counts[n - 1].words};
}

/* ---- labels --------------------------------------------------------------------------------------- */

bool data_is_sorted(const mood_dataset *data) {
    const int32_t *classes = mood_dataset_get_classes(data);
    size_t n = mood_dataset_get_count(data), changes = 0;
    for (size_t i = 1; classes && i < n; i++)
        changes += classes[i] != classes[i - 1];
    return classes && n >= LEAST_SORTED && changes + 1 == mood_dataset_get_class_count(data);
}

static void print_labels(const struct common *common, const mood_dataset *data) {
    size_t classes = mood_dataset_get_class_count(data), n = mood_dataset_get_count(data), most = 0;
    char line[MOST_LABELS * 80] = "";
    size_t used = 0;
    for (size_t k = 0; k < classes; k++) {
        size_t rows = mood_dataset_get_class_rows(data, k);
        most = rows > most ? rows : most;
        if (k < MOST_LABELS && used < sizeof line - 1)
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%.40s %zu", k ? ", " : "",
                                     mood_dataset_get_label(data, k), rows);
    }
    print_note(common, "rows per label: %s%s; the most frequent label has %.1f %% of the rows", line,
               classes > MOST_LABELS ? ", …" : "", n ? 100.0 * (double)most / (double)n : 0);
    size_t few = 0;
    for (size_t k = 0; k < classes; k++) {
        size_t rows = mood_dataset_get_class_rows(data, k);
        few += rows < FEW_ROWS;
        if (rows < FEW_ROWS && few <= MOST_WARNINGS)
            print_note(common, "mood: warning: the label '%s' has only %zu rows; more of them are needed to learn it",
                       mood_dataset_get_label(data, k), rows);
    }
    if (few > MOST_WARNINGS)
        print_note(common, "mood: warning: %zu further labels have fewer than %d rows", few - MOST_WARNINGS, FEW_ROWS);
}

/* ---- scripts -------------------------------------------------------------------------------------- */

static mood_status print_scripts(const struct common *common, const mood_dataset *data, mood_error *err) {
    mood_script scripts[64];
    size_t count, all = 0, used = 0;
    char line[SCRIPTS * 60] = "";
    mood_status status =
        mood_text_find_scripts(mood_dataset_get_texts(data), mood_dataset_get_count(data), scripts, 64, &count, err);
    if (status != MOOD_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        all += scripts[i].letters;
    for (size_t i = 0; i < count && i < SCRIPTS && scripts[i].letters * 1000 >= all; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%.40s %.1f %%", i ? ", " : "", scripts[i].name,
                                 100.0 * (double)scripts[i].letters / (double)all);
    print_note(common, "scripts: %s", count ? line : "no letters");
    return MOOD_OK;
}

/* ---- duplicates ----------------------------------------------------------------------------------- */

struct text_row {
    mood_text text;
    size_t row;
};

static int compare_texts(const void *left, const void *right) {
    const struct text_row *a = left, *b = right;
    size_t size = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = size ? memcmp(a->text.data, b->text.data, size) : 0;
    if (order == 0)
        order = (a->text.size > b->text.size) - (a->text.size < b->text.size);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static bool is_same_label(const mood_dataset *data, size_t a, size_t b) {
    const int32_t *classes = mood_dataset_get_classes(data);
    const float *targets = mood_dataset_get_targets(data);
    size_t K = mood_dataset_get_class_count(data);
    return classes ? classes[a] == classes[b] : memcmp(targets + a * K, targets + b * K, K * sizeof *targets) == 0;
}

static mood_status print_duplicates(const struct common *common, const mood_dataset *data, mood_error *err) {
    const mood_text *texts = mood_dataset_get_texts(data);
    size_t n = mood_dataset_get_count(data), copies = 0, conflicts = 0;
    struct text_row *rows = calloc(n ? n : 1, sizeof *rows);
    if (!rows)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct text_row){texts[i], i};
    qsort(rows, n, sizeof *rows, compare_texts);
    for (size_t i = 1; i < n; i++) {
        bool same = rows[i].text.size == rows[i - 1].text.size &&
                    (!rows[i].text.size || memcmp(rows[i].text.data, rows[i - 1].text.data, rows[i].text.size) == 0);
        copies += same;
        conflicts += same && !is_same_label(data, rows[i].row, rows[i - 1].row);
    }
    free(rows);
    if (copies)
        print_note(common, "duplicates: %zu rows repeat the text of another row, %zu of them with another label",
                   copies, conflicts);
    return MOOD_OK;
}

/* ---- the report ----------------------------------------------------------------------------------- */

mood_status data_report_print(const struct common *common, const mood_dataset *data, bool sorted, mood_error *err) {
    print_labels(common, data);
    mood_status status = print_scripts(common, data, err);
    if (status == MOOD_OK)
        status = print_duplicates(common, data, err);
    if (sorted)
        print_note(common, "the rows are in the order of their labels");
    return status;
}
