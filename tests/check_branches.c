/* Models with branches: gradients, what mood_model_connect refuses, and the summary. check_keras.c compares them with
 * Keras. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model_fixture.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__}), (sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Every layer that merges; an output with several users; a branch that ends in the input of another. */
static void add_branches(mood_model *model) {
    ck_ok(mood_model_add(model, "Embedding(23, 5, mask_zero=True, name='e')", err));
    ck_ok(mood_model_add(model, "LSTM(5, return_sequences=True, name='l')", err));
    ck_ok(mood_model_connect(model, "Add(name='a')", NAMES("e", "l"), err));
    ck_ok(mood_model_connect(model, "GRU(4, return_sequences=True, name='g')", NAMES("a"), err));
    ck_ok(mood_model_connect(model, "Concatenate(name='c')", NAMES("g", "l", "a"), err));
    ck_ok(mood_model_connect(model, "GlobalAveragePooling1D(name='mean')", NAMES("c"), err));
    ck_ok(mood_model_connect(model, "Flatten()", NAMES("g"), err));
    ck_ok(mood_model_add(model, "Dense(4, name='d')", err));
    ck_ok(mood_model_connect(model, "LSTM(4, name='s')", NAMES("l"), err));
    ck_ok(mood_model_connect(model, "Multiply(name='m')", NAMES("d", "s", "d"), err));
    ck_ok(mood_model_connect(model, "Subtract(name='b')", NAMES("m", "s"), err));
    ck_ok(mood_model_connect(model, "Average(name='v')", NAMES("b", "d", "s"), err));
    ck_ok(mood_model_connect(model, "Maximum(name='x')", NAMES("v", "s"), err));
    ck_ok(mood_model_connect(model, "Minimum(name='n')", NAMES("x", "d"), err));
    ck_ok(mood_model_connect(model, "Concatenate()", NAMES("n", "mean", "v"), err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
}

START_TEST(branches_have_gradients) {
    mood_device *device = devices_open(_i);
    mood_model *model;
    struct data data;
    fill_data(&data, MOOD_BINARY_CROSSENTROPY, 1);
    memset(data.x + 2 * T, 0, T * sizeof *data.x);
    ck_ok(mood_model_create(device, &model, err));
    add_branches(model);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, NULL, err));
    float *gradients = gradients_of(model, &data, 1, N);
    check_slopes(model, &data, 1, gradients);
    float *sliced = gradients_of(model, &data, 1, 3);
    for (size_t i = 0; i < model->trainable_count; i++)
        ck_assert_float_eq_tol(sliced[i], gradients[i], 1e-6f);
    free(gradients);
    free(sliced);
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

START_TEST(connections_are_checked) {
    mood_device *device = devices_open(_i);
    mood_model *model;
    mood_error said;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, "Embedding(23, 5, name='e')", err));
    refused(mood_model_connect(model, "LSTM(3)", NAMES("nosuch"), &said), &said, MOOD_ERR_ARGUMENT,
            "no layer \"nosuch\"");
    refused(mood_model_connect(model, "LSTM(3)", NAMES("e", "e"), &said), &said, MOOD_ERR_ARGUMENT,
            "takes the output of one layer");
    refused(mood_model_add(model, "Add()", &said), &said, MOOD_ERR_ARGUMENT, "at least two layers");
    refused(mood_model_connect(model, "Add()", NULL, 0, &said), &said, MOOD_ERR_ARGUMENT, "the names of 1 to 8 layers");
    ck_ok(mood_model_add(model, "LSTM(3, name='l')", err));
    ck_ok(mood_model_connect(model, "GRU(4, name='g')", NAMES("e"), err));
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_STATE, "layer l: no layer takes its output");
    ck_ok(mood_model_connect(model, "Add(name='a')", NAMES("l", "g"), err));
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_SHAPE,
            "layer a: input 2 has 1 steps of 4 numbers, input 1 has 1 of 3");
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

/* Keras computes masked steps of these in another way, or with a mask of more steps. */
START_TEST(masks_that_cannot_be_followed_are_refused) {
    static const char *const merges[] = {"Multiply()", "Maximum()", "Minimum()", "Concatenate(axis=1)"};
    mood_device *device = devices_open(_i);
    mood_error said;
    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
        mood_model *model;
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, "Embedding(23, 5, mask_zero=True, name='e')", err));
        ck_ok(mood_model_add(model, i == 3 ? "Dense(5, name='c')" : "Conv1D(5, 3, padding='same', name='c')", err));
        ck_ok(mood_model_connect(model, merges[i], NAMES("e", "c"), err));
        ck_ok(mood_model_add(model, i == 3 ? "LSTM(3)" : "GlobalMaxPooling1D()", err));
        refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_UNSUPPORTED, "of these masked sequences");
        mood_model_destroy(model);
    }
    mood_device_destroy(device);
}
END_TEST

/* One after the other, each twice as wide. */
/* A Softmax would take the mask for one of its last axis; a PReLU needs to know at which time a step is. */
START_TEST(masked_steps_that_differ_are_refused) {
    static const char *const layers[][2] = {{"Softmax()", "of these masked sequences"},
                                            {"PReLU()", "one takes the masked steps and the other does not"}};
    mood_device *device = devices_open(_i);
    mood_error said;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        mood_model *model;
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, "Embedding(23, 5, mask_zero=True)", err));
        ck_ok(mood_model_add(model, layers[i][0], err));
        ck_ok(mood_model_add(model, "LSTM(3)", err));
        refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_UNSUPPORTED, layers[i][1]);
        mood_model_destroy(model);
    }
    mood_device_destroy(device);
}
END_TEST

START_TEST(outputs_are_not_too_large) {
    mood_device *device = devices_open(_i);
    mood_model *model;
    mood_error said;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, "Embedding(23, 5)", err));
    for (int i = 0; i < 70; i++) {
        const char *last = model->layers[model->layer_count - 1]->name;
        ck_ok(mood_model_connect(model, "Concatenate()", NAMES(last, last), err));
    }
    ck_ok(mood_model_add(model, "Flatten()", err));
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_SHAPE, "larger than the maximum (2^28 numbers)");
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

/* A NaN in either input is a NaN in the output, as in Keras: here of a difference of infinities. */
START_TEST(a_maximum_does_not_hide_a_nan) {
    static const char *const merges[] = {"Maximum()", "Minimum()"};
    mood_device *device = devices_open(_i);
    mood_error said;
    for (size_t i = 0; i < 4; i++) {
        mood_model *model;
        struct data data;
        float huge[5 * 5], y[5 * N];
        fill_data(&data, MOOD_BINARY_CROSSENTROPY, 1);
        for (size_t k = 0; k < sizeof huge / sizeof *huge; k++)
            huge[k] = 3e38f;
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, "Embedding(23, 5, embeddings_initializer='ones')", err));
        ck_ok(mood_model_add(model, "GlobalAveragePooling1D(name='g')", err));
        ck_ok(mood_model_add(model, "Dense(5, use_bias=False, name='d')", err));
        ck_ok(mood_model_connect(model, "Subtract(name='s')", NAMES("d", "d"), err));
        if (i < 2)
            ck_ok(mood_model_connect(model, merges[i], NAMES("s", "g"), err));
        else
            ck_ok(mood_model_connect(model, merges[i - 2], NAMES("g", "s"), err));
        ck_ok(mood_model_build(model, T, 1, err));
        ck_ok(mood_model_set_weight(model, 1, huge, sizeof huge / sizeof *huge, err));
        refused(mood_model_predict(model, data.x, N, T, 0, y, &said), &said, MOOD_ERR_STATE, "NaN");
        mood_model_destroy(model);
    }
    mood_device_destroy(device);
}
END_TEST

START_TEST(a_summary_shows_connections) {
    mood_device *device = devices_open(_i);
    mood_model *model;
    char *summary;
    ck_ok(mood_model_create(device, &model, err));
    add_branches(model);
    ck_ok(mood_model_summary(model, 112, &summary, err));
    ck_assert_msg(strstr(summary, "Connected to") && strstr(summary, "│ g[0][0], l[0][0],") != NULL, "%s", summary);
    free(summary);
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("branches", &suite), *longer = add_case("longer", suite);
    ADD_DEVICE_TEST(longer, branches_have_gradients);
    ADD_DEVICE_TEST(tcase, connections_are_checked);
    ADD_DEVICE_TEST(tcase, masks_that_cannot_be_followed_are_refused);
    ADD_DEVICE_TEST(tcase, masked_steps_that_differ_are_refused);
    ADD_DEVICE_TEST(tcase, outputs_are_not_too_large);
    ADD_DEVICE_TEST(tcase, a_maximum_does_not_hide_a_nan);
    ADD_DEVICE_TEST(tcase, a_summary_shows_connections);
    return run_suite(suite);
}
