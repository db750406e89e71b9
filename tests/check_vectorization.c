/* TextVectorization: its tokens, ids, adapt() and its vocabulary's files, against Keras (golden/vectorization.py). */
#include <math.h>

#include "text/vectorization_json.h"
#include "text_golden.h"

static json_t *read_golden(const char *name) {
    char path[4096];
    const char *folder = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/golden/vectorization/%s", folder ? folder : ".", name);
    json_error_t error;
    json_t *document = json_load_file(path, JSON_ALLOW_NUL, &error);
    ck_assert_msg(document, "%s: %s", path, error.text);
    return document;
}

/* ---- ids ----------------------------------------------------------------------------------------- */

static void check_vocabulary(const mood_tokenizer *tokenizer, const json_t *words, size_t number) {
    size_t n = json_array_size(words);
    ck_assert_uint_eq(mood_tokenizer_count_words(tokenizer), n - 2);
    ck_assert_int_eq(mood_tokenizer_get_largest_id(tokenizer), (int)n - 1);
    ck_assert_ptr_null(mood_tokenizer_get_word(tokenizer, 0).data);
    for (size_t i = 1; i < n; i++) {
        mood_text word = mood_tokenizer_get_word(tokenizer, (int32_t)i), wanted = text_of(json_array_get(words, i));
        ck_assert_msg(word.size == wanted.size && memcmp(word.data, wanted.data, word.size) == 0,
                      "case %zu: id %zu is \"%s\", not \"%s\"", number, i, word.data, wanted.data);
    }
}

static void check_rows(const mood_tokenizer *tokenizer, const json_t *texts, const json_t *rows, size_t number) {
    size_t n = json_array_size(texts);
    mood_text *all = texts_of(texts);
    mood_sequences sequences = MOOD_SEQUENCES;
    int32_t x[3];
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, all, n, &sequences, NULL, err));
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i);
        const int32_t *ids = sequences.ids + sequences.starts[i];
        size_t count = sequences.starts[i + 1] - sequences.starts[i];
        ck_assert_msg(count == json_array_size(row), "case %zu, text %zu: %zu ids, not %zu", number, i, count,
                      json_array_size(row));
        for (size_t t = 0; t < count; t++)
            ck_assert_msg(ids[t] == json_integer_value(json_array_get(row, t)), "case %zu, text %zu, id %zu: %d",
                          number, i, t, ids[t]);
        mood_sequence_counts counts;
        ck_assert_ok(mood_tokenizer_padded(tokenizer, all + i, 1, 3, MOOD_PAD_POST, MOOD_PAD_POST, x, &counts, err));
        ck_assert_uint_eq(counts.words, count);
        for (size_t t = 0, unknown = 0; t < count; t++) {
            unknown += ids[t] == 1;
            ck_assert(t < count - 1 || unknown == counts.unknown);
        }
        for (size_t t = 0; t < 3; t++)
            ck_assert_int_eq(x[t], t < count ? ids[t] : 0);
    }
    mood_sequences_free(&sequences);
    free(all);
}

/* The config as returned by Keras, with the vocabulary that adapt() found. */
static mood_tokenizer *from_config(const json_t *one) {
    json_t *document =
        json_pack("{s: s, s: O}", "class_name", "TextVectorization", "config", json_object_get(one, "config"));
    mood_tokenizer *tokenizer = NULL;
    if (!json_is_true(json_object_get(one, "given")))
        json_object_set(json_object_get(document, "config"), "vocabulary", json_object_get(one, "vocabulary"));
    if (json_object_get(one, "idf") && !json_is_true(json_object_get(one, "given")))
        json_object_set(json_object_get(document, "config"), "idf_weights", json_object_get(one, "idf"));
    char *json = json_dumps(document, 0);
    ck_assert_ok(mood_tokenizer_from_json(json, strlen(json), &tokenizer, err));
    ck_assert(mood_tokenizer_is_text_vectorization(tokenizer));
    free(json);
    json_decref(document);
    return tokenizer;
}

/* A new one with the same settings, fitted. */
static mood_tokenizer *fit_alike(const mood_tokenizer *tokenizer, const json_t *texts) {
    const struct vectorization *settings = tokenizer->splitter.vectorization;
    mood_text_vectorization_options options = MOOD_TEXT_VECTORIZATION_OPTIONS;
    options.max_tokens = mood_tokenizer_get_num_words(tokenizer);
    options.standardize = settings->standardize;
    options.split = settings->split;
    options.ngrams = settings->widths;
    options.ngram_count = settings->width_count;
    options.matrix = mood_tokenizer_get_matrix(tokenizer);
    options.pad_to_max_tokens = tokenizer->pads_matrix;
    mood_tokenizer *made = NULL;
    mood_text *all = texts_of(texts);
    ck_assert_ok(mood_tokenizer_create_text_vectorization(&options, &made, err));
    ck_assert_ok(mood_tokenizer_fit(made, all, 3, err)); /* counts add up */
    ck_assert_ok(mood_tokenizer_fit(made, all + 3, json_array_size(texts) - 3, err));
    free(all);
    return made;
}

static void check_written(const mood_tokenizer *tokenizer) {
    char *json, *again;
    mood_tokenizer *copy = NULL;
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    ck_assert_ok(mood_tokenizer_from_json(json, strlen(json), &copy, err));
    ck_assert_ok(mood_tokenizer_to_json(copy, &again, err));
    ck_assert_str_eq(json, again);
    mood_free(json);
    mood_free(again);
    mood_tokenizer_destroy(copy);
}

START_TEST(test_keras) {
    json_t *document = read_golden("text.json"), *one;
    const json_t *texts = json_object_get(document, "texts");
    size_t i;
    json_array_foreach(json_object_get(document, "cases"), i, one) {
        const json_t *words = json_object_get(one, "vocabulary"), *rows = json_object_get(one, "rows");
        mood_tokenizer *tokenizer = from_config(one);
        check_vocabulary(tokenizer, words, i);
        check_rows(tokenizer, texts, rows, i);
        check_written(tokenizer);
        if (!json_is_true(json_object_get(one, "given"))) {
            mood_tokenizer *fitted = fit_alike(tokenizer, json_object_get(document, "fitted"));
            check_vocabulary(fitted, words, i);
            check_rows(fitted, texts, rows, i);
            check_written(fitted);
            mood_tokenizer_destroy(fitted);
        }
        mood_tokenizer_destroy(tokenizer);
    }
    ck_assert_uint_eq(i, 18);
    json_decref(document);
}
END_TEST

/* ---- bags of words ------------------------------------------------------------------------------- */

static void check_idf(const mood_tokenizer *tokenizer, const json_t *idf, size_t number) {
    size_t width = mood_tokenizer_get_matrix_width(tokenizer);
    double *weights = calloc(width, sizeof *weights);
    ck_assert_ok(mood_tokenizer_get_idf(tokenizer, weights, err));
    ck_assert_uint_eq(json_array_size(idf), width);
    for (size_t i = 0; i < width; i++)
        ck_assert_msg(fabs(weights[i] - json_real_value(json_array_get(idf, i))) < 2e-7, "case %zu: weight %zu is %.9g",
                      number, i, weights[i]);
    free(weights);
}

static void check_bags(const mood_tokenizer *tokenizer, const json_t *texts, const json_t *one, size_t number) {
    const json_t *rows = json_object_get(one, "rows"), *idf = json_object_get(one, "idf");
    size_t n = json_array_size(texts), width = (size_t)json_integer_value(json_object_get(one, "width"));
    mood_matrix_mode mode = mood_tokenizer_get_matrix(tokenizer);
    ck_assert_str_eq(mood_matrix_name(mode),
                     json_string_value(json_object_get(json_object_get(one, "config"), "output_mode")));
    ck_assert_uint_eq(mood_tokenizer_get_matrix_width(tokenizer), width);
    mood_text *all = texts_of(texts);
    double *x = calloc(n * width, sizeof *x), *wanted = calloc(width, sizeof *wanted);
    ck_assert_ok(mood_tokenizer_texts_to_matrix(tokenizer, all, n, mode, x, err));
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i), *cell;
        size_t k;
        memset(wanted, 0, width * sizeof *wanted);
        json_array_foreach(row, k, cell)
            wanted[json_integer_value(json_array_get(cell, 0))] = json_number_value(json_array_get(cell, 1));
        for (k = 0; k < width; k++)
            ck_assert_msg(fabs(x[i * width + k] - wanted[k]) <= 2e-7 * fmax(1, wanted[k]),
                          "case %zu, text %zu, column %zu: %.9g, not %.9g", number, i, k, x[i * width + k], wanted[k]);
    }
    if (idf)
        check_idf(tokenizer, idf, number);
    free(all);
    free(x);
    free(wanted);
}

START_TEST(test_bags) {
    json_t *document = read_golden("bags.json"), *one;
    const json_t *texts = json_object_get(document, "texts");
    size_t i;
    json_array_foreach(json_object_get(document, "cases"), i, one) {
        mood_tokenizer *tokenizer = from_config(one);
        check_bags(tokenizer, texts, one, i);
        check_written(tokenizer);
        if (!json_is_true(json_object_get(one, "given"))) {
            mood_tokenizer *fitted = fit_alike(tokenizer, json_object_get(document, "fitted"));
            check_bags(fitted, texts, one, i);
            check_written(fitted);
            mood_tokenizer_destroy(fitted);
        }
        mood_tokenizer_destroy(tokenizer);
    }
    ck_assert_uint_eq(i, 36);
    json_decref(document);
}
END_TEST

START_TEST(test_bag_modes) {
    const mood_text words[] = {literal("[UNK]"), literal("the"), literal("cat")}, text = literal("the dog the");
    const double weights[] = {0.5, 2, 4};
    mood_text_vectorization_options options = MOOD_TEXT_VECTORIZATION_OPTIONS;
    options.vocabulary = words;
    options.vocabulary_count = 3;
    options.matrix = MOOD_MATRIX_TF_IDF;
    options.idf_weights = weights;
    mood_tokenizer *tokenizer, *counts;
    double x[3];
    ck_assert_ok(mood_tokenizer_create_text_vectorization(&options, &tokenizer, err));
    ck_assert_ok(mood_tokenizer_texts_to_matrix(tokenizer, &text, 1, MOOD_MATRIX_TF_IDF, x, err));
    ck_assert(x[0] == 0.5 && x[1] == 4 && x[2] == 0);
    ck_assert_fails(mood_tokenizer_texts_to_matrix(tokenizer, &text, 1, MOOD_MATRIX_COUNT, x, err),
                    MOOD_ERR_UNSUPPORTED, "output_mode is \"tf_idf\", so it makes no bags of mode count");
    ck_assert_ok(mood_tokenizer_create(NULL, &counts, err));
    ck_assert_ok(mood_tokenizer_fit(counts, &text, 1, err));
    ck_assert_fails(mood_tokenizer_texts_to_matrix(counts, &text, 1, MOOD_MATRIX_TF_IDF, x, err), MOOD_ERR_UNSUPPORTED,
                    "are a TextVectorization's");
    ck_assert_int_eq(mood_tokenizer_get_matrix(counts), MOOD_MATRIX_NONE);
    ck_assert_ptr_null(mood_matrix_name(MOOD_MATRIX_NONE));
    ck_assert_ptr_null(mood_matrix_name((mood_matrix_mode)6));
    mood_tokenizer_destroy(counts);
    mood_tokenizer_destroy(tokenizer);
    options.vocabulary = NULL;
    options.vocabulary_count = 0;
    options.idf_weights = NULL;
    ck_assert_ok(mood_tokenizer_create_text_vectorization(&options, &tokenizer, err));
    ck_assert_fails(mood_tokenizer_texts_to_matrix(tokenizer, &text, 1, MOOD_MATRIX_TF_IDF, x, err), MOOD_ERR_STATE,
                    "fit the tokenizer first");
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(test_back) {
    const mood_text words[] = {literal("the"), literal("cat")};
    mood_text_vectorization_options options = MOOD_TEXT_VECTORIZATION_OPTIONS;
    options.vocabulary = words;
    options.vocabulary_count = 2;
    mood_tokenizer *tokenizer;
    mood_sequences rows = MOOD_SEQUENCES;
    mood_text *texts;
    const int32_t ids[] = {2, 1, 3, 9, 0, 0};
    double x[4];
    ck_assert_ok(mood_tokenizer_create_text_vectorization(&options, &tokenizer, err));
    ck_assert_ok(mood_sequences_append(&rows, ids, 6, err));
    ck_assert_ok(mood_tokenizer_sequences_to_texts(tokenizer, &rows, &texts, err));
    ck_assert_str_eq(texts[0].data, "the [UNK] cat [UNK]");
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("cat")), 3);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("[UNK]")), 1);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("dog")), -1);
    ck_assert_str_eq(mood_tokenizer_get_options(tokenizer).oov_token, "[UNK]");
    ck_assert_fails(mood_tokenizer_fit(tokenizer, words, 2, err), MOOD_ERR_STATE, "was given its vocabulary");
    ck_assert_fails(mood_tokenizer_texts_to_matrix(tokenizer, words, 1, MOOD_MATRIX_BINARY, x, err),
                    MOOD_ERR_UNSUPPORTED, "not bags of words: its output_mode is \"int\"");
    ck_assert_uint_eq(mood_tokenizer_get_matrix_width(tokenizer), 0);
    mood_free(texts);
    mood_sequences_free(&rows);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* Invalid bytes become U+FFFD, as in all texts. */
START_TEST(test_repaired) {
    const mood_text words[] = {literal("a\xEF\xBF\xBD"), literal("b")}, text = literal("A\xFF b\xC3");
    mood_text_vectorization_options options = MOOD_TEXT_VECTORIZATION_OPTIONS;
    options.vocabulary = words;
    options.vocabulary_count = 2;
    mood_tokenizer *tokenizer;
    mood_sequence_counts counts;
    int32_t x[2];
    ck_assert_ok(mood_tokenizer_create_text_vectorization(&options, &tokenizer, err));
    ck_assert_ok(mood_tokenizer_padded(tokenizer, &text, 1, 2, MOOD_PAD_POST, MOOD_PAD_POST, x, &counts, err));
    ck_assert_uint_eq(counts.bad_bytes, 2);
    ck_assert_int_eq(x[0], 2);
    ck_assert_int_eq(x[1], 1);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------------- */

static void refuse_options(mood_text_vectorization_options options, mood_status status, const char *part) {
    mood_tokenizer *tokenizer = NULL;
    ck_assert_fails(mood_tokenizer_create_text_vectorization(&options, &tokenizer, err), status, part);
    ck_assert_ptr_null(tokenizer);
}

START_TEST(test_options) {
    const mood_text twice[] = {literal("a"), literal("b"), literal("a")}, empty[] = {literal("a"), literal("")};
    const mood_text bad[] = {literal("a\xFF")};
    const size_t none[] = {0}, wide[] = {65};
    mood_text_vectorization_options options = MOOD_TEXT_VECTORIZATION_OPTIONS, given = options;
    given.size = 3;
    refuse_options(given, MOOD_ERR_ARGUMENT, "begin with MOOD_TEXT_VECTORIZATION_OPTIONS");
    given = options;
    given.vocabulary = twice;
    given.vocabulary_count = 3;
    refuse_options(given, MOOD_ERR_ARGUMENT, "word 3, \"a\", is there twice");
    given.vocabulary_count = 2;
    given.max_tokens = 3;
    refuse_options(given, MOOD_ERR_ARGUMENT, "more than the limit of 3");
    given.max_tokens = 1;
    refuse_options(given, MOOD_ERR_ARGUMENT, "max_tokens must be greater than 1");
    given.max_tokens = 0;
    given.vocabulary = empty;
    refuse_options(given, MOOD_ERR_ARGUMENT, "word 2 is empty");
    given.vocabulary = bad;
    given.vocabulary_count = 1;
    refuse_options(given, MOOD_ERR_ARGUMENT, "word 1 is not UTF-8");
    given.vocabulary = NULL;
    refuse_options(given, MOOD_ERR_ARGUMENT, "NULL");
    given = options;
    given.ngram_count = 1;
    refuse_options(given, MOOD_ERR_ARGUMENT, "ngrams is NULL");
    given.ngrams = none;
    refuse_options(given, MOOD_ERR_UNSUPPORTED, "widths from 1 to 64");
    given.ngrams = wide;
    refuse_options(given, MOOD_ERR_UNSUPPORTED, "widths from 1 to 64");
    given.split = MOOD_SPLIT_NONE;
    refuse_options(given, MOOD_ERR_UNSUPPORTED, "ngrams need split");
    given = options;
    given.standardize = (mood_standardize)9;
    refuse_options(given, MOOD_ERR_ARGUMENT, "unknown standardize");
    given = options;
    given.matrix = MOOD_MATRIX_FREQ;
    refuse_options(given, MOOD_ERR_ARGUMENT, "its output modes are \"int\"");
    given.matrix = MOOD_MATRIX_COUNT;
    given.pad_to_max_tokens = true;
    refuse_options(given, MOOD_ERR_ARGUMENT, "pad_to_max_tokens needs max_tokens");
    given = options;
    given.idf_weights = &(double){1};
    refuse_options(given, MOOD_ERR_ARGUMENT, "idf_weights are for");
    given.matrix = MOOD_MATRIX_TF_IDF;
    refuse_options(given, MOOD_ERR_ARGUMENT, "idf_weights are for");
    given.vocabulary = twice;
    given.vocabulary_count = 1;
    given.idf_weights = &(double){INFINITY};
    refuse_options(given, MOOD_ERR_ARGUMENT, "number 1 is not finite");
    given.idf_weights = NULL;
    refuse_options(given, MOOD_ERR_ARGUMENT, "needs them");
    ck_assert_fails(mood_tokenizer_create_text_vectorization(NULL, NULL, err), MOOD_ERR_ARGUMENT, "NULL");
}
END_TEST

static const struct {
    const char *config, *part;
    mood_status status;
} refused[] = {
    {"\"vocabulary\": \"/etc/passwd\"", "the path of a file outside of the model", MOOD_ERR_UNSUPPORTED},
    {"\"vocabulary\": null", "no vocabulary", MOOD_ERR_FORMAT},
    {"\"vocabulary\": []", "no vocabulary", MOOD_ERR_FORMAT},
    {"\"vocabulary\": 7", "not a list of words", MOOD_ERR_FORMAT},
    {"\"vocabulary\": {\"a\": 1}", "not a list of words", MOOD_ERR_FORMAT},
    {"\"vocabulary\": [\"\", \"[UNK]\"]", "no words", MOOD_ERR_FORMAT},
    {"\"vocabulary\": [\"a\", 1]", "an item that is not a word", MOOD_ERR_FORMAT},
    {"\"vocabulary\": [\"a\", \"a\"]", "word 2, \"a\", is there twice", MOOD_ERR_FORMAT},
    {"\"vocabulary\": [\"a\", \"\"]", "word 2 is empty", MOOD_ERR_FORMAT},
    {"\"vocabulary\": [\"\", \"a\"]", "word 1 is empty", MOOD_ERR_FORMAT},
    {"\"vocabulary\": [\"a\", \"b\"], \"max_tokens\": 3", "more than the limit of 3", MOOD_ERR_FORMAT},
    {"\"max_tokens\": 1", "not a whole number from 2", MOOD_ERR_FORMAT},
    {"\"max_tokens\": \"9\"", "not a whole number from 2", MOOD_ERR_FORMAT},
    {"\"standardize\": {\"class_name\": \"function\"}", "is a Python function", MOOD_ERR_UNSUPPORTED},
    {"\"standardize\": \"upper\"", "\"upper\", which this version", MOOD_ERR_UNSUPPORTED},
    {"\"standardize\": 1", "not a name", MOOD_ERR_FORMAT},
    {"\"split\": {}", "is a Python function", MOOD_ERR_UNSUPPORTED},
    {"\"split\": \"|\"", "\"|\", which this version", MOOD_ERR_UNSUPPORTED},
    {"\"output_mode\": \"one_hot\"", "\"one_hot\"; this version knows \"int\"", MOOD_ERR_UNSUPPORTED},
    {"\"output_mode\": \"tf_idf\"", "with a vocabulary needs them", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"tf_idf\", \"idf_weights\": [1]", "1 numbers for 2 words", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"tf_idf\", \"idf_weights\": [1, 2, 3]", "3 numbers for 2 words", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"tf_idf\", \"idf_weights\": [1, \"2\"]", "an item that is not a number", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"tf_idf\", \"idf_weights\": 1", "is not a list of numbers", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"count\", \"idf_weights\": [1, 2]", "are for \"output_mode\" \"tf_idf\"", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"count\", \"pad_to_max_tokens\": true", "needs max_tokens", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"count\", \"pad_to_max_tokens\": 1", "neither true nor false", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"count\", \"vocabulary\": [\"\", \"[UNK]\", \"a\"]", "word 1 is empty", MOOD_ERR_FORMAT},
    {"\"output_mode\": \"count\", \"max_tokens\": 2, \"vocabulary\": [\"a\", \"b\"]",
     "and [UNK] are more than the limit of 2", MOOD_ERR_FORMAT},
    {"\"output_mode\": null", "not a name", MOOD_ERR_FORMAT},
    {"\"ngrams\": 0", "a width below 1", MOOD_ERR_FORMAT},
    {"\"ngrams\": 65", "widths from 1 to 64", MOOD_ERR_UNSUPPORTED},
    {"\"ngrams\": 4000000000000000000", "widths from 1 to 64", MOOD_ERR_UNSUPPORTED},
    {"\"ngrams\": [2, -1]", "a width below 1", MOOD_ERR_FORMAT},
    {"\"ngrams\": [\"2\"]", "neither a number", MOOD_ERR_FORMAT},
    {"\"ngrams\": []", "neither a number", MOOD_ERR_FORMAT},
    {"\"ngrams\": 2, \"split\": null", "ngrams need split", MOOD_ERR_UNSUPPORTED},
    {"\"encoding\": \"cp1252\"", "is not \"utf-8\"", MOOD_ERR_UNSUPPORTED},
    {"\"ragged\": true", "\"ragged\" is set", MOOD_ERR_UNSUPPORTED},
    {"\"sparse\": true", "is for bags of words", MOOD_ERR_FORMAT},
    {"\"idf_weights\": [1.0]", "are for \"output_mode\" \"tf_idf\"", MOOD_ERR_FORMAT},
    {"\"stemming\": true", "does not know the setting \"stemming\"", MOOD_ERR_UNSUPPORTED},
};

START_TEST(test_configs) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char json[300];
        mood_tokenizer *tokenizer = NULL;
        bool words = strstr(refused[i].config, "vocabulary");
        snprintf(json, sizeof json, "{\"class_name\": \"TextVectorization\", \"config\": {%s%s}}", refused[i].config,
                 words ? "" : ", \"vocabulary\": [\"a\", \"b\"]");
        ck_assert_fails(mood_tokenizer_from_json(json, strlen(json), &tokenizer, err), refused[i].status,
                        refused[i].part);
        ck_assert_ptr_null(tokenizer);
    }
    static const char *const lists[] = {"[]", "[\"the\", \"cat\"]", "[\"\", \"the\"]", "[\"[UNK]\", \"the\"]",
                                        "[1, 2]"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        mood_tokenizer *tokenizer = NULL;
        ck_assert_fails(mood_tokenizer_from_json(lists[i], strlen(lists[i]), &tokenizer, err), MOOD_ERR_FORMAT,
                        "does not begin with \"\" and \"[UNK]\"");
    }
}
END_TEST

/* ---- vocabulary.txt ------------------------------------------------------------------------------ */

static void check_lines(mood_text file, const char *list) {
    struct bytes out = {0};
    ck_assert_ok(vocabulary_lines_to_json(file.data, file.size, &out, err));
    ck_assert(bytes_append_byte(&out, '\0'));
    ck_assert_str_eq(out.data, list);
    bytes_free(&out);
}

/* As Python's splitlines(), then Keras, which drops empty lines at the end. */
START_TEST(test_lines) {
    check_lines(literal(""), "[]");
    check_lines(literal("\n\n"), "[]");
    check_lines(literal("\n[UNK]\na\nb"), "[\"\", \"[UNK]\", \"a\", \"b\"]");
    check_lines(literal("\r\n[UNK]\r\na\r\n\r\n\r\n"), "[\"\", \"[UNK]\", \"a\"]");
    check_lines(literal("\n[UNK]\n\na"), "[\"\", \"[UNK]\", \"\", \"a\"]");
    check_lines(literal("a\rb\vc\fd\x1c"
                        "e\x1d"
                        "f\x1eg\x1fh"),
                "[\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\\u001fh\"]");
    check_lines(literal("a\xC2\x85"
                        "b\xE2\x80\xA8"
                        "c\xE2\x80\xA9"
                        "d\xC2\xA0"
                        "e"),
                "[\"a\", \"b\", \"c\", \"d\\u00a0e\"]");
    check_lines((mood_text){"\0\na", 3}, "[\"\\u0000\", \"a\"]");
    struct bytes out = {0};
    ck_assert_fails(vocabulary_lines_to_json("\n[UNK]\ncaf\xE9", 11, &out, err), MOOD_ERR_FORMAT,
                    "is not UTF-8 (byte 11)");
    bytes_free(&out);
    ck_assert(vocabulary_lines_begin("\n[UNK]", 6) && vocabulary_lines_begin("\r\n[UNK]\r\n", 9));
    ck_assert(!vocabulary_lines_begin("\n[UNK]x", 7) && !vocabulary_lines_begin("[UNK]\na", 7));
    ck_assert(!vocabulary_lines_begin("\n[UNK", 5) && !vocabulary_lines_begin("", 0));
}
END_TEST

static void add(TCase *tests) {
    tcase_add_test(tests, test_keras);
    tcase_add_test(tests, test_bags);
    tcase_add_test(tests, test_bag_modes);
    tcase_add_test(tests, test_back);
    tcase_add_test(tests, test_repaired);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_configs);
    tcase_add_test(tests, test_lines);
}

int main(void) {
    return run_tests("vectorization", add);
}
