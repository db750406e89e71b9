/* The formats of a data set's file: each reads all rows of the input. */
#ifndef TEXT_DATASET_FORMAT_H
#define TEXT_DATASET_FORMAT_H

#include "text/input.h"
#include "text/rows.h"

struct dataset_format {
    const char *name;
    bool (*matches)(const char *bytes, size_t size); /* a file that begins with these bytes, without white space */
    void (*read)(struct rows *rows, struct input *input);
};

/* The format of an input, by its first bytes. */
const struct dataset_format *dataset_format_find(const struct input *input);

extern const struct dataset_format format_csv, format_fasttext, format_json_lines;

#endif
