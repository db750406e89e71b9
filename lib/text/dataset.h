/* The internals of mood_dataset, and the reader. */
#ifndef TEXT_DATASET_H
#define TEXT_DATASET_H

#include "base/bytes.h"
#include "mood/text.h"
#include "text/labels.h"
#include "text/source.h"

struct row {
    size_t offset, size; /* of its text in dataset.bytes */
    struct label *label; /* NULL with a label_separator */
    size_t mark, marks;  /* its labels are dataset.marks[mark] … [mark + marks - 1] */
};

struct mood_dataset {
    struct bytes bytes;   /* all texts, concatenated */
    struct row *rows;     /* only while reading */
    struct label **marks; /* with a label_separator, only while reading: the labels of all rows */
    size_t n, row_capacity, mark_count, mark_capacity;
    mood_text *texts;
    int32_t *classes; /* [n]; NULL with a label_separator */
    float *targets;   /* [n, class_count] with a label_separator; else NULL */
    struct labels labels;
    char digest[SHA256_DIGEST_STRING_LENGTH];
};

/* Read all rows of a source into bytes, rows, n and labels. Errors contain file and line. */
mood_status dataset_read(mood_dataset *dataset, struct source *source, const mood_dataset_options *options,
                         mood_error *err);

#endif
