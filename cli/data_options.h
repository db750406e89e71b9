/* Options of every command that reads a file of labelled texts: its format, columns and labels. */
#ifndef CLI_DATA_OPTIONS_H
#define CLI_DATA_OPTIONS_H

#include "command.h"
#include "mood/text.h"

/* Names separated by commas, as an option has them. */
struct name_list {
    char *text;         /* the storage of the names, new */
    const char **names; /* [count], new; NULL: not given */
    size_t count;
};

struct data_options {
    const char *text, *label, *positive, *encoding;
    char label_separator; /* between the labels of a row; '\0': not given */
    char separator;       /* between columns; '\0': not given */
    bool no_header, no_quotes, skip_errors;
    struct name_list skip;          /* labels */
    struct name_list probabilities; /* columns of soft labels; only mood fit sets them */
};

/* Set the list; it ends the program if there is no memory. */
void name_list_set(struct name_list *list, const char *argument, struct argp_state *state);

/* A command's argp has this as a child, and its parser sets the child's input to a struct data_options. */
extern const struct argp data_option_argp;
#define DATA_HEADER "The file of labelled texts:"

/* The same with only the options of files whose texts need no labels. */
extern const struct argp table_option_argp;
#define TABLE_HEADER "The file of texts:"

/* The rows of the options: of files with texts, and the further ones of files with labels. */
extern const struct argp_option table_option_table[], data_option_table[];

/* True if --positive is a comparison, as >=4, and not the name of a label. */
bool data_options_compare(const struct data_options *options);

/* Set what the options say; label_separator stays as it is. */
void data_options_apply(const struct data_options *options, mood_dataset_options *dataset);
void table_options_apply(const struct data_options *options, mood_table_options *table);
void data_options_clear(struct data_options *options);

/* Print notes about what was found in a file. Nothing about a CSV file with the columns text and
 * label (a table: text). */
void print_format_notes(const struct common *common, const char *path, const struct data_options *options,
                        const mood_dataset_info *info);

/* Print notes about rows that were dropped and skipped, and that have no text. */
void print_row_notes(const struct common *common, const char *path, const mood_dataset_info *info);

/* Both. */
void print_data_notes(const struct common *common, const char *path, const struct data_options *options,
                      const mood_dataset *dataset);

#endif
