/* The labels of a data set and their classes. */
#ifndef TEXT_LABELS_H
#define TEXT_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "mood/text.h"
#include "text/table.h"

#define NO_CLASS (-1)

/* One way to write a label. */
struct spelling {
    UT_hash_handle hh;
    struct label *label;
    struct spelling *next; /* of the same label */
    size_t rows;
    bool skipped; /* rows with it are dropped */
    char text[];  /* NUL-terminated; contains no other NUL */
};

/* Spellings that differ only in case, or are the same number, are one label. */
struct label {
    UT_hash_handle hh;
    struct spelling *spellings; /* in the order of first occurrence */
    struct spelling *last;      /* of these */
    const char *text;           /* the most frequent spelling; set by labels_number */
    size_t rows;                /* 0: it only occurs in dropped rows */
    size_t line;                /* line at which the first row with this label starts */
    size_t seen;                /* with several labels per row: the last row that has it, from 1 */
    int32_t index;              /* its class, or NO_CLASS */
    char key[];                 /* NUL-terminated, equal for all of its spellings */
};

struct class {
    char *name;      /* owned */
    char *owned;     /* raw, if it is not in the file */
    const char *raw; /* as in the file: a label's text, or the name if the file does not contain it */
    size_t rows;
};

struct labels {
    struct spelling *spellings;
    struct label *table; /* in the order of first occurrence */
    struct class *classes;
    size_t class_count;
    bool exact; /* spellings are not joined */
};

/* Check that the label can name a class; see mood_labels_check. Errors: MOOD_ERR_ARGUMENT. */
mood_status label_check(mood_text label, mood_error *err);

void labels_free(struct labels *labels);

/* Prepare for the options' labels: if two of them differ only in spelling, spellings are not joined. False: out of
 * memory. */
bool labels_start(struct labels *labels, const mood_dataset_options *options);

/* The spelling, new if it occurs for the first time; its rows are not counted. NULL: out of memory. */
struct spelling *labels_find(struct labels *labels, mood_text text, const mood_dataset_options *options);

/* The label with that text; NULL: there is none. */
struct label *labels_get(const struct labels *labels, const char *text);

/* Count a row, which starts at that line. */
void label_count_row(struct spelling *spelling, size_t line);

/* Choose the text of each label. */
void labels_choose_texts(struct labels *labels);

/* Append a description of the joined spellings, such as "positive" = "Positive", and count the labels that have
 * several. False: out of memory. */
bool labels_describe_joined(const struct labels *labels, struct bytes *out, size_t *count);

/* Number the labels and fill the classes. *line: line of the error; 0: the whole file. */
mood_status labels_number(struct labels *labels, const mood_dataset_options *options, size_t *line, mood_error *err);

#endif
