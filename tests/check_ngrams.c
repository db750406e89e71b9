/* The input of n-grams: the choice of columns, gradients, rows that do not depend on others, errors, and invalid files.
 * check_keras.c compares such models with Keras. */
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "model/model.h"
#include "model_fixture.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__}), (sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* ---- columns -------------------------------------------------------------------------------------- */

START_TEST(columns_are_the_ngrams_in_most_rows) {
    static const int32_t x[] = {5, 3, 5, 3, 0, 5, 0, 3, 7, 0, 0, 0}; /* 3 rows; 0 is padding */
    mood_ngrams_options options = MOOD_NGRAMS_OPTIONS;
    struct ngram_input *ngrams;
    int32_t found[NGRAM_LONGEST * 4];
    options.max_columns = 4;
    ck_ok(ngrams_choose(x, 3, 4, &options, &ngrams, err));
    /* 5 and 3 and "5 3" are in two rows, "3 5" and 7 in one; of equal ones the smaller number comes first */
    ck_assert_uint_eq(ngrams->bag.V, 4);
    ck_assert_uint_eq(ngrams->grams[0], 3);
    ck_assert_uint_eq(ngrams->grams[1], 5);
    ck_assert_uint_eq(ngrams->grams[2], ngram_pack((const int32_t[]){5, 3}, 2));
    ck_assert_uint_eq(ngrams->grams[3], 7);
    ck_assert(ngrams->rows[0] == 2 && ngrams->rows[2] == 2 && ngrams->rows[3] == 1 && ngrams->row_count == 3);
    size_t count = ngrams_find(ngrams, (const int32_t[]){5, 0, 3, 9}, 4, found);
    ck_assert_uint_eq(count, 3); /* the words are neighbours, because padding is skipped */
    ck_assert(found[0] == 2 && found[1] == 1 && found[2] == 3);
    ngrams_destroy(ngrams);
    options.min_rows = 2;
    ck_ok(ngrams_choose(x, 3, 4, &options, &ngrams, err));
    ck_assert_uint_eq(ngrams->bag.V, 3);
    ngrams_destroy(ngrams);
}
END_TEST

START_TEST(packed_ngrams_are_unpacked) {
    static const int32_t cases[][NGRAM_LONGEST] = {{1}, {NGRAM_LARGEST_ID}, {1, 2}, {2, 1, NGRAM_LARGEST_ID}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        int32_t ids[NGRAM_LONGEST];
        while (n < NGRAM_LONGEST && cases[i][n])
            n++;
        ck_assert_uint_eq(ngram_unpack(ngram_pack(cases[i], n), ids), n);
        ck_assert_mem_eq(ids, cases[i], n * sizeof *ids);
    }
}
END_TEST

/* ---- models --------------------------------------------------------------------------------------- */

static mood_model *make(mood_device *device, const struct data *data, bool masks, mood_matrix_mode mode) {
    mood_ngrams_options options = MOOD_NGRAMS_OPTIONS;
    mood_model *model;
    options.mode = mode;
    options.longest = 3;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, masks ? "Embedding(23, 5, mask_zero=True)" : "Embedding(23, 5)", err));
    ck_ok(mood_model_set_ngrams(model, &options, data->x, N, T, err));
    ck_ok(mood_model_add(model, "LSTM(4, return_sequences=True, name='l')", err));
    ck_ok(mood_model_connect(model, "GlobalMaxPooling1D(name='m')", NAMES("l"), err));
    ck_ok(mood_model_connect(model, "UnitNormalization(name='u')", NAMES("ngrams"), err));
    ck_ok(mood_model_connect(model, "Dense(3, activation='tanh', name='d')", NAMES("u"), err));
    ck_ok(mood_model_connect(model, "Concatenate()", NAMES("m", "d"), err));
    ck_ok(mood_model_add(model, "UnitNormalization()", err));
    ck_ok(mood_model_add(model, "Rescaling(3, offset=-0.5)", err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
    ck_ok(mood_model_build(model, T, 3, err));
    return model;
}

START_TEST(ngrams_have_gradients) {
    static const mood_matrix_mode modes[] = {MOOD_MATRIX_TF_IDF, MOOD_MATRIX_COUNT, MOOD_MATRIX_MULTI_HOT};
    mood_device *device = devices_get(_i);
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    for (int i = 0; i < 3; i++) {
        mood_model *model = make(device, &data, i == 0, modes[i]);
        ck_ok(mood_model_compile(model, NULL, err));
        float *gradients = gradients_of(model, &data, 1, N), *sliced = gradients_of(model, &data, 1, 3);
        check_slopes(model, &data, 1, gradients);
        for (size_t k = 0; k < model->trainable_count; k++)
            ck_assert_float_eq_tol(sliced[k], gradients[k], 1e-6f);
        free(gradients);
        free(sliced);
        mood_model_destroy(model);
    }
}
END_TEST

/* Also rows of padding only, which have no n-grams. */
START_TEST(a_row_does_not_depend_on_the_others) {
    mood_device *device = devices_get(_i);
    struct data data;
    float all[N], some[N];
    fill_data(&data, "binary_crossentropy", 1);
    memset(data.x + 2 * T, 0, T * sizeof *data.x);
    for (int masks = 0; masks < 2; masks++) {
        mood_model *model = make(device, &data, masks, MOOD_MATRIX_TF_IDF);
        ck_ok(mood_model_predict(model, data.x, N, T, 0, all, err));
        for (size_t batch = 1; batch < N; batch += 3) {
            ck_ok(mood_model_predict(model, data.x, N, T, batch, some, err));
            ck_assert_mem_eq(all, some, sizeof all);
        }
        mood_model_destroy(model);
    }
}
END_TEST

START_TEST(ngrams_are_checked) {
    mood_device *device = devices_get(_i);
    mood_ngrams_options options = MOOD_NGRAMS_OPTIONS;
    mood_model *model;
    mood_error said;
    int32_t x[] = {1, 2, 3, 4};
    ck_ok(mood_model_create(device, &model, err));
    refused(mood_model_set_ngrams(model, NULL, x, 2, 2, &said), &said, MOOD_ERR_STATE, "begins with an Embedding");
    ck_ok(mood_model_add(model, "Embedding(5, 2, name='e')", err));
    options.longest = 4;
    refused(mood_model_set_ngrams(model, &options, x, 2, 2, &said), &said, MOOD_ERR_ARGUMENT, "1 to 3 words");
    options.longest = 2;
    options.max_columns = 0;
    refused(mood_model_set_ngrams(model, &options, x, 2, 2, &said), &said, MOOD_ERR_ARGUMENT, "0 n-grams");
    options.max_columns = 9;
    options.mode = MOOD_MATRIX_FREQ;
    refused(mood_model_set_ngrams(model, &options, x, 2, 2, &said), &said, MOOD_ERR_ARGUMENT, "multi_hot");
    options.mode = MOOD_MATRIX_COUNT;
    options.min_rows = 3;
    refused(mood_model_set_ngrams(model, &options, x, 2, 2, &said), &said, MOOD_ERR_FORMAT, "no n-gram");
    options.min_rows = 1;
    x[3] = 5;
    refused(mood_model_set_ngrams(model, &options, x, 2, 2, &said), &said, MOOD_ERR_ARGUMENT, "row 1, step 1: id 5");
    x[3] = 4;
    ck_ok(mood_model_set_ngrams(model, &options, x, 2, 2, err));
    refused(mood_model_set_ngrams(model, &options, x, 2, 2, &said), &said, MOOD_ERR_STATE, "has n-grams already");
    refused(mood_model_connect(model, "LSTM(2, name='ngrams')", NAMES("e"), &said), &said, MOOD_ERR_ARGUMENT,
            "no layer can be called ngrams");
    ck_ok(mood_model_connect(model, "LSTM(3, name='l')", NAMES("e"), err));
    refused(mood_model_build(model, 2, 0, &said), &said, MOOD_ERR_STATE, "0 layers take the n-grams");
    ck_ok(mood_model_connect(model, "Dropout(0.5, name='o')", NAMES("ngrams"), err));
    ck_ok(mood_model_connect(model, "Dense(3, name='d')", NAMES("o"), err));
    ck_ok(mood_model_connect(model, "Add()", NAMES("l", "d"), err));
    refused(mood_model_build(model, 2, 0, &said), &said, MOOD_ERR_UNSUPPORTED, "Dropout does not take bags");
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("ngrams", &suite), *longer = add_case("longer", suite);
    tcase_add_test(tcase, columns_are_the_ngrams_in_most_rows);
    tcase_add_test(tcase, packed_ngrams_are_unpacked);
    ADD_DEVICE_TEST(longer, ngrams_have_gradients);
    ADD_DEVICE_TEST(tcase, a_row_does_not_depend_on_the_others);
    ADD_DEVICE_TEST(tcase, ngrams_are_checked);
    return run_suite(suite);
}
