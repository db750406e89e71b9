/* Rows of ids: padding, conversion to texts, and bags of words, compared with Keras. */
#include <math.h>

#include "text_golden.h"

static mood_padding side(const json_t *name) {
    return strcmp(json_string_value(name), "pre") == 0 ? MOOD_PAD_PRE : MOOD_PAD_POST;
}

START_TEST(test_padding) {
    json_t *padding = golden("padding"), *one;
    mood_sequences rows = sequences_of(json_object_get(padding, "rows"));
    size_t i;
    json_array_foreach(json_object_get(padding, "cases"), i, one) {
        size_t maxlen = (size_t)json_integer_value(json_object_get(one, "maxlen"));
        if (maxlen == 0)
            maxlen = mood_sequences_get_longest(&rows);
        int32_t x[5 * 8];
        ck_assert_ok(mood_pad_sequences(&rows, maxlen, side(json_object_get(one, "padding")),
                                        side(json_object_get(one, "truncating")),
                                        (int32_t)json_integer_value(json_object_get(one, "value")), x, err));
        const json_t *wanted = json_object_get(one, "x");
        ck_assert_uint_eq(json_array_size(json_array_get(wanted, 0)), maxlen);
        for (size_t at = 0; at < rows.n * maxlen; at++) {
            const json_t *id = json_array_get(json_array_get(wanted, at / maxlen), at % maxlen);
            ck_assert_msg(x[at] == json_integer_value(id), "case %zu, place %zu: %d", i, at, x[at]);
        }
    }
    ck_assert_uint_eq(i, 48);
    mood_sequences_free(&rows);
    json_decref(padding);
}
END_TEST

START_TEST(test_rows) {
    mood_sequences rows = MOOD_SEQUENCES;
    ck_assert_uint_eq(mood_sequences_get_longest(&rows), 0);
    ck_assert_ok(mood_pad_sequences(&rows, 3, MOOD_PAD_PRE, MOOD_PAD_PRE, 0, NULL, err));
    int32_t ids[300], x[3];
    for (int i = 0; i < 300; i++)
        ids[i] = i;
    for (size_t i = 0; i < 300; i++)
        ck_assert_ok(mood_sequences_append(&rows, ids, i, err));
    ck_assert_uint_eq(rows.n, 300);
    ck_assert_uint_eq(mood_sequences_get_longest(&rows), 299);
    for (size_t i = 0; i < 300; i++)
        ck_assert_mem_eq(rows.ids + rows.starts[i], ids, (rows.starts[i + 1] - rows.starts[i]) * sizeof *ids);
    mood_sequences_clear(&rows);
    ck_assert_uint_eq(rows.n, 0);
    ck_assert_ok(mood_sequences_append(&rows, ids + 7, 1, err));
    ck_assert_ok(mood_sequences_append(&rows, NULL, 0, err));
    ck_assert_uint_eq(rows.starts[1], 1);
    ck_assert_int_eq(rows.ids[0], 7);
    ck_assert_fails(mood_sequences_append(&rows, NULL, 1, err), MOOD_ERR_ARGUMENT, "NULL");
    ck_assert_fails(mood_pad_sequences(&rows, 0, MOOD_PAD_PRE, MOOD_PAD_PRE, 0, x, err), MOOD_ERR_SHAPE, "length 0");
    ck_assert_fails(mood_pad_sequences(&rows, 2, MOOD_PAD_PRE, MOOD_PAD_PRE, 0, NULL, err), MOOD_ERR_ARGUMENT,
                    "x is NULL");
    mood_sequences_free(&rows);
    mood_sequences_free(NULL);
}
END_TEST

/* Texts are appended to existing rows. */
START_TEST(test_texts_append) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    mood_text texts[] = {literal("a b"), literal("b b b")};
    ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, 2, err));
    mood_sequences rows = MOOD_SEQUENCES;
    const int32_t first = 42;
    ck_assert_ok(mood_sequences_append(&rows, &first, 1, err));
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, texts, 2, &rows, NULL, err));
    const int32_t wanted[] = {42, 2, 1, 1, 1, 1};
    ck_assert_uint_eq(rows.n, 3);
    ck_assert_uint_eq(rows.starts[3], 6);
    ck_assert_mem_eq(rows.ids, wanted, sizeof wanted);
    mood_sequences_free(&rows);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* Keras's rows, each followed by an unknown id, 0 and 7. */
START_TEST(test_back_to_texts) {
    json_t *cases = golden("cases"), *one, *row;
    size_t c, i;
    json_array_foreach(cases, c, one) {
        mood_tokenizer *tokenizer = case_tokenizer(one);
        json_t *rows = json_deep_copy(json_object_get(one, "sequences"));
        json_array_foreach(rows, i, row) {
            json_array_append_new(row, json_integer(0));
            json_array_append_new(row, json_integer(7));
            json_array_append_new(row, json_integer(100000));
        }
        mood_sequences sequences = sequences_of(rows);
        mood_text *texts;
        ck_assert_ok(mood_tokenizer_sequences_to_texts(tokenizer, &sequences, &texts, err));
        for (i = 0; i < sequences.n; i++) {
            mood_text wanted = text_of(json_array_get(json_object_get(one, "back"), i));
            ck_assert_msg(texts[i].size == wanted.size && memcmp(texts[i].data, wanted.data, wanted.size) == 0,
                          "%s, row %zu: \"%s\", not \"%s\"", case_name(one), i, texts[i].data, wanted.data);
            ck_assert_int_eq(texts[i].data[texts[i].size], '\0');
        }
        mood_free(texts);
        mood_sequences_free(&sequences);
        json_decref(rows);
        mood_tokenizer_destroy(tokenizer);
    }
    json_decref(cases);
}
END_TEST

static void check_matrix(const char *name, const mood_tokenizer *tokenizer, const json_t *strings,
                         mood_matrix_mode mode, const json_t *rows) {
    size_t n = json_array_size(strings), width = mood_tokenizer_get_matrix_width(tokenizer);
    ck_assert_uint_eq(width, json_array_size(json_array_get(rows, 0)));
    mood_text *texts = texts_of(strings);
    double *x = malloc(n * width * sizeof *x);
    ck_assert_ok(mood_tokenizer_texts_to_matrix(tokenizer, texts, n, mode, x, err));
    for (size_t at = 0; at < n * width; at++) {
        double wanted = json_number_value(json_array_get(json_array_get(rows, at / width), at % width));
        ck_assert_msg(fabs(x[at] - wanted) <= 1e-15 * fabs(wanted), "%s, mode %d, place %zu: %.17g, not %.17g", name,
                      (int)mode, at, x[at], wanted);
    }
    free(x);
    free(texts);
}

START_TEST(test_matrix) {
    static const char *const modes[] = {"binary", "count", "freq", "tfidf"};
    json_t *cases = golden("cases"), *one;
    size_t c, checked = 0;
    json_array_foreach(cases, c, one) {
        json_t *matrices = json_object_get(one, "matrix");
        if (json_is_null(matrices))
            continue;
        mood_tokenizer *tokenizer = case_tokenizer(one);
        for (int mode = 0; mode < 4; mode++, checked++)
            check_matrix(case_name(one), tokenizer, json_object_get(one, "texts"), (mood_matrix_mode)mode,
                         json_object_get(matrices, modes[mode]));
        mood_tokenizer_destroy(tokenizer);
    }
    ck_assert_uint_ge(checked, 20);
    json_decref(cases);
}
END_TEST

START_TEST(test_matrix_errors) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_tokenizer *tokenizer, *limited;
    ck_assert_ok(mood_tokenizer_create(&options, &tokenizer, err));
    options.num_words = 4;
    ck_assert_ok(mood_tokenizer_create(&options, &limited, err));
    mood_text text = literal("a b");
    double x[4];
    ck_assert_uint_eq(mood_tokenizer_get_matrix_width(tokenizer), 0);
    ck_assert_fails(mood_tokenizer_texts_to_matrix(tokenizer, &text, 1, MOOD_MATRIX_COUNT, x, err), MOOD_ERR_STATE,
                    "num_words");
    ck_assert_fails(mood_tokenizer_texts_to_matrix(limited, &text, 1, MOOD_MATRIX_TFIDF, x, err), MOOD_ERR_STATE,
                    "fit");
    ck_assert_ok(mood_tokenizer_texts_to_matrix(limited, &text, 1, MOOD_MATRIX_COUNT, x, err));
    ck_assert(x[0] == 0 && x[1] == 0 && x[2] == 0 && x[3] == 0);
    ck_assert_fails(mood_tokenizer_texts_to_matrix(limited, &text, 1, (mood_matrix_mode)9, x, err), MOOD_ERR_ARGUMENT,
                    "mode 9");
    mood_sequences rows = MOOD_SEQUENCES;
    const int32_t ids[] = {3, 4, 3, -1};
    ck_assert_ok(mood_sequences_append(&rows, ids, 3, err));
    ck_assert_ok(mood_tokenizer_sequences_to_matrix(limited, &rows, MOOD_MATRIX_FREQ, x, err));
    ck_assert_double_eq(x[3], 2.0 / 3.0);
    ck_assert_ok(mood_sequences_append(&rows, ids + 3, 1, err));
    double wide[8];
    ck_assert_fails(mood_tokenizer_sequences_to_matrix(limited, &rows, MOOD_MATRIX_FREQ, wide, err), MOOD_ERR_ARGUMENT,
                    "sequence 1");
    mood_sequences_free(&rows);
    mood_tokenizer_destroy(tokenizer);
    mood_tokenizer_destroy(limited);
}
END_TEST

static void add(TCase *tests) {
    tcase_add_test(tests, test_padding);
    tcase_add_test(tests, test_rows);
    tcase_add_test(tests, test_texts_append);
    tcase_add_test(tests, test_back_to_texts);
    tcase_add_test(tests, test_matrix);
    tcase_add_test(tests, test_matrix_errors);
}

int main(void) {
    return run_tests("sequence", add);
}
