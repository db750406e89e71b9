/* The labels of a data set and their classes. */
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
    size_t line;   /* line at which the first row with this label starts */
    size_t mark;   /* with several labels per row: 1 + its last index in the data set's marks; 0: none */
    int32_t index; /* its class, or NO_CLASS */
    char text[];   /* NUL-terminated; contains no other NUL */
};

struct class {
    char *name;      /* owned */
    const char *raw; /* as in the file: a label's text, or the name if the file does not contain it */
    size_t rows;
};

struct labels {
    struct label *table; /* in the order of first occurrence */
    struct class *classes;
    size_t class_count;
};

/* Check that the label can name a class; see mood_labels_check. Errors: MOOD_ERR_ARGUMENT. */
mood_status label_check(mood_text label, mood_error *err);

void labels_free(struct labels *labels);

/* Count a row with that label; NULL: out of memory. */
struct label *labels_see(struct labels *labels, mood_text text, size_t line);

/* Number the labels and fill the classes. *line: line of the error; 0: the whole file. */
mood_status labels_number(struct labels *labels, const mood_dataset_options *options, size_t *line, mood_error *err);

#endif
