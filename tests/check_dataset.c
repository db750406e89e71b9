/* Data sets: valid files, classes of labels, and errors with their lines. */
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "text_golden.h"

static char path[] = "check-dataset-XXXXXX";

static void make_path(void) {
    strcpy(path + sizeof path - 7, "XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void remove_path(void) {
    remove(path);
}

static void write_bytes(const char *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static mood_dataset *open_with(const char *csv, const mood_dataset_options *options) {
    mood_dataset *dataset;
    write_bytes(csv, strlen(csv));
    ck_assert_ok(mood_dataset_open(path, options, &dataset, err));
    return dataset;
}

static void check_text(const mood_dataset *dataset, size_t row, const char *wanted) {
    mood_text text = mood_dataset_get_texts(dataset)[row];
    if (text.size != strlen(wanted) || memcmp(text.data, wanted, text.size) != 0)
        ck_abort_msg("row %zu: \"%.*s\"", row, (int)text.size, text.data);
}

static void check_class(const mood_dataset *dataset, size_t index, const char *name, const char *raw, size_t rows) {
    ck_assert_str_eq(mood_dataset_get_label(dataset, index), name);
    ck_assert_str_eq(mood_dataset_get_raw_label(dataset, index), raw);
    ck_assert_uint_eq(mood_dataset_get_class_rows(dataset, index), rows);
}

static void check_classes(const mood_dataset *dataset, const char *digits) {
    ck_assert_uint_eq(mood_dataset_get_count(dataset), strlen(digits));
    for (size_t i = 0; digits[i]; i++)
        ck_assert_int_eq(mood_dataset_get_classes(dataset)[i], digits[i] - '0');
}

/* ---- valid files ------------------------------------------------------------------------------- */

START_TEST(test_rfc_4180) {
    mood_dataset *dataset = open_with("\xEF\xBB\xBFid,text,\"label\"\r\n"
                                      "1,plain ,1\r\n"
                                      "2,\"commas, \"\"quotes\"\" and\r\nlines\n\",0\r\n"
                                      "\r\n"
                                      "3,  ,0\n"
                                      "\n"
                                      "4,\"\",\"1\"",
                                      NULL);
    check_classes(dataset, "1001");
    check_text(dataset, 0, "plain ");
    check_text(dataset, 1, "commas, \"quotes\" and\r\nlines\n");
    check_text(dataset, 2, "  ");
    check_text(dataset, 3, "");
    mood_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_columns) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.text_column = "review";
    options.label_column = "mood";
    mood_dataset *dataset =
        open_with("mood, review ,text,label\nsad,a,x,y\nglad,b,x,y\nsad,c,x,y\n glad ,d,x,y\n", &options);
    check_text(dataset, 3, "d");
    check_class(dataset, 0, "glad", "glad", 2);
    check_class(dataset, 1, "sad", "sad", 2);
    ck_assert_str_eq(mood_dataset_get_positive(dataset), "sad");
    mood_dataset_destroy(dataset);
}
END_TEST

/* Larger than a block, so that quotes, line ends and characters cross its end. */
START_TEST(test_blocks) {
    for (size_t shift = 0; shift < 8; shift++) {
        size_t size = 0, n = 5000; /* of 17 bytes or more */
        char *csv = malloc(n * 40);
        size += (size_t)sprintf(csv, "text,label\n%.*s", (int)shift, "\n\n\n\n\n\n\n\n");
        for (size_t i = 0; i < n; i++)
            size += (size_t)sprintf(csv + size, "\"%zu, \xC3\xA9\"\"\r\n\",%zu\r\n", i, i % 3);
        write_bytes(csv, size);
        mood_dataset *dataset;
        ck_assert_ok(mood_dataset_open(path, NULL, &dataset, err));
        ck_assert_uint_eq(mood_dataset_get_count(dataset), n);
        for (size_t i = 0; i < n; i++) {
            char wanted[40];
            sprintf(wanted, "%zu, \xC3\xA9\"\r\n", i);
            check_text(dataset, i, wanted);
            if (mood_dataset_get_classes(dataset)[i] != (int)(i % 3))
                ck_abort_msg("row %zu is of class %d", i, mood_dataset_get_classes(dataset)[i]);
        }
        mood_dataset_destroy(dataset);
        free(csv);
    }
}
END_TEST

#define CSV "text,label\ngood,1\nbad,0\nfine,1\npoor,0\n"
#define CSV_SHA256 "669b25174b1e6568660084af0396564fc48c595a6b0e36cc2f1d6f14629fb4a5"

START_TEST(test_gzip) {
    gzFile file = gzopen(path, "wb");
    ck_assert_int_eq(gzwrite(file, CSV, sizeof CSV - 1), sizeof CSV - 1);
    ck_assert_int_eq(gzclose(file), Z_OK);
    mood_dataset *packed, *plain;
    ck_assert_ok(mood_dataset_open(path, NULL, &packed, err));
    plain = open_with(CSV, NULL);
    check_classes(packed, "1010");
    ck_assert_str_eq(mood_dataset_get_digest(packed), mood_dataset_get_digest(plain));
    ck_assert_str_eq(mood_dataset_get_digest(plain), CSV_SHA256);
    mood_dataset_destroy(packed);
    mood_dataset_destroy(plain);
}
END_TEST

START_TEST(test_standard_input) {
    write_bytes(CSV, sizeof CSV - 1);
    int file = open(path, O_RDONLY);
    ck_assert_int_eq(dup2(file, STDIN_FILENO), STDIN_FILENO);
    close(file);
    mood_dataset *dataset = NULL;
    ck_assert_ok(mood_dataset_open("-", NULL, &dataset, err));
    check_classes(dataset, "1010");
    ck_assert_fails(mood_dataset_open("-", NULL, &dataset, err), MOOD_ERR_FORMAT, "standard input: the file is empty");
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
    mood_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_reviews) {
    char reviews[4096];
    const char *folder = getenv("srcdir");
    snprintf(reviews, sizeof reviews, "%s/tests/data/uci-reviews.csv.gz", folder ? folder : ".");
    mood_dataset *dataset;
    ck_assert_ok(mood_dataset_open(reviews, NULL, &dataset, err));
    ck_assert_uint_eq(mood_dataset_get_count(dataset), 3000);
    check_class(dataset, 0, "negative", "0", 1500);
    check_class(dataset, 1, "positive", "1", 1500);
    check_text(dataset, 1, "Good case, Excellent value.");
    ck_assert_str_eq(mood_dataset_get_digest(dataset),
                     "9a7f218b7f7649f32bf571790ffcd83379a424977e6d0489584ee1a2879fc470");
    mood_dataset_destroy(dataset);
}
END_TEST

/* ---- labels ------------------------------------------------------------------------------------ */

/* Two rows for each of the labels, in this order; which one is class 1, and the names of both. */
static const struct {
    const char *first, *second, *positive, *names[2];
} two[] = {
    {"0", "1", NULL, {"negative", "positive"}},
    {"1", "0", NULL, {"negative", "positive"}},
    {"1", "0", "0", {"1", "0"}},
    {"0", "1", "1", {"negative", "positive"}},
    {"neg", "pos", NULL, {"neg", "pos"}},
    {"Positive", "zero", NULL, {"zero", "Positive"}},
    {"YES", "no", NULL, {"no", "YES"}},
    {"True", "False", NULL, {"False", "True"}},
    {"good", "rotten", NULL, {"rotten", "good"}},
    {"good", "rotten", "rotten", {"good", "rotten"}},
    {"ham", "spam", NULL, {"ham", "spam"}},
    {"spam", "ham", NULL, {"ham", "spam"}},
    {"good", "positive", NULL, {"good", "positive"}},
    {"9", "10", NULL, {"9", "10"}},
    {"-1", "1", NULL, {"-1", "1"}},
    {"1", "2", NULL, {"2", "1"}},
    {"z", "\xC3\xA9", NULL, {"z", "\xC3\xA9"}},
    {"\xF0\x9F\x98\x80", "\xEF\xBD\x81", NULL, {"\xEF\xBD\x81", "\xF0\x9F\x98\x80"}},
};

START_TEST(test_two_labels) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.positive = two[_i].positive;
    char csv[200];
    sprintf(csv, "text,label\na,%s\nb,%s\nc,%s\nd,%s\n", two[_i].first, two[_i].second, two[_i].first, two[_i].second);
    mood_dataset *dataset = open_with(csv, &options);
    ck_assert_uint_eq(mood_dataset_get_class_count(dataset), 2);
    bool numbers = strcmp(two[_i].names[1], "positive") == 0 && strcmp(two[_i].names[0], "negative") == 0;
    check_class(dataset, 0, two[_i].names[0], numbers ? "0" : two[_i].names[0], 2);
    check_class(dataset, 1, two[_i].names[1], numbers ? "1" : two[_i].names[1], 2);
    const char *raw = mood_dataset_get_raw_label(dataset, 1);
    ck_assert_str_eq(mood_dataset_get_positive(dataset), raw);
    check_classes(dataset, strcmp(two[_i].first, raw) == 0 ? "1010" : "0101");
    ck_assert_ptr_null(mood_dataset_get_label(dataset, 2));
    ck_assert_ptr_null(mood_dataset_get_raw_label(dataset, 2));
    ck_assert_uint_eq(mood_dataset_get_class_rows(dataset, 2), 0);
    mood_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_more_labels) {
    mood_dataset *dataset = open_with("text,label\na,10\nb,9\nc,-2\nd,9\ne,10\nf,-2\n", NULL);
    check_classes(dataset, "210120");
    check_class(dataset, 0, "-2", "-2", 2);
    ck_assert_ptr_null(mood_dataset_get_positive(dataset));
    mood_dataset_destroy(dataset);
    dataset = open_with("text,label\na,10\nb,9\nc,x\nd,9\ne,10\nf,x\n", NULL);
    check_classes(dataset, "012102");
    mood_dataset_destroy(dataset);
}
END_TEST

static const char *const model_names[] = {"negative", "positive"}, *const moods[] = {"joy", "anger", "fear"};

START_TEST(test_given_labels) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.labels = model_names;
    options.label_count = 2;
    mood_dataset *dataset = open_with("text,label\na,1\nb,negative\nc,positive\nd,0\n", &options);
    check_classes(dataset, "1010");
    check_class(dataset, 0, "negative", "negative", 2);
    check_class(dataset, 1, "positive", "1", 2);
    mood_dataset_destroy(dataset);
    options.labels = moods;
    options.label_count = 3;
    dataset = open_with("text,label\na,fear\nb,joy\n", &options);
    check_classes(dataset, "20");
    check_class(dataset, 1, "anger", "anger", 0);
    mood_dataset_destroy(dataset);
}
END_TEST

static void check_targets(const mood_dataset *dataset, const char *digits) {
    ck_assert_ptr_null(mood_dataset_get_classes(dataset));
    ck_assert_ptr_null(mood_dataset_get_positive(dataset));
    ck_assert_uint_eq(mood_dataset_get_count(dataset) * mood_dataset_get_class_count(dataset), strlen(digits));
    for (size_t i = 0; digits[i]; i++)
        ck_assert_int_eq((int)mood_dataset_get_targets(dataset)[i], digits[i] - '0');
}

START_TEST(test_several_labels) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.label_separator = '|';
    mood_dataset *dataset = open_with("text,label\na,joy|anger\nb,\nc, anger | fear |anger\nd,joy\ne,fear\n", &options);
    check_class(dataset, 0, "anger", "anger", 2);
    check_class(dataset, 1, "fear", "fear", 2);
    check_class(dataset, 2, "joy", "joy", 2);
    check_targets(dataset, "101"
                           "000"
                           "110"
                           "001"
                           "010");
    mood_dataset_destroy(dataset);
    /* 0 and 1 are ordinary names, and there is no positive label. */
    options.label_separator = ',';
    dataset = open_with("text,label\na,\"1,0\"\nb,0\nc,1\n", &options);
    check_class(dataset, 0, "0", "0", 2);
    check_targets(dataset, "11"
                           "10"
                           "01");
    mood_dataset_destroy(dataset);
    options.labels = moods;
    options.label_count = 3;
    options.label_separator = ';';
    dataset = open_with("text,label\na,fear;joy\nb,\n", &options);
    check_targets(dataset, "101"
                           "000");
    check_class(dataset, 1, "anger", "anger", 0);
    mood_dataset_destroy(dataset);
    dataset = open_with("text,label\na,joy|fear\nb,fear\nc,joy|fear\nd,fear\n", NULL);
    check_classes(dataset, "1010");
    ck_assert_ptr_null(mood_dataset_get_targets(dataset));
    mood_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_refused_several_labels) {
    static const struct {
        const char *csv, *part;
    } bad[] = {
        {"text,label\na,x\nb,x|\n", ":3: there is an empty label next to '|'"},
        {"text,label\na,x\nb,|\n", ":3: there is an empty label next to '|'"},
        {"text,label\na,x||y\n", ":2: there is an empty label next to '|'"},
        {"text,label\na,x|\xC2\x9B"
         "1m\nb,x\n",
         ":2: the label holds a line break, a tab or another control"},
        {"text,label\na,\nb,\n", "the rows have no labels"},
        {"text,label\na,x\nb,x\n", "the rows have one label in all"},
        {"text,label\na,x|y\nb,x\n", ":2: the label \"y\" occurs only once"},
        {"text,label\na,x|y|y\nb,x\n", ":2: the label \"y\" occurs only once"},
    };
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    mood_dataset *dataset = NULL;
    options.label_separator = '|';
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_bytes(bad[i].csv, strlen(bad[i].csv));
        ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_FORMAT, bad[i].part);
    }
    options.positive = "x";
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "positive");
    options.positive = NULL;
    options.labels = moods;
    options.label_count = 3;
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_FORMAT, ":2: the label \"");
    ck_assert_ptr_null(dataset);
}
END_TEST

/* ---- stratified order -------------------------------------------------------------------------- */

/* Rows "0" to "99": sorted, 70 of a, 24 of b, 6 of c. */
static mood_dataset *open_sorted(void) {
    char csv[2000];
    size_t size = (size_t)sprintf(csv, "text,label\n");
    for (int i = 0; i < 100; i++)
        size += (size_t)sprintf(csv + size, "%d,%c\n", i, i < 70 ? 'a' : i < 94 ? 'b' : 'c');
    return open_with(csv, NULL);
}

static int number(const mood_dataset *dataset, size_t row) {
    char text[8];
    snprintf(text, sizeof text, "%.*s", (int)mood_dataset_get_texts(dataset)[row].size,
             mood_dataset_get_texts(dataset)[row].data);
    return atoi(text);
}

START_TEST(test_stratify) {
    mood_dataset *dataset = open_sorted(), *again = open_sorted(), *other = open_sorted();
    size_t counts[3] = {0};
    bool seen[100] = {false}, differs = false;
    ck_assert_ok(mood_dataset_stratify(dataset, 0.25, 7, err));
    ck_assert_ok(mood_dataset_stratify(again, 0.25, 7, err));
    ck_assert_ok(mood_dataset_stratify(other, 0.25, 8, err));
    for (size_t i = 0; i < 100; i++) {
        int row = number(dataset, i);
        ck_assert(!seen[row]);
        seen[row] = true;
        ck_assert_int_eq(mood_dataset_get_classes(dataset)[i], row < 70 ? 0 : row < 94 ? 1 : 2);
        ck_assert(i == 0 || i == 75 || number(dataset, i - 1) < row);
        ck_assert_int_eq(number(again, i), row);
        differs |= number(other, i) != row;
        counts[mood_dataset_get_classes(dataset)[i]] += i >= 75;
    }
    ck_assert(differs);
    ck_assert(counts[0] == 17 || counts[0] == 18); /* of 17.5, 6 and 1.5 */
    ck_assert_uint_eq(counts[1], 6);
    ck_assert_uint_eq(counts[0] + counts[1] + counts[2], 25);
    mood_dataset_destroy(dataset);
    mood_dataset_destroy(again);
    mood_dataset_destroy(other);
}
END_TEST

/* Small classes keep a row for training and get one for validation; a class of one row is trained on. */
START_TEST(test_stratify_small) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.labels = moods;
    options.label_count = 3;
    mood_dataset *dataset =
        open_with("text,label\na,joy\nb,joy\nc,joy\nd,joy\ne,joy\nf,joy\ng,joy\nh,anger\ni,anger\nj,fear\n", &options);
    for (uint64_t seed = 0; seed < 50; seed++) {
        ck_assert_ok(mood_dataset_stratify(dataset, 0.2, seed, err));
        const int32_t *classes = mood_dataset_get_classes(dataset);
        ck_assert_int_eq(classes[8] + classes[9], 1); /* one of joy, one of anger */
    }
    ck_assert_ok(mood_dataset_stratify(dataset, 0.999, 1, err));
    ck_assert_ok(mood_dataset_stratify(dataset, 0.0, 1, err));
    ck_assert_fails(mood_dataset_stratify(dataset, 1.0, 1, err), MOOD_ERR_ARGUMENT, "validation_split");
    ck_assert_fails(mood_dataset_stratify(NULL, 0.5, 1, err), MOOD_ERR_ARGUMENT, "mood_dataset_stratify");
    mood_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_stratify_several_labels) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.label_separator = '|';
    mood_dataset *dataset = open_with("text,label\na,x|y\nb,x|y\nc,x|y\nd,x|y\ne,x\nf,x\ng,x\nh,x\n", &options);
    ck_assert_ok(mood_dataset_stratify(dataset, 0.25, 3, err));
    const float *targets = mood_dataset_get_targets(dataset);
    ck_assert(targets[6 * 2 + 1] != targets[7 * 2 + 1]); /* one of each set */
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq((int)targets[i * 2 + 1], mood_dataset_get_texts(dataset)[i].data[0] < 'e');
    mood_dataset_destroy(dataset);
}
END_TEST

/* Each row is in one fold, and each fold has each label in proportion; the order of the file stays. */
START_TEST(test_folds) {
    size_t folds_of[100] = {0}, rows = 0;
    for (size_t fold = 0; fold < 3; fold++) {
        mood_dataset *dataset = open_sorted();
        size_t counts[3] = {0};
        ck_assert_ok(mood_dataset_fold(dataset, 3, fold, 7, &rows, err));
        ck_assert_uint_eq(rows, fold == 0 ? 34 : 33);
        for (size_t i = 0; i < 100; i++) {
            int row = number(dataset, i);
            ck_assert_int_eq(mood_dataset_get_classes(dataset)[i], row < 70 ? 0 : row < 94 ? 1 : 2);
            ck_assert(i == 0 || i == 100 - rows || number(dataset, i - 1) < row);
            counts[mood_dataset_get_classes(dataset)[i]] += i >= 100 - rows;
            folds_of[row] += i >= 100 - rows;
        }
        ck_assert(counts[0] == 23 || counts[0] == 24);
        ck_assert_uint_eq(counts[1], 8);
        ck_assert_uint_eq(counts[2], 2);
        mood_dataset_destroy(dataset);
    }
    for (size_t i = 0; i < 100; i++)
        ck_assert_uint_eq(folds_of[i], 1);
}
END_TEST

START_TEST(test_folds_small) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    size_t rows = 99;
    options.label_separator = '|';
    mood_dataset *dataset = open_with("text,label\na,x|y\nb,x|y\nc,x\nd,x\ne,y\n", &options);
    for (size_t fold = 0; fold < 5; fold++) { /* the only row with y alone is always for training */
        ck_assert_ok(mood_dataset_fold(dataset, 5, fold, fold, &rows, err));
        ck_assert_uint_eq(rows, fold < 4);
        ck_assert_int_ne(mood_dataset_get_texts(dataset)[4].data[0], rows ? 'e' : 0);
    }
    ck_assert_fails(mood_dataset_fold(dataset, 1, 0, 1, &rows, err), MOOD_ERR_ARGUMENT, "mood_dataset_fold");
    ck_assert_fails(mood_dataset_fold(dataset, 2, 2, 1, &rows, err), MOOD_ERR_ARGUMENT, "less than folds");
    ck_assert_fails(mood_dataset_fold(NULL, 2, 0, 1, &rows, err), MOOD_ERR_ARGUMENT, "mood_dataset_fold");
    mood_dataset_destroy(dataset);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------ */

#define BYTES(string) string, sizeof string - 1
static const struct {
    const char *csv;
    size_t size;
    const char *part;
} refused[] = {
    {BYTES(""), ": the file is empty"},
    {BYTES("\xEF\xBB\xBF"), ": the file is empty"},
    {BYTES("\n\n\r\n"), ": the file is empty"},
    {BYTES("text,label\n"), ": there are no rows"},
    {BYTES("one,label\na,1\n"), ": every row has the label \"1\""},
    {BYTES("\ntext,a,b\na,x,1\n"),
     ":2: the column of the labels is not clear; the first line has \"text\", \"a\", \"b\""},
    {BYTES("text,text,label\n"), ":1: there are two columns \"text\""},
    {BYTES("good,1\nbad,0\n"), ":2: the label \"0\" occurs only once"},
    {BYTES("text,label\na,1\nb\n"), ":3: the row has 1 field, the first line 2"},
    {BYTES("text,label\na,1\n\"x\ny\",0\nb,c,0\n"), ":5: the row has 3 fields"},
    {BYTES("text,label\na,1\n\n\"x\ny\",0,\nb,0\n"), ":4: the row has 3 fields"},
    {BYTES("text,label\na,1\nb,\n"), ":3: the label is empty"},
    {BYTES("text,label\na,1\nb, \t\n"), ":3: the label is empty"},
    {BYTES("text,label\na,1\nb,1\n"), ": every row has the label \"1\""},
    {BYTES("text,label\na,1\nb,0\nc,1\n"), ":3: the label \"0\" occurs only once"},
    {BYTES("text,label\na,1\n\"b\nb\",0\n\"c\nc\",1\nd,0\ne,O\n"), ":8: the label \"O\" occurs only once"},
    {BYTES("text,label\na,1\ncaf\xE9,0\n"), ":3: byte 4 of field 1 (0xE9) is not UTF-8"},
    {BYTES("text,label\na,1\n\"\n\n\xC3\",0\n"), ":3: byte 3 of field 1 (0xC3) is not UTF-8"},
    {BYTES("text,label,\xFF\na,1,\n"), ":1: byte 1 of field 3"},
    {BYTES("text,label\na,1\nb,\xED\xA0\x80\n"), ":3: byte 1 of field 2 (0xED)"},
    {BYTES("text,label\na,1\nb\0b,0\n"), ":3: there is a NUL byte"},
    {BYTES("t\0e\0x\0t\0"), ":1: there is a NUL byte"},
    {BYTES("text,label\na,1\n\"b,0\nc,1\n"), ":3: a quote (\") is opened in this record but never closed"},
    {BYTES("text,label\na,1\n\"b,0\n\"c\",1\n"), ":3: unexpected quote (\")"},
    {BYTES("text,label\na,1\n5\" screen,0\n"), ":3: unexpected quote (\")"},
    {BYTES("text,label\na,1\n\"b\"x,0\n"), ":3: unexpected quote (\")"},
};

START_TEST(test_refused) {
    mood_dataset *dataset = NULL;
    write_bytes(refused[_i].csv, refused[_i].size);
    ck_assert_fails(mood_dataset_open(path, NULL, &dataset, err), MOOD_ERR_FORMAT, refused[_i].part);
    ck_assert_fails(mood_dataset_open(path, NULL, &dataset, err), MOOD_ERR_FORMAT, path);
    ck_assert_int_eq(mood_dataset_open(path, NULL, &dataset, NULL), MOOD_ERR_FORMAT);
    ck_assert_ptr_null(dataset);
}
END_TEST

START_TEST(test_refused_labels) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    mood_dataset *dataset = NULL;
    const char *csv = "text,label\na,1\nb,0\nc,1\n\"d\n\",0\n";
    write_bytes(csv, strlen(csv));
    options.positive = "yes";
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "\"yes\"");
    options.labels = moods;
    options.label_count = 3;
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "positive");
    options.positive = NULL;
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_FORMAT,
                    ":2: the label \"1\" is not among those of the model: joy, anger, fear;");
    options.label_count = 0;
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "label_count");
    options = (mood_dataset_options)MOOD_DATASET_OPTIONS;
    options.positive = "joy";
    csv = "text,label\na,joy\nb,fear\nc,anger\na,joy\nb,fear\nc,anger\n";
    write_bytes(csv, strlen(csv));
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "3 labels");
    options.text_column = options.label_column = "text";
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "the same");
    options.size = 1;
    ck_assert_fails(mood_dataset_open(path, &options, &dataset, err), MOOD_ERR_ARGUMENT, "size");
    ck_assert_ptr_null(dataset);
}
END_TEST

START_TEST(test_refused_files) {
    mood_dataset *dataset = NULL;
    ck_assert_fails(mood_dataset_open("no/such.csv", NULL, &dataset, err), MOOD_ERR_IO, "no/such.csv: No such file");
    ck_assert_fails(mood_dataset_open(".", NULL, &dataset, err), MOOD_ERR_IO, ".: Is a directory");
    gzFile file = gzopen(path, "wb");
    for (int i = 0; i < 20000; i++)
        gzprintf(file, i == 0 ? "text,label\n" : "%x,%d\n", i * 2654435761u, i % 2);
    ck_assert_int_eq(gzclose(file), Z_OK);
    ck_assert_ok(mood_dataset_open(path, NULL, &dataset, err));
    mood_dataset_destroy(dataset);
    dataset = NULL;
    ck_assert_int_eq(truncate(path, 30000), 0);
    ck_assert_fails(mood_dataset_open(path, NULL, &dataset, err), MOOD_ERR_FORMAT, "cut off");
    FILE *stream = fopen(path, "r+b");
    fseek(stream, 15000, SEEK_SET);
    fputs("garbage garbage garbage", stream);
    fclose(stream);
    ck_assert_fails(mood_dataset_open(path, NULL, &dataset, err), MOOD_ERR_FORMAT, "damaged");
    ck_assert_ptr_null(dataset);
}
END_TEST

/* Truncated and corrupted at every byte: an error or a data set, never a crash. */
START_TEST(test_garbled) {
    const char *csv = "text,label,x\n\"a \"\"b\"\"\n\",1,\nc,0,\n\xC3\xA9,1,\"\"\nd,0,z\n";
    size_t size = strlen(csv);
    char copy[200];
    for (size_t i = 0; i <= size; i++)
        for (const char *byte = "\",\n\r\x80 1"; *byte; byte++) {
            memcpy(copy, csv, size);
            copy[i] = *byte;
            write_bytes(copy, *byte == '1' ? i : size);
            mood_dataset *dataset = NULL;
            if (mood_dataset_open(path, NULL, &dataset, NULL) == MOOD_OK)
                mood_dataset_destroy(dataset);
            else
                ck_assert_ptr_null(dataset);
        }
}
END_TEST

static void add(TCase *tests) {
    tcase_add_checked_fixture(tests, make_path, remove_path);
    tcase_add_test(tests, test_rfc_4180);
    tcase_add_test(tests, test_columns);
    tcase_add_test(tests, test_blocks);
    tcase_add_test(tests, test_gzip);
    tcase_add_test(tests, test_standard_input);
    tcase_add_test(tests, test_reviews);
    tcase_add_loop_test(tests, test_two_labels, 0, sizeof two / sizeof two[0]);
    tcase_add_test(tests, test_more_labels);
    tcase_add_test(tests, test_given_labels);
    tcase_add_test(tests, test_several_labels);
    tcase_add_test(tests, test_refused_several_labels);
    tcase_add_test(tests, test_stratify);
    tcase_add_test(tests, test_stratify_small);
    tcase_add_test(tests, test_stratify_several_labels);
    tcase_add_test(tests, test_folds);
    tcase_add_test(tests, test_folds_small);
    tcase_add_loop_test(tests, test_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, test_refused_labels);
    tcase_add_test(tests, test_refused_files);
    tcase_add_test(tests, test_garbled);
}

int main(void) {
    return run_tests("dataset", add);
}
