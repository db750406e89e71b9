/* Notes about a file of texts. */
#include <string.h>

#include "data_options.h"

static const char *separator_name(char separator) {
    switch (separator) {
    case '\t': return "tabs";
    case ';': return "semicolons";
    default: return "|";
    }
}

void print_format_notes(const struct common *common, const char *path, const struct data_options *given,
                        const mood_dataset_info *info) {
    if (!given->encoding && strcmp(info->encoding, "UTF-8") != 0)
        print_note(common, "mood: %s: the encoding is %s", path, info->encoding);
    if (!given->separator && info->separator && info->separator != ',')
        print_note(common, "mood: %s: columns are separated by %s", path, separator_name(info->separator));
    if (info->separator && !info->quotes && !given->no_quotes)
        print_note(common, "mood: %s: quotes (\") are taken as characters of the texts", path);
    if (info->separator && !info->header && !given->no_header)
        print_note(common, "mood: %s: the first row is taken as data, not as names of columns", path);
    if (info->text_guessed && !info->label_column)
        print_note(common, "mood: %s: texts from column %s; --text chooses another", path, info->text_column);
    else if (info->text_guessed || info->label_guessed)
        print_note(common, "mood: %s: texts from column %s, labels from column %s; --text and --label choose others",
                   path, info->text_column, info->label_column);
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

void print_row_notes(const struct common *common, const char *path, const mood_dataset_info *info) {
    if (info->rows_skipped)
        print_note(common, "mood: %s: skipped %zu of %zu rows, which can't be read; the first one, in line %zu: %s",
                   path, info->rows_skipped, info->rows_read, info->first_skipped_line, info->first_skipped_reason);
    if (info->rows_of_skipped_labels)
        print_note(common, "mood: %s: dropped %zu row%s with a label of --skip", path, info->rows_of_skipped_labels,
                   plural(info->rows_of_skipped_labels));
    if (info->rows_of_empty_texts)
        print_note(common, "mood: %s: dropped %zu row%s with an empty text", path, info->rows_of_empty_texts,
                   plural(info->rows_of_empty_texts));
    if (info->empty_texts)
        print_note(common, "mood: %s: %zu row%s an empty text; it gets the score of a text without words", path,
                   info->empty_texts, info->empty_texts == 1 ? " has" : "s have");
    if (info->joined_labels)
        print_note(common, "mood: %s: labels that are the same: %s", path, info->joined_spellings);
}

void print_data_notes(const struct common *common, const char *path, const struct data_options *given,
                      const mood_dataset *dataset) {
    const mood_dataset_info *info = mood_dataset_get_info(dataset);
    print_format_notes(common, path, given, info);
    print_row_notes(common, path, info);
}
