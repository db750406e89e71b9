/* Finds the columns of the texts and of the labels: by given names, by known names, by their values. */
#include "text/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/column_values.h"
#include "text/utf8.h"

#define NAMES_SHOWN 400    /* bytes of the first record */
#define CLEARLY_LONGER 1.5 /* texts are so many times as long as the values of other columns */
#define SHOWN(string) utf8_shown(string, 60), string

struct search {
    const struct records *records;
    const struct layout *layout;
    bool header;
    size_t first; /* first record with values */
    mood_error *err;
};

/* ---- errors ------------------------------------------------------------------------------------ */

/* "review", "stars"; false: out of memory. */
static bool list_names(const struct search *search, struct bytes *out) {
    size_t width = records_width(search->records, 0);
    for (size_t i = 0; i < width && out->size <= NAMES_SHOWN; i++) {
        mood_text name = records_cell(search->records, 0, i);
        size_t replaced = 0;
        name.size = name.size < 60 ? name.size : 60;
        if (!bytes_append(out, ", ", i > 0 ? 2 : 0) || !bytes_append_byte(out, '"') ||
            !utf8_repair(name, out, &replaced) || !bytes_append_byte(out, '"'))
            return false;
    }
    return bytes_append_byte(out, '\0');
}

/* Refuse with the list of columns. problem ends before "the first line has". */
static mood_status refuse(const struct search *search, const char *problem, const char *remedy) {
    struct bytes names = {0};
    if (!list_names(search, &names)) {
        bytes_free(&names);
        return error_no_memory(search->err);
    }
    mood_status status = mood_error_set(search->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                        "%s; the first line has %.*s; %s", problem, utf8_shown(names.data, NAMES_SHOWN),
                                        names.data, remedy);
    bytes_free(&names);
    return status;
}

static mood_status refuse_name(const struct search *search, const char *name) {
    char problem[100];
    snprintf(problem, sizeof problem, "no column \"%.*s\"", SHOWN(name));
    return refuse(search, problem,
                  name[strspn(name, "0123456789")] == '\0'
                      ? "numbers are for a file without names of columns (--no-header)"
                      : "rename one, or name another column");
}

static mood_status refuse_ambiguous(const struct search *search, const char *what) {
    char problem[100], remedy[100];
    snprintf(problem, sizeof problem, "the column of the %ss is not clear", what);
    snprintf(remedy, sizeof remedy, "name it with --%s %s", what, search->header ? "COLUMN" : "NUMBER");
    return refuse(search, problem, remedy);
}

static mood_status refuse_twice(const struct search *search, mood_text name) {
    return mood_error_set(search->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "there are two columns \"%.*s\"; rename one of them", name.size < 60 ? (int)name.size : 60,
                          name.data);
}

/* ---- given columns ----------------------------------------------------------------------------- */

static bool parse_number(const char *name, size_t *number) {
    *number = 0;
    for (const char *c = name; *c; c++) {
        if (*c < '0' || *c > '9' || *number > RECORDS_WIDTH_MAX)
            return false;
        *number = *number * 10 + (size_t)(*c - '0');
    }
    return *number > 0;
}

static mood_status find_given(const struct search *search, const char *name, size_t *column) {
    size_t width = records_width(search->records, 0), number, count;
    if (!search->header) {
        if (!parse_number(name, &number) || number > width)
            return mood_error_set(search->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                  "no column \"%.*s\": the file has no names of columns, so give a number from 1 to "
                                  "%zu; if the first line has names, the columns' values do not fit them",
                                  SHOWN(name), width);
        *column = number - 1;
        return MOOD_OK;
    }
    count = columns_count_named(search->records, name, column);
    if (count == 0)
        return refuse_name(search, name);
    return count == 1 ? MOOD_OK : refuse_twice(search, records_cell(search->records, 0, *column));
}

/* ---- by name ----------------------------------------------------------------------------------- */

/* Of the columns for which is_candidate holds, the one whose values are clearly the longest; NO_COLUMN: none. */
static size_t find_longest(const struct search *search, const bool *candidates, size_t other) {
    size_t longest = NO_COLUMN;
    double size = 0, next = 0;
    for (size_t i = 0; i < records_width(search->records, 0); i++) {
        if (i == other || (candidates && !candidates[i]))
            continue;
        struct column_values values = column_values(search->records, search->first, i);
        bool texts = values.rows > 0 && values.numbers < values.rows;
        double mean = texts ? values.mean_size : 0;
        if (mean > size) {
            next = size;
            size = mean;
            longest = i;
        } else if (mean > next) {
            next = mean;
        }
    }
    return size >= CLEARLY_LONGER * next ? longest : NO_COLUMN;
}

/* The column with a known name of the lowest rank. Several of that rank: the longest texts, or an error. */
static mood_status find_by_name(const struct search *search, const char *what, bool (*is_known)(mood_text, int *),
                                bool texts, size_t other, size_t *column, bool *guessed) {
    bool candidates[RECORDS_WIDTH_MAX] = {false};
    int best = 3, rank;
    size_t count = 0;
    *column = NO_COLUMN;
    for (size_t i = 0; search->header && i < records_width(search->records, 0); i++) {
        if (i == other || !is_known(records_cell(search->records, 0, i), &rank) || rank > best)
            continue;
        if (rank < best) {
            memset(candidates, 0, sizeof candidates);
            count = 0;
        }
        best = rank;
        candidates[i] = true;
        count++;
        *column = i;
    }
    *guessed = best > 0;
    if (count > 1 && best == 0)
        return refuse_twice(search, records_cell(search->records, 0, *column));
    if (count > 1)
        *column = texts ? find_longest(search, candidates, other) : NO_COLUMN;
    return count > 1 && *column == NO_COLUMN ? refuse_ambiguous(search, what) : MOOD_OK;
}

/* ---- by value ---------------------------------------------------------------------------------- */

/* The column with few different values. Of several, the one whose values look like labels. */
static size_t find_few_values(const struct search *search, size_t other) {
    size_t found = NO_COLUMN, like_labels = NO_COLUMN, count = 0, labels = 0;
    for (size_t i = 0; i < records_width(search->records, 0); i++) {
        struct column_values values = column_values(search->records, search->first, i);
        if (i == other || !column_has_few_values(&values))
            continue;
        if (values.small == values.rows) {
            like_labels = i;
            labels++;
        }
        if (values.distinct > 1) {
            found = i;
            count++;
        }
    }
    if (labels == 1)
        return like_labels;
    return labels == 0 && count == 1 ? found : NO_COLUMN;
}

static mood_status find_by_value(const struct search *search, struct columns *columns) {
    size_t width = records_width(search->records, 0);
    if (columns->text == NO_COLUMN)
        columns->text = find_longest(search, NULL, columns->label);
    if (search->layout->texts_only) {
        if (columns->text == NO_COLUMN && width == 1)
            columns->text = 0;
        return columns->text == NO_COLUMN ? refuse_ambiguous(search, "text") : MOOD_OK;
    }
    if (columns->label == NO_COLUMN && width == 2 && columns->text != NO_COLUMN)
        columns->label = 1 - columns->text;
    else if (columns->label == NO_COLUMN)
        columns->label = find_few_values(search, columns->text);
    if (columns->text == NO_COLUMN)
        return refuse_ambiguous(search, "text");
    return columns->label == NO_COLUMN ? refuse_ambiguous(search, "label") : MOOD_OK;
}

/* ---- all --------------------------------------------------------------------------------------- */

static mood_status check_width(const struct search *search) {
    size_t width = records_width(search->records, 0);
    if (width >= 2 || search->layout->texts_only)
        return MOOD_OK;
    return refuse(search, "there is one column, but texts and labels need two",
                  "if columns are separated by another character than , ; | or a tab, give --separator");
}

mood_status columns_find(const struct records *records, const struct layout *layout, bool named,
                         struct columns *columns, mood_error *err) {
    struct search search = {.records = records, .layout = layout, .err = err};
    *columns = (struct columns){.text = NO_COLUMN, .label = NO_COLUMN};
    search.header = columns->header = named || columns_have_header(records, layout);
    search.first = search.header;
    mood_status status = MOOD_OK;
    if (layout->text)
        status = find_given(&search, layout->text, &columns->text);
    if (status == MOOD_OK && layout->label)
        status = find_given(&search, layout->label, &columns->label);
    if (status == MOOD_OK)
        status = check_width(&search);
    if (status == MOOD_OK && !layout->text)
        status =
            find_by_name(&search, "text", column_is_text, true, columns->label, &columns->text, &columns->text_guessed);
    if (status == MOOD_OK && !layout->label && !layout->texts_only)
        status = find_by_name(&search, "label", column_is_label, false, columns->text, &columns->label,
                              &columns->label_guessed);
    return status == MOOD_OK ? find_by_value(&search, columns) : status;
}

mood_status columns_find_one(const struct records *records, const char *name, bool header, size_t *column,
                             mood_error *err) {
    const struct search search = {.records = records, .header = header, .err = err};
    return find_given(&search, name, column);
}

char *columns_name(const struct records *records, bool header, size_t column) {
    mood_text name = header ? records_cell(records, 0, column) : (mood_text){"", 0};
    char number[32], *made = malloc(header ? name.size + 1 : sizeof number);
    if (!made)
        return NULL;
    if (!header)
        snprintf(made, sizeof number, "%zu", column + 1);
    else {
        memcpy(made, name.data, name.size);
        made[name.size] = '\0';
    }
    return made;
}
