/* Every allocation fails once: the call reports it, and leaves its arguments unchanged. */
#include "allocations.h"
#include "text/words.h"
#include "text_golden.h"

static mood_tokenizer *tokenizer;
static char *before; /* its JSON */
static mood_sequences rows;
static int32_t x[3 * 4];

#define TEXT(string)                                                                                                   \
    { string, sizeof string - 1 }
static const mood_text more[] = {TEXT("caf\xC3\xA9 \xFF new words, many of them"), TEXT("a b\xC2\xA0,c"), TEXT("")};

/* jansson's parser reports a failed allocation of a string as a syntax error. */
static mood_status from_json(mood_error *err);

/* Repeat with every number of successful allocations, until none fails. */
static bool uses_jansson(mood_status (*call)(mood_error *err)); /* which may report a syntax error instead */

static void fail_in_turn(mood_status (*call)(mood_error *err), void (*check)(void)) {
    for (size_t spared = 0;; spared++) {
        mood_error err = {0};
        ck_assert_uint_lt(spared, 5000);
        allocations_fail_after(spared);
        mood_status status = call(&err);
        if (!allocations_restore()) {
            ck_assert_msg(status == MOOD_OK, "%s", err.message);
            ck_assert_uint_gt(spared, 0);
            return;
        }
        ck_assert_msg(status == MOOD_ERR_MEMORY || (status == MOOD_ERR_FORMAT && uses_jansson(call)),
                      "allocation %zu: %s: %s", spared, mood_status_name(status), err.message);
        ck_assert_int_eq(err.status, status);
        check();
    }
}

static void nothing(void) {
}

static void setup(void) {
    allocations_hook();
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.filters = ",. \xC2\xA0";
    options.oov_token = "<OOV>";
    ck_assert_ok(mood_tokenizer_create(&options, &tokenizer, err));
    mood_text texts[] = {literal("one two two"), literal("three, d\xC3\xA9j\xC3\xA0")};
    ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, 2, err));
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &before, err));
    rows = (mood_sequences)MOOD_SEQUENCES;
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, texts, 2, &rows, NULL, err));
}

static void teardown(void) {
    mood_sequences_free(&rows);
    mood_free(before);
    mood_tokenizer_destroy(tokenizer);
}

static void check_unchanged(void) {
    char *json;
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    ck_assert_str_eq(json, before);
    mood_free(json);
    ck_assert_uint_eq(rows.n, 2);
    ck_assert_uint_eq(rows.starts[1], 3);
    ck_assert_uint_eq(rows.starts[2], 5);
    const int32_t ids[] = {3, 2, 2, 4, 5};
    ck_assert_mem_eq(rows.ids, ids, sizeof ids);
}

static mood_status create(mood_error *err) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.oov_token = "<OOV>";
    options.filters = "\xC3\xA9!";
    mood_tokenizer *made;
    mood_status status = mood_tokenizer_create(&options, &made, err);
    if (status == MOOD_OK)
        mood_tokenizer_destroy(made);
    return status;
}

static mood_status fit(mood_error *err) {
    return mood_tokenizer_fit(tokenizer, more, 3, err);
}

static mood_status to_sequences(mood_error *err) {
    return mood_tokenizer_texts_to_sequences(tokenizer, more, 3, &rows, NULL, err);
}

static mood_status pad(mood_error *err) {
    return mood_tokenizer_sequences(tokenizer, more, 3, 4, x, err);
}

static mood_status to_texts(mood_error *err) {
    mood_text *texts;
    mood_status status = mood_tokenizer_sequences_to_texts(tokenizer, &rows, &texts, err);
    if (status == MOOD_OK)
        mood_free(texts);
    return status;
}

static mood_status to_matrix(mood_error *err) {
    double matrix[3 * 32]; /* seven words */
    return mood_tokenizer_texts_to_matrix(tokenizer, more, 3, MOOD_MATRIX_TFIDF, matrix, err);
}

static mood_status to_json(mood_error *err) {
    char *json;
    mood_status status = mood_tokenizer_to_json(tokenizer, &json, err);
    if (status == MOOD_OK)
        mood_free(json);
    return status;
}

static mood_status from_json(mood_error *err) {
    mood_tokenizer *made;
    mood_status status = mood_tokenizer_from_json(before, strlen(before), &made, err);
    if (status == MOOD_OK)
        mood_tokenizer_destroy(made);
    return status;
}

static mood_status repair(mood_error *err) {
    char *text;
    mood_status status = mood_text_repair(more[0], &text, NULL, NULL, err);
    if (status == MOOD_OK)
        mood_free(text);
    return status;
}

/* ---- preparation ------------------------------------------------------------------------------------ */

/* What each step changes, and each segmentation. */
static const mood_text raw[] = {TEXT("<b>I</b> can't &amp; #GoodDay @you http://x.y :) sooo! 1$"),
                                TEXT("\xE2\x80\x9Cno\xE2\x80\x9D \xF0\x9F\x98\x82 \xEF\xB7\xBA caf\xC3\x89 \xFF"),
                                TEXT("\xE6\x88\x91\xE5\x96\x9C\xE6\xAC\xA2")};
#define STEPS                                                                                                          \
    "html,unicode,quotes,urls,mentions,hashtags,emoji,emoticons,contractions,repeats,punctuation,accents,case,"        \
    "numbers,symbols"

static bool changed; /* a tokenizer, although the call failed */

static mood_status set_preparation(mood_error *err) {
    mood_tokenizer *made = NULL;
    mood_status status = mood_tokenizer_create(NULL, &made, err);
    if (status == MOOD_OK)
        status = mood_tokenizer_set_preparation(made, STEPS, "characters", err);
    if (status != MOOD_OK && made)
        changed |= mood_tokenizer_get_clean(made)[0] != '\0';
    mood_tokenizer_destroy(made);
    return status;
}

static const mood_tokenizer *prepared;
static size_t raw_count; /* icu: the first text; without memory for its dictionaries, ICU itself does not return */

static mood_status prepare(mood_error *err) {
    return mood_tokenizer_sequences(prepared, raw, raw_count, 4, x, err);
}

/* ICU's own tables are loaded before: it does not load them again if that failed once. */
START_TEST(test_preparation) {
    static const char *const splits[] = {"words", "characters", "icu"};
    for (int i = 0; i < 3; i++) {
        mood_tokenizer *made;
        ck_assert_ok(mood_tokenizer_create(NULL, &made, err));
        ck_assert_ok(mood_tokenizer_set_preparation(made, STEPS, splits[i], err));
        ck_assert_ok(mood_tokenizer_fit(made, raw, 3, err));
        prepared = made;
        raw_count = i < 2 ? 3 : 1;
        fail_in_turn(prepare, nothing);
        mood_tokenizer_destroy(made);
    }
    fail_in_turn(set_preparation, nothing);
    ck_assert(!changed);
}
END_TEST

static mood_status append(mood_error *err) {
    return mood_sequences_append(&rows, (int32_t[100]){0}, 100, err);
}

/* ---- data sets --------------------------------------------------------------------------------- */

static char file[] = "check-text-memory-XXXXXX";

static void write_file(void) {
    setup();
    strcpy(file + sizeof file - 7, "XXXXXX");
    int descriptor = mkstemp(file);
    ck_assert_int_ge(descriptor, 0);
    FILE *stream = fdopen(descriptor, "w");
    fputs("text,label\n", stream);
    for (int i = 0; i < 300; i++)
        fprintf(stream, "\"text %d, with\nmore\",mood%d\n", i, i % 50);
    ck_assert_int_eq(fclose(stream), 0);
}

static void remove_file(void) {
    teardown();
    remove(file);
}

static mood_status open_dataset(mood_error *err) {
    mood_dataset *dataset;
    mood_status status = mood_dataset_open(file, NULL, &dataset, err);
    if (status == MOOD_OK)
        mood_dataset_destroy(dataset);
    return status;
}

static const char *const data_files[] = {"imdb", "joined",    "bad-rows", "fasttext-several", "zip",
                                         "gzip", "bzip2",     "xz",       "tab-quotes",       "utf-16le",
                                         "json", "semicolon", "no-header"};

/* One of these files. */
static const char *data_file;

static mood_status read_table(mood_error *err) {
    static const char *const columns[] = {"label"};
    mood_table_options options = MOOD_TABLE_OPTIONS;
    mood_table *table;
    mood_table_row row;
    bool found = true, has_label = strstr(data_file, "joined") != NULL;
    options.columns = columns;
    options.column_count = has_label;
    options.skip_errors = strstr(data_file, "bad-rows") != NULL;
    mood_status status = mood_table_open(data_file, &options, &table, err);
    if (status != MOOD_OK)
        return status;
    while (status == MOOD_OK && found)
        status = mood_table_next(table, &row, &found, err);
    mood_table_destroy(table);
    return status;
}

static mood_status open_data_file(mood_error *err) {
    static const char *const skip[] = {"other"};
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.skip = skip;
    options.skip_count = 1;
    options.skip_errors = strstr(data_file, "bad-rows") != NULL;
    mood_dataset *dataset;
    mood_status status = mood_dataset_open(data_file, &options, &dataset, err);
    if (status != MOOD_OK)
        return status;
    status = mood_dataset_stratify(dataset, 0.3, 1, err);
    mood_dataset_destroy(dataset);
    return status;
}

START_TEST(test_data_files) {
    const char *srcdir = getenv("srcdir");
    char path[4200];
    snprintf(path, sizeof path, "%s/tests/datasets/%s.data", srcdir ? srcdir : ".", data_files[_i]);
    data_file = path;
    fail_in_turn(open_data_file, nothing);
    if (strcmp(data_files[_i], "fasttext-several") != 0)
        fail_in_turn(read_table, nothing);
}
END_TEST

static bool uses_jansson(mood_status (*call)(mood_error *err)) {
    return call == from_json || ((call == open_data_file || call == read_table) && strstr(data_file, "json"));
}

static const char *names[50];

static mood_status open_with_labels(mood_error *err) {
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.labels = names;
    options.label_count = 50;
    mood_dataset *dataset;
    mood_status status = mood_dataset_open(file, &options, &dataset, err);
    if (status == MOOD_OK)
        mood_dataset_destroy(dataset);
    return status;
}

START_TEST(test_dataset) {
    fail_in_turn(open_dataset, nothing);
    static char texts[50][8];
    for (int i = 0; i < 50; i++) {
        sprintf(texts[i], "mood%d", i);
        names[i] = texts[i];
    }
    fail_in_turn(open_with_labels, nothing);
}
END_TEST

/* ---- word vectors -------------------------------------------------------------------------------- */

static char vectors_file[] = "check-text-vectors-XXXXXX";

static mood_status read_vectors(mood_error *err) {
    float *values;
    size_t dim;
    mood_status status = mood_tokenizer_read_vectors(tokenizer, vectors_file, 6, &values, &dim, NULL, NULL, err);
    if (status == MOOD_OK)
        mood_free(values);
    return status;
}

START_TEST(test_vectors) {
    int made = mkstemp(vectors_file);
    ck_assert_int_ge(made, 0);
    FILE *vectors = fdopen(made, "w");
    ck_assert_ptr_nonnull(vectors);
    ck_assert_int_gt(fputs("One 1 2\ndeja 3 4\n", vectors), 0);
    ck_assert_int_eq(fclose(vectors), 0);
    ck_assert_ok(read_vectors(err)); /* loads ICU's tables; after a failure ICU does not load them again */
    fail_in_turn(read_vectors, check_unchanged);
    remove(vectors_file);
}
END_TEST

/* ---- all calls --------------------------------------------------------------------------------- */

static mood_status list_words(mood_error *err) {
    struct word_list list = {0};
    mood_status status = word_list_fill(tokenizer, more[0], &list, err);
    word_list_free(&list);
    return status;
}

START_TEST(test_tokenizer) {
    fail_in_turn(create, nothing);
    fail_in_turn(pad, check_unchanged);
    fail_in_turn(to_texts, check_unchanged);
    fail_in_turn(to_matrix, check_unchanged);
    fail_in_turn(to_json, check_unchanged);
    fail_in_turn(from_json, check_unchanged);
    fail_in_turn(repair, nothing);
    fail_in_turn(list_words, check_unchanged);
}
END_TEST

START_TEST(test_fit) {
    fail_in_turn(fit, check_unchanged);
    ck_assert_uint_eq(mood_tokenizer_get_document_count(tokenizer), 5);
}
END_TEST

START_TEST(test_sequences) {
    fail_in_turn(to_sequences, check_unchanged);
    ck_assert_uint_eq(rows.n, 5);
}
END_TEST

START_TEST(test_append) {
    fail_in_turn(append, check_unchanged);
    ck_assert_uint_eq(rows.n, 3);
}
END_TEST

static void add(TCase *tests) {
    tcase_add_checked_fixture(tests, write_file, remove_file);
    tcase_add_test(tests, test_tokenizer);
    tcase_add_test(tests, test_fit);
    tcase_add_test(tests, test_sequences);
    tcase_add_test(tests, test_append);
    tcase_add_test(tests, test_vectors);
    tcase_add_test(tests, test_preparation);
    tcase_add_test(tests, test_dataset);
    tcase_add_loop_test(tests, test_data_files, 0, sizeof data_files / sizeof *data_files);
}

int main(void) {
    return run_tests("text memory", add);
}
