/* Which columns of a file have the texts and the labels. */
#ifndef TEXT_COLUMNS_H
#define TEXT_COLUMNS_H

#include <stdint.h>

#include "mood/text.h"
#include "text/records.h"

/* What is given about a file's columns. */
struct layout {
    const char *text, *label; /* names of columns, or their numbers from 1; NULL: not given */
    bool texts_only;          /* no column of labels is needed */
    char separator;           /* of CSV; '\0': not given */
    bool no_header, no_quotes;
};

static inline struct layout layout_of(const mood_dataset_options *options) {
    return (struct layout){options->text_column, options->label_column, options->probability_count > 0,
                           options->separator,   options->no_header,    options->no_quotes};
}

#define NO_COLUMN SIZE_MAX

struct columns {
    bool header;        /* the first record has the names of the columns */
    size_t text, label; /* from 0; label is NO_COLUMN with texts_only */
    bool text_guessed, label_guessed;
};

/* Find the columns in the first records of a file: as given, else by name, else by value. named: the first record
 * always has names; else that is found, too. Errors have no file and line. */
mood_status columns_find(const struct records *records, const struct layout *layout, bool named,
                         struct columns *columns, mood_error *err);

/* True if the first record has a column for the texts and, unless texts_only, one for the labels by name. */
bool columns_are_named(const struct records *records, const struct layout *layout);

/* Known names of columns: *rank is 0 for the name itself (text, label), 1 for a known name, 2 if its last word is one,
 * as in airline_sentiment. False: none of them. */
bool column_is_text(mood_text name, int *rank);
bool column_is_label(mood_text name, int *rank);

/* True unless the first record looks like those below it: a number above numbers, or one of few values that recur. */
bool columns_have_header(const struct records *records, const struct layout *layout);

bool cell_is_named(mood_text cell, const char *name);

/* The number of columns with that name in the first record; *column: the first one. */
size_t columns_count_named(const struct records *records, const char *name, size_t *column);

/* The column with a given name, or number from 1 if there are no names. Errors: MOOD_ERR_FORMAT, without file and line. */
mood_status columns_find_one(const struct records *records, const char *name, bool header, size_t *column,
                             mood_error *err);

/* The name of a column for users: its name, or its number from 1. New (free); NULL: out of memory. */
char *columns_name(const struct records *records, bool header, size_t column);

#endif
