/* The tokenizer compared with Keras's, reading and writing its JSON, and errors. MOOD_TOKENIZER_COPIES=FOLDER keeps
 * mood's JSON, for tests/golden/open_tokenizers.py. */
#include <pthread.h>

#include "text_golden.h"

/* Call check for every golden case. */
static void each_case(void (*check)(const json_t *golden_case)) {
    json_t *cases = golden("cases"), *golden_case;
    size_t i;
    ck_assert_uint_gt(json_array_size(cases), 20);
    json_array_foreach(cases, i, golden_case)
        check(golden_case);
    json_decref(cases);
}

static char *to_json(const mood_tokenizer *tokenizer) {
    char *json;
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    return json;
}

static mood_tokenizer *from_json(const char *json) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_from_json(json, strlen(json), &tokenizer, err));
    return tokenizer;
}

static const char *keras_json(const json_t *golden_case) {
    return json_string_value(json_object_get(golden_case, "json"));
}

/* ---- ids --------------------------------------------------------------------------------------- */

static void check_ids(const mood_tokenizer *tokenizer, const json_t *golden_case) {
    const json_t *strings = json_object_get(golden_case, "texts");
    mood_text *texts = texts_of(strings);
    mood_sequences sequences = MOOD_SEQUENCES;
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, texts, json_array_size(strings), &sequences, NULL, err));
    check_sequences(case_name(golden_case), &sequences, json_object_get(golden_case, "sequences"));
    mood_sequences_free(&sequences);
    free(texts);
}

static void check_fitted(const json_t *golden_case) {
    mood_tokenizer *tokenizer = case_tokenizer(golden_case);
    check_ids(tokenizer, golden_case);
    mood_tokenizer_destroy(tokenizer);
}

START_TEST(test_sequences) {
    each_case(check_fitted);
}
END_TEST

/* Converting directly to padded rows gives the same rows and counts as padding the rows afterwards. */
static void check_padded(const json_t *golden_case) {
    mood_tokenizer *tokenizer = case_tokenizer(golden_case);
    const json_t *strings = json_object_get(golden_case, "texts");
    size_t n = json_array_size(strings);
    mood_text *texts = texts_of(strings);
    mood_sequences sequences = MOOD_SEQUENCES;
    mood_sequence_counts counts[20], padded_counts[20];
    ck_assert_uint_le(n, 20);
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, texts, n, &sequences, counts, err));
    for (size_t T = 1; T < 40; T += T < 6 ? 1 : 11)
        for (int sides = 0; sides < 4; sides++) {
            mood_padding padding = sides & 1 ? MOOD_PAD_POST : MOOD_PAD_PRE;
            mood_padding truncating = sides & 2 ? MOOD_PAD_POST : MOOD_PAD_PRE;
            int32_t x[20 * 40], wanted[20 * 40];
            ck_assert_uint_le(n * T, 20 * 40);
            memset(x, 0xEE, sizeof x);
            ck_assert_ok(mood_tokenizer_padded(tokenizer, texts, n, T, padding, truncating, x, padded_counts, err));
            ck_assert_ok(mood_pad_sequences(&sequences, T, padding, truncating, 0, wanted, err));
            ck_assert_msg(memcmp(x, wanted, n * T * sizeof *x) == 0, "%s, T %zu, sides %d", case_name(golden_case), T,
                          sides);
            ck_assert_mem_eq(counts, padded_counts, n * sizeof *counts);
        }
    mood_sequences_free(&sequences);
    free(texts);
    mood_tokenizer_destroy(tokenizer);
}

START_TEST(test_padded) {
    each_case(check_padded);
}
END_TEST

START_TEST(test_counts) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = 3;
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(&options, &tokenizer, err));
    mood_text texts[] = {literal("a a a b b c"), literal("a \xFFzz c \xE2\x82 b")};
    ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, 1, err));
    int32_t x[2 * 5];
    mood_sequence_counts counts[2];
    ck_assert_ok(mood_tokenizer_padded(tokenizer, texts, 2, 5, MOOD_PAD_PRE, MOOD_PAD_PRE, x, counts, err));
    ck_assert_uint_eq(counts[0].words, 6);
    ck_assert_uint_eq(counts[0].unknown, 1);
    ck_assert_uint_eq(counts[0].bad_bytes, 0);
    ck_assert_uint_eq(counts[1].words, 5);
    ck_assert_uint_eq(counts[1].unknown, 3);
    ck_assert_uint_eq(counts[1].bad_bytes, 2);
    const int32_t wanted[] = {1, 1, 1, 2, 2, 0, 0, 0, 1, 2};
    ck_assert_mem_eq(x, wanted, sizeof x);
    memset(x, 0, sizeof x);
    ck_assert_ok(mood_tokenizer_sequences(tokenizer, texts, 2, 5, x, err));
    ck_assert_mem_eq(x, wanted, sizeof x);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------- */

struct shared {
    const mood_tokenizer *tokenizer;
    const mood_text *texts;
    size_t n;
    const int32_t *wanted;
};

static void *pad_often(void *argument) {
    const struct shared *shared = argument;
    int32_t x[20 * 7];
    for (int round = 0; round < 300; round++)
        if (mood_tokenizer_sequences(shared->tokenizer, shared->texts, shared->n, 7, x, NULL) != MOOD_OK ||
            memcmp(x, shared->wanted, shared->n * 7 * sizeof *x) != 0)
            return argument;
    return NULL;
}

START_TEST(test_threads) {
    json_t *cases = golden("cases"), *golden_case = json_array_get(cases, 8);
    ck_assert_str_eq(case_name(golden_case), "unicode");
    mood_tokenizer *tokenizer = case_tokenizer(golden_case);
    mood_text *texts = texts_of(json_object_get(golden_case, "texts"));
    struct shared shared = {tokenizer, texts, json_array_size(json_object_get(golden_case, "texts")), NULL};
    int32_t wanted[20 * 7];
    ck_assert_ok(mood_tokenizer_sequences(tokenizer, texts, shared.n, 7, wanted, err));
    shared.wanted = wanted;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, pad_often, &shared), 0);
    for (int i = 0; i < 4; i++) {
        void *wrong;
        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    free(texts);
    mood_tokenizer_destroy(tokenizer);
    json_decref(cases);
}
END_TEST

/* ---- JSON -------------------------------------------------------------------------------------- */

/* Byte for byte, except for the order in dicts that Keras makes from a Python set, or (if the token is also a word)
 * from one number used twice. */
static void check_member(const char *name, const char *member, const json_t *value, const json_t *wanted) {
    if (json_equal(value, wanted))
        return;
    ck_assert_msg(strcmp(member, "word_counts") != 0, "%s: %s", name, member);
    ck_assert_msg(json_is_string(value) && json_is_string(wanted), "%s: %s", name, member);
    ck_assert_uint_eq(json_string_length(value), json_string_length(wanted));
    if (strstr(json_string_value(wanted), "\\u0000")) /* jansson rejects a NUL in a key */
        return;
    json_t *dict = json_loads(json_string_value(value), 0, NULL);
    json_t *wanted_dict = json_loads(json_string_value(wanted), 0, NULL);
    ck_assert_ptr_nonnull(wanted_dict);
    ck_assert_msg(json_equal(dict, wanted_dict), "%s: %s", name, member);
    json_decref(dict);
    json_decref(wanted_dict);
}

static void check_json_text(const char *name, const char *json, const char *wanted) {
    ck_assert_msg(strlen(json) == strlen(wanted), "%s:\n%s\n%s", name, json, wanted);
    const char *config = "{\"class_name\": \"Tokenizer\", \"config\": {\"num_words\": ";
    ck_assert_mem_eq(json, config, strlen(config));
    json_t *ours = json_loads(json, JSON_ALLOW_NUL, NULL), *keras = json_loads(wanted, JSON_ALLOW_NUL, NULL);
    const char *member;
    json_t *value, *wanted_config = json_object_get(keras, "config");
    void *at = json_object_iter(json_object_get(ours, "config"));
    json_object_foreach(wanted_config, member, value) {
        ck_assert_str_eq(json_object_iter_key(at), member);
        if (strcmp(member, "num_words") != 0 || json_integer_value(value) != 0) /* 0 is written as null */
            check_member(name, member, json_object_iter_value(at), value);
        at = json_object_iter_next(json_object_get(ours, "config"), at);
    }
    ck_assert_ptr_null(at);
    json_decref(ours);
    json_decref(keras);
}

static void keep_copy(const json_t *golden_case, const char *json) {
    const char *folder = getenv("MOOD_TOKENIZER_COPIES");
    if (!folder)
        return;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.json", folder, case_name(golden_case));
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(json, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void check_written(const json_t *golden_case) {
    mood_tokenizer *tokenizer = case_tokenizer(golden_case);
    char *json = to_json(tokenizer);
    if (strcmp(case_name(golden_case), "no limit") != 0)
        check_json_text(case_name(golden_case), json, keras_json(golden_case));
    keep_copy(golden_case, json);
    mood_tokenizer *again = from_json(json);
    char *same = to_json(again);
    ck_assert_str_eq(json, same);
    check_ids(again, golden_case);
    mood_free(same);
    mood_free(json);
    mood_tokenizer_destroy(again);
    mood_tokenizer_destroy(tokenizer);
}

START_TEST(test_write_json) {
    each_case(check_written);
}
END_TEST

static void check_read(const json_t *golden_case) {
    mood_tokenizer *tokenizer = from_json(keras_json(golden_case));
    check_ids(tokenizer, golden_case);
    mood_tokenizer_destroy(tokenizer);
    char *dumped = json_dumps(json_object_get(golden_case, "json"), JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    tokenizer = from_json(dumped);
    check_ids(tokenizer, golden_case);
    mood_tokenizer_destroy(tokenizer);
    free(dumped);
}

START_TEST(test_read_json) {
    each_case(check_read);
}
END_TEST

/* Fitting continues from the JSON: counts, texts, and the order of first occurrence. */
START_TEST(test_fit_on) {
    mood_tokenizer *whole, *first;
    ck_assert_ok(mood_tokenizer_create(NULL, &whole, err));
    ck_assert_ok(mood_tokenizer_create(NULL, &first, err));
    mood_text texts[] = {literal("z y x y"), literal("w x z q"), literal("q w v"), literal("v u")};
    ck_assert_ok(mood_tokenizer_fit(whole, texts, 4, err));
    ck_assert_ok(mood_tokenizer_fit(first, texts, 2, err));
    char *json = to_json(first);
    mood_tokenizer *second = from_json(json);
    ck_assert_ok(mood_tokenizer_fit(second, texts + 2, 2, err));
    char *wanted = to_json(whole), *got = to_json(second);
    ck_assert_str_eq(got, wanted);
    mood_free(json);
    mood_free(wanted);
    mood_free(got);
    mood_tokenizer_destroy(whole);
    mood_tokenizer_destroy(first);
    mood_tokenizer_destroy(second);
}
END_TEST

/* A dict truncated by hand, as many users do to keep the frequent words: word_index alone determines the ids. */
START_TEST(test_cut_word_index) {
    mood_tokenizer *tokenizer = from_json(
        "{\"config\": {\"num_words\": null, \"word_counts\": \"{\\\"a\\\": 3, \\\"b\\\": 2}\", \"word_docs\": "
        "\"{\\\"a\\\": 1, \\\"b\\\": 1}\", \"index_docs\": \"{\\\"1\\\": 1, \\\"2\\\": 1}\", \"index_word\": "
        "\"{\\\"2\\\": \\\"b\\\", \\\"1\\\": \\\"a\\\"}\", \"word_index\": \"{\\\"a\\\": 7}\"}}");
    mood_text text = literal("b a B a");
    mood_sequences sequences = MOOD_SEQUENCES;
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, &text, 1, &sequences, NULL, err));
    ck_assert_uint_eq(sequences.starts[1], 2);
    ck_assert_int_eq(sequences.ids[0], 7);
    ck_assert_uint_eq(mood_tokenizer_count_words(tokenizer), 1);
    ck_assert_str_eq(mood_tokenizer_get_word(tokenizer, 2).data, "b");
    mood_sequences_free(&sequences);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* A word may contain a NUL, which jansson rejects in a key, and the character that replaces it. */
START_TEST(test_nul_in_words) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    const char text[] = "a\0b \0 \xEF\xB7\x90 0\xEF\xB7\x90\0\xEF\xB7\x90\x30 "
                        "\\ \\\\u0000 \xEF\xB7\x90\xEF\xB7\x90";
    mood_text texts[] = {{text, sizeof text - 1}};
    ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, 1, err));
    char *json = to_json(tokenizer);
    mood_tokenizer *again = from_json(json);
    char *same = to_json(again);
    ck_assert_str_eq(json, same);
    ck_assert_uint_eq(mood_tokenizer_count_words(again), mood_tokenizer_count_words(tokenizer));
    ck_assert_int_eq(mood_tokenizer_get_index(again, (mood_text){"a\0b", 3}), 1);
    mood_free(json);
    mood_free(same);
    mood_tokenizer_destroy(again);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

#define DICTS(counts, docs, index_docs, index_word, word_index)                                                        \
    "\"word_counts\": \"" counts "\", \"word_docs\": \"" docs "\", \"index_docs\": \"" index_docs                      \
    "\", \"index_word\": \"" index_word "\", \"word_index\": \"" word_index "\"}}"
#define EMPTY DICTS("{}", "{}", "{}", "{}", "{}")

static const struct {
    const char *json, *part;
    mood_status status;
} refused[] = {
    {"", "tokenizer JSON", MOOD_ERR_FORMAT},
    {"{", "line 1", MOOD_ERR_FORMAT},
    {"[]", "does not begin with", MOOD_ERR_FORMAT},
    {"\"\"", "inside a JSON string", MOOD_ERR_FORMAT},
    {"\"\\\"{}\\\"\"", "config", MOOD_ERR_FORMAT},
    {"\"\\\"\\\\\\\"{}\\\\\\\"\\\"\"", "config", MOOD_ERR_FORMAT},
    {"{\"config\": 3}", "config", MOOD_ERR_FORMAT},
    {"{\"config\": {}}", "word_counts is missing", MOOD_ERR_FORMAT},
    {"{\"config\": {\"surprise\": 1, " EMPTY, "unknown member \"surprise\"", MOOD_ERR_FORMAT},
    {"{\"config\": {\"analyzer\": \"f\", " EMPTY, "analyzer", MOOD_ERR_UNSUPPORTED},
    {"{\"config\": {\"num_words\": -1, " EMPTY, "num_words", MOOD_ERR_FORMAT},
    {"{\"config\": {\"num_words\": 5.0, " EMPTY, "num_words", MOOD_ERR_FORMAT},
    {"{\"config\": {\"num_words\": 99999999999999999999, " EMPTY, "too big", MOOD_ERR_FORMAT},
    {"{\"config\": {\"lower\": 1, " EMPTY, "lower", MOOD_ERR_FORMAT},
    {"{\"config\": {\"filters\": null, " EMPTY, "filters", MOOD_ERR_FORMAT},
    {"{\"config\": {\"split\": \"\", " EMPTY, "split is empty", MOOD_ERR_FORMAT},
    {"{\"config\": {\"oov_token\": 1, " EMPTY, "oov_token", MOOD_ERR_FORMAT},
    {"{\"config\": {\"document_count\": -1, " EMPTY, "document_count", MOOD_ERR_FORMAT},
    {"{\"config\": {\"word_counts\": {}}}", "word_counts", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("[]", "{}", "{}", "{}", "{}"), "word_counts", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{", "{}", "{}", "{}", "{}"), "word_counts", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{\\\"a\\\": -1}", "{}", "{}", "{}", "{}"), "out of range", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{\\\"a\\\": \\\"1\\\"}", "{}", "{}", "{}", "{}"), "whole number", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{\\\"\\\\ud800\\\": 1}", "{}", "{}", "{}", "{}"), "word_counts", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{\\\"a\\\": 1.5}", "{}", "{}", "{}"), "word_docs", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{}", "{\\\"x\\\": 1}", "{}", "{}"), "not an index", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{}", "{\\\"-1\\\": 1}", "{}", "{}"), "not an index", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{}", "{\\\"1\\\": 1, \\\"01\\\": 1}", "{}", "{}"), "twice", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{}", "{}", "{\\\"1\\\": 1}", "{}"), "index_word", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{}", "{}", "{\\\"4294967297\\\": \\\"a\\\"}", "{}"), "index", MOOD_ERR_FORMAT},
    {"{\"config\": {" DICTS("{}", "{}", "{}", "{}", "{\\\"a\\\": 2147483647}"), "word_index", MOOD_ERR_FORMAT},
};

START_TEST(test_refuse_json) {
    const char *json = refused[_i].json;
    mood_tokenizer *tokenizer = NULL;
    ck_assert_fails(mood_tokenizer_from_json(json, strlen(json), &tokenizer, err), refused[_i].status,
                    refused[_i].part);
    ck_assert_ptr_null(tokenizer);
    ck_assert_int_eq(mood_tokenizer_from_json(json, strlen(json), &tokenizer, NULL), refused[_i].status);
}
END_TEST

/* Truncated and corrupted at every byte: an error or a tokenizer, never a crash. */
START_TEST(test_garbled_json) {
    json_t *cases = golden("cases");
    const char *json = keras_json(json_array_get(cases, 3));
    size_t size = strlen(json);
    char *copy = malloc(size);
    for (size_t i = 0; i < size; i++) {
        mood_tokenizer *tokenizer = NULL;
        ck_assert_int_ne(mood_tokenizer_from_json(json, i, &tokenizer, NULL), MOOD_OK);
        for (const char *byte = "\"\\{}0\x80"; *byte; byte++) {
            memcpy(copy, json, size);
            copy[i] = *byte;
            tokenizer = NULL;
            if (mood_tokenizer_from_json(copy, size, &tokenizer, NULL) == MOOD_OK)
                mood_tokenizer_destroy(tokenizer);
        }
    }
    free(copy);
    json_decref(cases);
}
END_TEST

/* ---- options and accessors --------------------------------------------------------------------- */

START_TEST(test_options) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_tokenizer *tokenizer = NULL;
    options.split = "";
    ck_assert_fails(mood_tokenizer_create(&options, &tokenizer, err), MOOD_ERR_ARGUMENT, "split is empty");
    options.split = "\xFF";
    ck_assert_fails(mood_tokenizer_create(&options, &tokenizer, err), MOOD_ERR_ARGUMENT, "UTF-8");
    options.split = NULL;
    options.filters = "a\xC3";
    ck_assert_fails(mood_tokenizer_create(&options, &tokenizer, err), MOOD_ERR_ARGUMENT, "UTF-8");
    options.filters = NULL;
    options.oov_token = "\x80";
    ck_assert_fails(mood_tokenizer_create(&options, &tokenizer, err), MOOD_ERR_ARGUMENT, "oov_token");
    options.size = 3;
    ck_assert_fails(mood_tokenizer_create(&options, &tokenizer, err), MOOD_ERR_ARGUMENT, "size");
    ck_assert_ptr_null(tokenizer);
    ck_assert_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    options = mood_tokenizer_get_options(tokenizer);
    ck_assert_str_eq(options.filters, "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n");
    ck_assert_str_eq(options.split, " ");
    ck_assert_ptr_null(options.oov_token);
    ck_assert(options.lower && !options.char_level && options.num_words == 0);
    mood_tokenizer_destroy(tokenizer);
    mood_tokenizer_destroy(NULL);
}
END_TEST

START_TEST(test_accessors) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.oov_token = "<OOV>";
    options.num_words = 3;
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(&options, &tokenizer, err));
    ck_assert_uint_eq(mood_tokenizer_count_words(tokenizer), 0);
    ck_assert_ptr_null(mood_tokenizer_get_word(tokenizer, 1).data);
    mood_text texts[] = {literal("good good bad"), literal("good")};
    int32_t x[4];
    ck_assert_fails(mood_tokenizer_sequences(tokenizer, texts, 2, 2, x, err), MOOD_ERR_STATE, "fit");
    ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, 2, err));
    ck_assert_uint_eq(mood_tokenizer_count_words(tokenizer), 3);
    ck_assert_uint_eq(mood_tokenizer_get_num_words(tokenizer), 3);
    ck_assert_uint_eq(mood_tokenizer_get_document_count(tokenizer), 2);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("<OOV>")), 1);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("good")), 2);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("bad")), 3);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("Good")), -1);
    ck_assert_str_eq(mood_tokenizer_get_word(tokenizer, 3).data, "bad");
    ck_assert_ptr_null(mood_tokenizer_get_word(tokenizer, 0).data);
    ck_assert_ptr_null(mood_tokenizer_get_word(tokenizer, -1).data);
    ck_assert_ptr_null(mood_tokenizer_get_word(tokenizer, 4).data);
    ck_assert_uint_eq(mood_tokenizer_get_word_count(tokenizer, literal("good")), 3);
    ck_assert_uint_eq(mood_tokenizer_get_word_docs(tokenizer, literal("good")), 2);
    ck_assert_uint_eq(mood_tokenizer_get_word_count(tokenizer, literal("<OOV>")), 0);
    ck_assert_uint_eq(mood_tokenizer_get_word_docs(tokenizer, literal("none")), 0);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(test_arguments) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    mood_text null = {NULL, 3}, empty = {NULL, 0};
    int32_t x[2];
    ck_assert_fails(mood_tokenizer_fit(tokenizer, NULL, 1, err), MOOD_ERR_ARGUMENT, "NULL");
    ck_assert_fails(mood_tokenizer_fit(tokenizer, &null, 1, err), MOOD_ERR_ARGUMENT, "text 0");
    ck_assert_ok(mood_tokenizer_fit(tokenizer, &empty, 1, err));
    ck_assert_ok(mood_tokenizer_fit(tokenizer, NULL, 0, err));
    ck_assert_fails(mood_tokenizer_sequences(tokenizer, &empty, 1, 0, x, err), MOOD_ERR_SHAPE, "length 0");
    ck_assert_fails(mood_tokenizer_sequences(tokenizer, &empty, 1, SIZE_MAX / 2, x, err), MOOD_ERR_SHAPE, "rows");
    ck_assert_fails(mood_tokenizer_sequences(tokenizer, &empty, 1, 2, NULL, err), MOOD_ERR_ARGUMENT, "x is NULL");
    ck_assert_fails(mood_tokenizer_padded(tokenizer, &empty, 1, 2, (mood_padding)7, MOOD_PAD_PRE, x, NULL, err),
                    MOOD_ERR_ARGUMENT, "MOOD_PAD_PRE");
    ck_assert_ok(mood_tokenizer_sequences(tokenizer, &empty, 1, 2, x, err));
    ck_assert(x[0] == 0 && x[1] == 0);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

static void add(TCase *tests) {
    tcase_add_test(tests, test_sequences);
    tcase_add_test(tests, test_padded);
    tcase_add_test(tests, test_counts);
    tcase_add_test(tests, test_threads);
    tcase_add_test(tests, test_write_json);
    tcase_add_test(tests, test_read_json);
    tcase_add_test(tests, test_fit_on);
    tcase_add_test(tests, test_cut_word_index);
    tcase_add_test(tests, test_nul_in_words);
    tcase_add_loop_test(tests, test_refuse_json, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, test_garbled_json);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_accessors);
    tcase_add_test(tests, test_arguments);
}

int main(void) {
    return run_tests("tokenizer", add);
}
