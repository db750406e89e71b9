/* The labels of a data set, and which class each is. */
#ifndef TEXT_LABELS_H
#define TEXT_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "mood/text.h"
#include "text/table.h"

#define NO_CLASS (-1)

struct label {
    UT_hash_handle hh;
    size_t rows;
    size_t line;   /* where the first of them starts */
    size_t mark;   /* with several labels a row: 1 + its last place among the data set's marks; 0: none */
    int32_t index; /* its class, or NO_CLASS */
    char text[];   /* NUL-terminated; it holds no other NUL */
};

struct class {
    char *name;      /* its own */
    const char *raw; /* as the file spells it: a label's text, or the name when the file has none */
    size_t rows;
};

struct labels {
    struct label *table; /* in the order of first sight */
    struct class *classes;
    size_t class_count;
};

/* Whether that can name a class; see mood_labels_check. Errors: MOOD_ERR_ARGUMENT. */
mood_status label_check(mood_text label, mood_error *err);

void labels_free(struct labels *labels);

/* Count a row with that label; NULL when there is no memory. */
struct label *labels_see(struct labels *labels, mood_text text, size_t line);

/* Number the labels and fill the classes. *line is where the trouble is, 0 when it is the whole file's. */
mood_status labels_number(struct labels *labels, const mood_dataset_options *options, size_t *line, mood_error *err);

#endif
