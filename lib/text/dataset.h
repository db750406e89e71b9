/* The internals of mood_dataset, and the reader. */
#ifndef TEXT_DATASET_H
#define TEXT_DATASET_H

#include <sys/types.h>

#include <sha2.h>

#include "base/bytes.h"
#include "mood/text.h"
#include "text/labels.h"

struct row {
    size_t offset, size; /* of its text in dataset.bytes */
    struct label *label; /* NULL with several labels per row */
    size_t mark, marks;  /* its labels are dataset.marks[mark] … [mark + marks - 1] */
};

struct mood_dataset {
    struct bytes bytes;      /* all texts, concatenated */
    struct row *rows;        /* only while reading */
    struct spelling **marks; /* with several labels per row, only while reading: the labels of all rows */
    size_t n, row_capacity, mark_count, mark_capacity;
    size_t most_marks; /* the most labels of a row */
    bool several;      /* rows have any number of labels */
    mood_text *texts;
    int32_t *classes; /* [n]; NULL with several labels per row */
    float *targets;   /* [n, class_count] with several labels per row; else NULL */
    float *soft;      /* [n, class_count] with soft labels, while reading [n, probability_count]; else NULL */
    size_t soft_capacity;
    struct labels labels;
    char digest[SHA256_DIGEST_STRING_LENGTH];
    mood_dataset_info info;
    char *text_column, *label_column, *skipped_reason, *joined, *encoding; /* of info, owned */
};

/* Read all rows of a file into bytes, rows, n, labels, info and digest. Errors contain file and line. */
mood_status dataset_read(mood_dataset *dataset, const char *path, const mood_dataset_options *options, mood_error *err);

#endif
