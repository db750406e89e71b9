/* mood_table: the rows of a file without labels. The formats are those of tests/check_dataset_files. */
#include <unistd.h>

#include "text_golden.h"

static char path[4300];

static const char *write_file(const char *content) {
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/table-%d", folder ? folder : "/tmp", (int)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, strlen(content), file), strlen(content));
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static void remove_file(void) {
    if (*path)
        remove(path);
    *path = '\0';
}

/* ---- the texts are those of a data set --------------------------------------------------------- */

static const char *const data_files[] = {"imdb",  "airline",    "amazon",     "zip",        "gzip",      "bzip2",
                                         "xz",    "tab-quotes", "utf-16le",   "json",       "semicolon", "no-header",
                                         "empty", "halves",     "gzip-twice", "bzip2-twice"};

START_TEST(test_same_texts) {
    const char *srcdir = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/datasets/%s.data", srcdir ? srcdir : ".", data_files[_i]);
    mood_dataset *dataset;
    mood_table *table;
    mood_table_options options = MOOD_TABLE_OPTIONS;
    mood_table_row row;
    mood_error err;
    bool found;
    ck_assert_msg(mood_dataset_open(path, NULL, &dataset, &err) == MOOD_OK, "%s", err.message);
    options.text_column = mood_dataset_get_info(dataset)->text_column;
    ck_assert_msg(mood_table_open(path, &options, &table, &err) == MOOD_OK, "%s", err.message);
    for (size_t i = 0; i < mood_dataset_get_count(dataset); i++) {
        mood_text text = mood_dataset_get_texts(dataset)[i];
        ck_assert_msg(mood_table_next(table, &row, &found, &err) == MOOD_OK, "%s", err.message);
        ck_assert(found);
        ck_assert_uint_eq(row.text.size, text.size);
        ck_assert_mem_eq(row.text.data, text.data, text.size);
    }
    ck_assert_int_eq(mood_table_next(table, &row, &found, &err), MOOD_OK);
    ck_assert(!found);
    ck_assert_int_eq(mood_table_next(table, &row, &found, &err), MOOD_OK); /* the end stays the end */
    ck_assert(!found);
    ck_assert_uint_eq(mood_table_get_info(table)->rows_read, mood_dataset_get_info(dataset)->rows_read);
    mood_table_destroy(table);
    mood_dataset_destroy(dataset);
    *path = '\0';
}
END_TEST

/* ---- a table as a string: "NAMES|row/row" ------------------------------------------------------- */

struct sample {
    const char *content, *text, *column; /* NULL: none */
    bool skip, no_header;
    const char *expected; /* names in brackets; for each row "LINE: TEXT (VALUE)"; or the error after the path */
};

static const struct sample samples[] = {
    {"text\none\n\"two, and\n\"\"more\"\"\"\n\nthree\n", NULL, NULL, false, false,
     "[text] 2: one 3: two, and\n\"more\" 6: three"},
    {"id;review\r\n1;a\r\n2;b\r\n", NULL, "id", false, false, "[id][review] 2: a (1) 3: b (2)"},
    {"1\ta b c\n2\td e f\n1\tg h i\n2\tj k l\n", NULL, NULL, false, false,
     "[1][2] 1: a b c 2: d e f 3: g h i 4: j k l"},
    {"first text here\nsecond text\n", NULL, NULL, false, true, "[1] 1: first text here 2: second text"},
    {"text,x\na,b\nc\nd,\"e\"f\n\xff,g\nh,\n", NULL, "x", true, false, "[text][x] 2: a (b) 6: h () skipped 3, line 3"},
    {"text,x\na,b\nc\n", NULL, NULL, false, false,
     "3: the row has 1 field, the first line 2; put a text that contains the separator or line ends into quotes"},
    {"", NULL, NULL, false, false, " the file is empty; it needs rows with a text"},
    {"text\n", NULL, NULL, false, false, "[text]"},
    {"a,b\nx,y\n", "c", NULL, false, false,
     "1: no column \"c\"; the first line has \"a\", \"b\"; rename one, or name another column"},
    {"text,b\nx,y\n", NULL, "c", false, false,
     "1: no column \"c\"; the first line has \"text\", \"b\"; rename one, or name another column"},
    {"__label__a text\n", NULL, NULL, false, false,
     " lines of fastText's format (__label__) have no columns; convert the file to CSV or JSON lines"},
    {"{\"n\": 1, \"text\": \"a\"}\n\n{\"text\": \"\\u00e4\", \"m\": [1], \"n\": 1.5}\n", NULL, "n", false, false,
     "[n][text][m] 1: a (1) 3: ä (1.5)"},
    {"{\"text\": \"a\", \"t\": true}\n{\"text\": \"b\", \"t\": null}\n", NULL, "t", false, false,
     "[text][t] 1: a (true) 2: b (-)"},
    {"{\"text\": \"a\"}\n{\"text\": 1}\n{}\n[]\n{\"text\": \"b\"}\n", NULL, NULL, true, false,
     "[text] 1: a 5: b skipped 3, line 2"},
    {"{\"text\": \"a\"}\n{\"text\": 1}\n", NULL, NULL, false, false,
     "2: the text, in the field \"text\", is a number, not a string"},
    {"{\"text\": \"a\", \"text\": \"b\"}\n", NULL, NULL, false, false,
     "1: the line is not a JSON object: duplicate object key near '\"text\"'; each line has to be one, as jq -c writes "
     "them"},
};

static void print_row(FILE *out, const mood_table_row *row, bool value) {
    fprintf(out, " %zu: %.*s", row->line, (int)row->text.size, row->text.data);
    if (value)
        fprintf(out, " (%.*s)", row->values[0].data ? (int)row->values[0].size : 1,
                row->values[0].data ? row->values[0].data : "-");
}

static mood_status describe(FILE *out, const struct sample *sample, mood_error *err) {
    mood_table_options options = MOOD_TABLE_OPTIONS;
    mood_table *table;
    mood_table_row row;
    bool found = true;
    options.text_column = sample->text;
    options.columns = &sample->column;
    options.column_count = sample->column != NULL;
    options.skip_errors = sample->skip;
    options.no_header = sample->no_header;
    mood_status status = mood_table_open(path, &options, &table, err);
    if (status != MOOD_OK)
        return status;
    for (size_t i = 0; i < mood_table_get_width(table); i++)
        fprintf(out, "[%.*s]", (int)mood_table_get_names(table)[i].size, mood_table_get_names(table)[i].data);
    while ((status = mood_table_next(table, &row, &found, err)) == MOOD_OK && found)
        print_row(out, &row, sample->column != NULL);
    const mood_dataset_info *info = mood_table_get_info(table);
    if (info->rows_skipped)
        fprintf(out, " skipped %zu, line %zu", info->rows_skipped, info->first_skipped_line);
    mood_table_destroy(table);
    return status;
}

START_TEST(test_rows) {
    const struct sample *sample = &samples[_i];
    char *text = NULL;
    size_t size;
    mood_error err;
    write_file(sample->content);
    FILE *out = open_memstream(&text, &size);
    mood_status status = describe(out, sample, &err);
    fclose(out);
    if (status == MOOD_OK) {
        ck_assert_str_eq(text, sample->expected);
    } else {
        ck_assert_int_eq(strncmp(err.message, path, strlen(path)), 0);
        ck_assert_str_eq(err.message + strlen(path) + 1, sample->expected);
    }
    free(text);
}
END_TEST

START_TEST(test_progress) {
    mood_table *table;
    mood_table_row row;
    uint64_t done, size;
    bool found;
    ck_assert_int_eq(mood_table_open(write_file("text\na\nb\n"), NULL, &table, NULL), MOOD_OK);
    ck_assert_int_eq(mood_table_next(table, &row, &found, NULL), MOOD_OK);
    mood_table_get_progress(table, &done, &size);
    ck_assert_uint_eq(size, 9);
    ck_assert_uint_le(done, size);
    mood_table_destroy(table);
}
END_TEST

START_TEST(test_arguments) {
    mood_table_options options = MOOD_TABLE_OPTIONS;
    const char *none[] = {NULL};
    mood_table *table;
    write_file("text\na\n");
    ck_assert_int_eq(mood_table_open(NULL, NULL, &table, NULL), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_table_open(path, NULL, NULL, NULL), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_table_open("/nonexistent/file", NULL, &table, NULL), MOOD_ERR_IO);
    options.separator = 'x';
    ck_assert_int_eq(mood_table_open(path, &options, &table, NULL), MOOD_ERR_ARGUMENT);
    options = (mood_table_options)MOOD_TABLE_OPTIONS;
    options.column_count = 1;
    ck_assert_int_eq(mood_table_open(path, &options, &table, NULL), MOOD_ERR_ARGUMENT);
    options.columns = none;
    ck_assert_int_eq(mood_table_open(path, &options, &table, NULL), MOOD_ERR_ARGUMENT);
    options = (mood_table_options)MOOD_TABLE_OPTIONS;
    options.encoding = "nothing";
    ck_assert_int_eq(mood_table_open(path, &options, &table, NULL), MOOD_ERR_ARGUMENT);
    options.size = 1;
    ck_assert_int_eq(mood_table_open(path, &options, &table, NULL), MOOD_ERR_ARGUMENT);
    mood_table_destroy(NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("text_table");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, NULL, remove_file);
    tcase_add_loop_test(tests, test_same_texts, 0, sizeof data_files / sizeof *data_files);
    tcase_add_loop_test(tests, test_rows, 0, sizeof samples / sizeof *samples);
    tcase_add_test(tests, test_progress);
    tcase_add_test(tests, test_arguments);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
