/* Files of labelled texts in all formats, tests/datasets/NAME.data, and what is read from them, NAME.expected: first
 * lines "option: KEY VALUE", then the description and the rows, or the error. With MOOD_TEST_WRITE the results are
 * written to that folder instead, in the same form. */
#include <glob.h>

#include "text_golden.h"

static glob_t files; /* the .expected files */
static char folder[4096];

struct settings {
    mood_dataset_options options;
    const char *skip[8], *labels[8], *probabilities[8];
    char copy[1024]; /* what they point into */
};

/* ---- options ----------------------------------------------------------------------------------- */

static size_t split(char *list, const char **parts) {
    size_t count = 0;
    for (char *part; (part = strsep(&list, ",")) && count < 8;)
        parts[count++] = part;
    return count;
}

static void set_option(struct settings *settings, const char *key, char *value) {
    mood_dataset_options *options = &settings->options;
    if (strcmp(key, "text") == 0)
        options->text_column = value;
    else if (strcmp(key, "label") == 0)
        options->label_column = value;
    else if (strcmp(key, "positive") == 0)
        options->positive = value;
    else if (strcmp(key, "encoding") == 0)
        options->encoding = value;
    else if (strcmp(key, "separator") == 0)
        options->separator = strcmp(value, "tab") == 0 ? '\t' : *value;
    else if (strcmp(key, "label-separator") == 0)
        options->label_separator = *value;
    else if (strcmp(key, "no-header") == 0)
        options->no_header = true;
    else if (strcmp(key, "no-quotes") == 0)
        options->no_quotes = true;
    else if (strcmp(key, "drop-empty") == 0)
        options->drop_empty_texts = true;
    else if (strcmp(key, "skip-errors") == 0)
        options->skip_errors = true;
    else if (strcmp(key, "skip") == 0) {
        options->skip_count = split(value, settings->skip);
        options->skip = settings->skip;
    } else if (strcmp(key, "labels") == 0) {
        options->label_count = split(value, settings->labels);
        options->labels = settings->labels;
    } else if (strcmp(key, "probabilities") == 0) {
        options->probability_count = split(value, settings->probabilities);
        options->probability_columns = settings->probabilities;
    } else {
        ck_abort_msg("unknown option %s", key);
    }
}

/* Read the lines "option: KEY VALUE" at the beginning of the text; returns their size. */
static size_t read_options(const char *text, struct settings *settings) {
    const char *at = text;
    size_t used = 0;
    *settings = (struct settings){.options = MOOD_DATASET_OPTIONS};
    while (strncmp(at, "option: ", 8) == 0) {
        const char *end = strchr(at, '\n');
        ck_assert_ptr_nonnull(end);
        size_t size = (size_t)(end - at) - 8;
        ck_assert_uint_lt(used + size + 1, sizeof settings->copy);
        char *key = settings->copy + used, *value;
        memcpy(key, at + 8, size);
        key[size] = '\0';
        used += size + 1;
        value = strchr(key, ' ');
        if (value)
            *value++ = '\0';
        set_option(settings, key, value ? value : key + size);
        at = end + 1;
    }
    return (size_t)(at - text);
}

/* ---- what was read ----------------------------------------------------------------------------- */

/* Control characters are shown as \n, \t or \x07. */
static void write_text(FILE *out, mood_text text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '\n')
            fputs("\\n", out);
        else if (c == '\t')
            fputs("\\t", out);
        else if (c < ' ')
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
}

static void write_format(FILE *out, const mood_dataset_info *info) {
    fprintf(out, "format: %s", info->format);
    if (info->compression)
        fprintf(out, ", %s", info->compression);
    if (strcmp(info->encoding, "UTF-8") != 0)
        fprintf(out, ", %s", info->encoding);
    if (info->separator)
        fprintf(out, ", separator %s%s%s", info->separator == '\t' ? "tab" : (char[]){info->separator, '\0'},
                info->header ? "" : ", no header", info->quotes ? "" : ", no quotes");
    if (info->text_column)
        fprintf(out, "\ncolumns: %s%s, %s%s", info->text_column, info->text_guessed ? " (guessed)" : "",
                info->label_column ? info->label_column : "soft labels", info->label_guessed ? " (guessed)" : "");
    fputc('\n', out);
}

static void write_counts(FILE *out, const mood_dataset_info *info) {
    fprintf(out, "read: %zu", info->rows_read);
    if (info->rows_skipped)
        fprintf(out, "; skipped %zu, line %zu: %s", info->rows_skipped, info->first_skipped_line,
                info->first_skipped_reason);
    if (info->rows_of_skipped_labels)
        fprintf(out, "; %zu of skipped labels", info->rows_of_skipped_labels);
    if (info->rows_of_empty_texts)
        fprintf(out, "; %zu dropped empty", info->rows_of_empty_texts);
    if (info->empty_texts)
        fprintf(out, "; %zu empty", info->empty_texts);
    fputc('\n', out);
    if (info->joined_labels)
        fprintf(out, "joined: %zu: %s\n", info->joined_labels, info->joined_spellings);
}

static void write_rows(FILE *out, const mood_dataset *dataset) {
    size_t K = mood_dataset_get_class_count(dataset);
    for (size_t k = 0; k < K; k++)
        fprintf(out, "class %zu: %s (%s), %zu rows\n", k, mood_dataset_get_label(dataset, k),
                mood_dataset_get_raw_label(dataset, k), mood_dataset_get_class_rows(dataset, k));
    for (size_t i = 0; i < mood_dataset_get_count(dataset); i++) {
        if (mood_dataset_get_classes(dataset))
            fprintf(out, "%d", (int)mood_dataset_get_classes(dataset)[i]);
        for (size_t k = 0; mood_dataset_get_targets(dataset) && k < K; k++)
            fprintf(out, "%d", (int)mood_dataset_get_targets(dataset)[i * K + k]);
        for (size_t k = 0; mood_dataset_get_probabilities(dataset) && k < K; k++)
            fprintf(out, " %.4g", (double)mood_dataset_get_probabilities(dataset)[i * K + k]);
        fputs(" | ", out);
        write_text(out, mood_dataset_get_texts(dataset)[i]);
        fputc('\n', out);
    }
}

/* The error without the folder of the file. */
static void write_error(FILE *out, const char *message, const char *path) {
    const char *name = strrchr(path, '/') + 1;
    size_t before = (size_t)(name - path);
    fprintf(out, "error: %s\n", strncmp(message, path, before) == 0 ? message + before : message);
}

static char *describe(const char *path, const mood_dataset_options *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    mood_dataset *dataset = NULL;
    mood_error error = {0};
    if (mood_dataset_open(path, options, &dataset, &error) == MOOD_OK) {
        const mood_dataset_info *info = mood_dataset_get_info(dataset);
        write_format(out, info);
        write_counts(out, info);
        write_rows(out, dataset);
        ck_assert_uint_eq(info->rows_read, mood_dataset_get_count(dataset) + info->rows_skipped +
                                               info->rows_of_skipped_labels + info->rows_of_empty_texts);
    } else {
        write_error(out, error.message, path);
    }
    mood_dataset_destroy(dataset);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* ---- files ------------------------------------------------------------------------------------- */

static char *read_all(const char *path) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, EOF, file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

static void write_result(const char *to, const char *name, const char *options, size_t size, const char *result) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", to, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%.*s%s", (int)size, options, result);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_file) {
    const char *expected = files.gl_pathv[_i], *name = strrchr(expected, '/') + 1, *to = getenv("MOOD_TEST_WRITE");
    char *text = read_all(expected), path[4200];
    struct settings settings;
    size_t used = read_options(text, &settings);
    /* NAME~CASE.expected is another case of NAME.data */
    snprintf(path, sizeof path, "%s/%.*s.data", folder, (int)strcspn(name, "~."), name);
    char *result = describe(path, &settings.options);
    if (to)
        write_result(to, name, text, used, result);
    else if (strcmp(result, text + used) != 0)
        ck_abort_msg("%s: expected\n%s\nread\n%s", name, text + used, result);
    free(result);
    free(text);
}
END_TEST

static void add(TCase *tests) {
    const char *srcdir = getenv("srcdir");
    char pattern[4200];
    snprintf(folder, sizeof folder, "%s/tests/datasets", srcdir ? srcdir : ".");
    snprintf(pattern, sizeof pattern, "%s/*.expected", folder);
    int found = glob(pattern, 0, NULL, &files);
    tcase_add_loop_test(tests, test_file, 0, found == 0 ? (int)files.gl_pathc : 1);
}

int main(void) {
    int result = run_tests("dataset files", add);
    globfree(&files);
    return result;
}
