/* --text, --label, --positive, --skip and the other options of a file of texts. */
#include <stdlib.h>
#include <string.h>

#include "data_options.h"

enum {
    OPTION_TEXT = 0x100,
    OPTION_LABEL,
    OPTION_POSITIVE,
    OPTION_SKIP,
    OPTION_LABEL_SEPARATOR,
    OPTION_SEPARATOR,
    OPTION_NO_HEADER,
    OPTION_NO_QUOTES,
    OPTION_ENCODING,
    OPTION_ON_ERROR
};

/* Of all files with texts. */
const struct argp_option table_option_table[] = {
    {"text", OPTION_TEXT, "COLUMN", 0,
     "the column, or the JSON field, of the texts; in a file without names its number (found by name and values)", 0},
    {"separator", OPTION_SEPARATOR, "CHAR", 0, "the character between columns, or tab (found: , ; | or a tab)", 0},
    {"no-header", OPTION_NO_HEADER, NULL, 0, "the first row is data; columns have numbers from 1 (found)", 0},
    {"no-quotes", OPTION_NO_QUOTES, NULL, 0, "a quote (\") is a character like others", 0},
    {"encoding", OPTION_ENCODING, "NAME", 0,
     "the file's encoding, as in windows-1252 or gb18030 (UTF-8, or UTF-16 with a byte-order mark)", 0},
    {"on-error", OPTION_ON_ERROR, "stop|skip", 0, "stop at a row that can't be read, or skip and count it (stop)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* Of files with labels. */
const struct argp_option data_option_table[] = {
    {"label", OPTION_LABEL, "COLUMN", 0, "the column of the labels (found by name and values)", 0},
    {"positive", OPTION_POSITIVE, "NAME", 0,
     "the positive one of two labels (1, pos, positive, yes, true or good, else the second in sorted order), or a "
     "comparison that makes two classes of numbers, as in '>=4'",
     0},
    {"skip", OPTION_SKIP, "LABEL[,LABEL…]", 0, "drop the rows with these labels", 0},
    {"label-separator", OPTION_LABEL_SEPARATOR, "CHAR", 0,
     "a row has any number of labels, separated by this character, as in joy|anger (with a multi-label model: |)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

void name_list_set(struct name_list *list, const char *argument, struct argp_state *state) {
    size_t count = 1;
    for (const char *at = argument; *at; at++)
        count += *at == ',';
    free(list->text);
    free(list->names);
    list->text = strdup(argument);
    list->names = calloc(count, sizeof *list->names);
    if (!list->text || !list->names)
        argp_failure(state, EXIT_FAILURE, 0, "out of memory");
    char *rest = list->text;
    for (list->count = 0; list->count < count && rest; list->count++)
        list->names[list->count] = strsep(&rest, ",");
}

static void name_list_clear(struct name_list *list) {
    free(list->text);
    free(list->names);
}

static error_t parse_table_option(int key, char *argument, struct argp_state *state) {
    struct data_options *given = state->input;
    switch (key) {
    case OPTION_TEXT: given->text = argument; return 0;
    case OPTION_SEPARATOR:
        given->separator = strcmp(argument, "tab") == 0 || strcmp(argument, "\t") == 0
                               ? '\t'
                               : parse_character(state, "--separator", argument);
        return 0;
    case OPTION_NO_HEADER: given->no_header = true; return 0;
    case OPTION_NO_QUOTES: given->no_quotes = true; return 0;
    case OPTION_ENCODING: given->encoding = argument; return 0;
    case OPTION_ON_ERROR:
        if (strcmp(argument, "stop") != 0 && strcmp(argument, "skip") != 0)
            argp_error(state, "--on-error takes stop or skip, not '%s'", argument);
        given->skip_errors = strcmp(argument, "skip") == 0;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp table_option_argp = {.options = table_option_table, .parser = parse_table_option};

static const struct argp_child children[] = {
    {&table_option_argp, 0, NULL, 0},
    {NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct data_options *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = given; return 0;
    case OPTION_LABEL: given->label = argument; return 0;
    case OPTION_POSITIVE: given->positive = argument; return 0;
    case OPTION_SKIP: name_list_set(&given->skip, argument, state); return 0;
    case OPTION_LABEL_SEPARATOR:
        given->label_separator = parse_character(state, "--label-separator", argument);
        return 0;
    case ARGP_KEY_END:
        if (given->positive && given->label_separator)
            argp_error(state, "--positive and --label-separator can't be combined");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp data_option_argp = {.options = data_option_table, .parser = parse_option, .children = children};

bool data_options_compare(const struct data_options *given) {
    return given->positive && (*given->positive == '<' || *given->positive == '>');
}

void data_options_apply(const struct data_options *given, mood_dataset_options *dataset) {
    dataset->text_column = given->text;
    dataset->label_column = given->label;
    dataset->positive = given->positive;
    dataset->separator = given->separator;
    dataset->no_header = given->no_header;
    dataset->no_quotes = given->no_quotes;
    dataset->skip_errors = given->skip_errors;
    dataset->encoding = given->encoding;
    dataset->skip = given->skip.names;
    dataset->skip_count = given->skip.count;
    dataset->probability_columns = given->probabilities.names;
    dataset->probability_count = given->probabilities.count;
}

void table_options_apply(const struct data_options *given, mood_table_options *table) {
    table->text_column = given->text;
    table->separator = given->separator;
    table->no_header = given->no_header;
    table->no_quotes = given->no_quotes;
    table->skip_errors = given->skip_errors;
    table->encoding = given->encoding;
}

void data_options_clear(struct data_options *given) {
    name_list_clear(&given->skip);
    name_list_clear(&given->probabilities);
    *given = (struct data_options){0};
}
