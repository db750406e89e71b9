/* Results of Keras and Python for texts: tests/golden/text.json, made by text.py. */
#ifndef TESTS_TEXT_GOLDEN_H
#define TESTS_TEXT_GOLDEN_H

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mood/text.h"

/* A member of the golden document; new. */
static inline json_t *golden(const char *member) {
    char path[4096];
    const char *folder = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/golden/text.json", folder ? folder : ".");
    json_error_t error;
    json_t *document = json_load_file(path, JSON_ALLOW_NUL, &error);
    ck_assert_msg(document, "%s: %s", path, error.text);
    json_t *found = json_incref(json_object_get(document, member));
    ck_assert_msg(found, "%s has no %s", path, member);
    json_decref(document);
    return found;
}

static inline mood_text text_of(const json_t *string) {
    return (mood_text){json_string_value(string), json_string_length(string)};
}

/* Texts [json_array_size]; new. */
static inline mood_text *texts_of(const json_t *strings) {
    mood_text *texts = calloc(json_array_size(strings) + 1, sizeof *texts);
    ck_assert_ptr_nonnull(texts);
    for (size_t i = 0; i < json_array_size(strings); i++)
        texts[i] = text_of(json_array_get(strings, i));
    return texts;
}

static inline mood_text literal(const char *string) {
    return (mood_text){string, strlen(string)};
}

#define ck_assert_ok(call)                                                                                             \
    do {                                                                                                               \
        mood_error ok_error = {0};                                                                                     \
        mood_error *err = &ok_error;                                                                                   \
        ck_assert_msg((call) == MOOD_OK, "%s: %s", #call, ok_error.message);                                           \
    } while (0)

/* The call fails with that status, and its message contains a part. */
#define ck_assert_fails(call, expected, part)                                                                          \
    do {                                                                                                               \
        mood_error fail_error = {0};                                                                                   \
        mood_error *err = &fail_error;                                                                                 \
        ck_assert_int_eq((call), expected);                                                                            \
        ck_assert_int_eq(fail_error.status, expected);                                                                 \
        ck_assert_msg(strstr(fail_error.message, part), "\"%s\" has no \"%s\"", fail_error.message, part);             \
    } while (0)

/* The options of a golden case; it owns the strings. */
static inline mood_tokenizer_options case_options(const json_t *golden_case) {
    const json_t *given = json_object_get(golden_case, "options");
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = (size_t)json_integer_value(json_object_get(given, "num_words"));
    options.filters = json_string_value(json_object_get(given, "filters"));
    options.split = json_string_value(json_object_get(given, "split"));
    options.oov_token = json_string_value(json_object_get(given, "oov_token"));
    options.lower = !json_is_false(json_object_get(given, "lower"));
    options.char_level = json_is_true(json_object_get(given, "char_level"));
    return options;
}

/* A tokenizer with the options and texts of a case; new. */
static inline mood_tokenizer *case_tokenizer(const json_t *golden_case) {
    mood_tokenizer_options options = case_options(golden_case);
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(&options, &tokenizer, err));
    size_t i;
    json_t *fit;
    json_array_foreach(json_object_get(golden_case, "fits"), i, fit) {
        mood_text *texts = texts_of(fit);
        ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, json_array_size(fit), err));
        free(texts);
    }
    return tokenizer;
}

static inline const char *case_name(const json_t *golden_case) {
    return json_string_value(json_object_get(golden_case, "name"));
}

/* Rows of ids; to be freed. */
static inline mood_sequences sequences_of(const json_t *rows) {
    mood_sequences sequences = MOOD_SEQUENCES;
    size_t i, t;
    json_t *row, *id;
    json_array_foreach(rows, i, row) {
        int32_t ids[1000];
        json_array_foreach(row, t, id)
            ids[t] = (int32_t)json_integer_value(id);
        ck_assert_ok(mood_sequences_append(&sequences, ids, json_array_size(row), err));
    }
    return sequences;
}

static inline void check_sequences(const char *name, const mood_sequences *sequences, const json_t *rows) {
    ck_assert_msg(sequences->n == json_array_size(rows), "%s: %zu rows", name, sequences->n);
    for (size_t i = 0; i < sequences->n; i++) {
        const json_t *row = json_array_get(rows, i);
        size_t start = sequences->starts[i], count = sequences->starts[i + 1] - start;
        ck_assert_msg(count == json_array_size(row), "%s, row %zu: %zu ids", name, i, count);
        for (size_t t = 0; t < count; t++) {
            int wanted = (int)json_integer_value(json_array_get(row, t));
            ck_assert_msg(sequences->ids[start + t] == wanted, "%s, row %zu, id %zu: %d, not %d", name, i, t,
                          sequences->ids[start + t], wanted);
        }
    }
}

/* Run a suite with one test case; returns the exit status. */
static inline int run_tests(const char *name, void (*add)(TCase *tests)) {
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    add(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

#endif
