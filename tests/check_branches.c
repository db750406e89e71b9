/* Models with branches: gradients, errors of mood_model_connect, and the summary. check_keras.c compares them with
 * Keras. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "layers.h"
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

/* Queries, values and keys of different lengths and widths. */
static void add_attention(mood_model *model) {
    ck_ok(mood_model_add(model, "Embedding(23, 5, name='e')", err));
    ck_ok(mood_model_add(model, "Conv1D(5, 3, name='k')", err));
    ck_ok(mood_model_connect(model, "Conv1D(4, 3, name='v')", NAMES("e"), err));
    ck_ok(mood_model_connect(model, "Attention(True, dropout=0.3, name='a')", NAMES("e", "v", "k"), err));
    ck_ok(mood_model_connect(model, "Attention(True, 'concat', name='c')", NAMES("k", "e"), err));
    ck_ok(mood_model_connect(model, "Attention(score_mode='concat', name='o')", NAMES("c", "c"), err));
    ck_ok(mood_model_connect(model, "AdditiveAttention(name='d')", NAMES("e", "o"), err));
    ck_ok(mood_model_connect(model, "AdditiveAttention(False, 0.2, name='f')", NAMES("d", "e"), err));
    ck_ok(mood_model_connect(model, "Concatenate()", NAMES("a", "f"), err));
    ck_ok(mood_model_add(model, "GlobalAveragePooling1D()", err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
}

static void add_heads(mood_model *model) {
    ck_ok(mood_model_add(model, "Embedding(23, 5, name='e')", err));
    ck_ok(mood_model_add(model, "Conv1D(4, 3, name='v')", err));
    ck_ok(mood_model_connect(model, "MultiHeadAttention(3, 2, value_dim=4, dropout=0.3, name='a')", NAMES("e", "v"),
                             err));
    ck_ok(mood_model_connect(model, "Conv1D(6, 3, name='k')", NAMES("a"), err));
    ck_ok(mood_model_connect(model, "MultiHeadAttention(2, 3, output_shape=7, use_bias=False, name='b')",
                             NAMES("a", "v", "k"), err));
    ck_ok(mood_model_connect(model, "MultiHeadAttention(1, 4, kernel_regularizer=l2(0.02), name='c')", NAMES("b", "b"),
                             err));
    ck_ok(mood_model_add(model, "GlobalAveragePooling1D()", err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
}

static void add_masked_heads(mood_model *model) {
    ck_ok(mood_model_add(model, "Embedding(23, 5, mask_zero=True, name='e')", err));
    ck_ok(mood_model_connect(model, "MultiHeadAttention(2, 3, name='a')", NAMES("e", "e"), err));
    ck_ok(mood_model_connect(model, "Add()", NAMES("a", "e"), err));
    ck_ok(mood_model_add(model, "LSTM(4)", err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
}

/* With masked steps, and with a following layer that does not use the mask. */
static void add_masked_attention(mood_model *model) {
    ck_ok(mood_model_add(model, "Embedding(23, 5, mask_zero=True, name='e')", err));
    ck_ok(mood_model_add(model, "LSTM(5, return_sequences=True, name='l')", err));
    ck_ok(mood_model_connect(model, "Attention(name='a')", NAMES("l", "e"), err));
    ck_ok(mood_model_connect(model, "AdditiveAttention(dropout=0.3, name='d')", NAMES("e", "a", "l"), err));
    ck_ok(mood_model_add(model, "GRU(4, name='g')", err));
    ck_ok(mood_model_connect(model, "Flatten(name='f')", NAMES("d"), err));
    ck_ok(mood_model_connect(model, "Concatenate()", NAMES("g", "f"), err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
}

static void check_gradients(int device_index, void (*add)(mood_model *)) {
    mood_device *device = devices_get(device_index);
    mood_model *model;
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    memset(data.x + 2 * T, 0, T * sizeof *data.x);
    ck_ok(mood_model_create(device, &model, err));
    add(model);
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
}

START_TEST(branches_have_gradients) {
    check_gradients(_i, add_branches);
}
END_TEST

START_TEST(attention_has_gradients) {
    check_gradients(_i, add_attention);
    check_gradients(_i, add_masked_attention);
    check_gradients(_i, add_heads);
    check_gradients(_i, add_masked_heads);
}
END_TEST

/* A row's attention does not depend on the other rows, bitwise. */
START_TEST(attention_of_a_row_does_not_depend_on_the_others) {
    static void (*const adds[])(mood_model *) = {add_attention, add_masked_attention, add_heads, add_masked_heads};
    mood_device *device = devices_get(_i);
    struct data data;
    fill_data(&data, "binary_crossentropy", 1);
    for (size_t i = 0; i < sizeof adds / sizeof *adds; i++) {
        mood_model *model;
        float all[N], some[N];
        ck_ok(mood_model_create(device, &model, err));
        adds[i](model);
        ck_ok(mood_model_build(model, T, 3, err));
        ck_ok(mood_model_predict(model, data.x, N, T, 0, all, err));
        for (size_t batch = 1; batch < N; batch += 3) {
            ck_ok(mood_model_predict(model, data.x, N, T, batch, some, err));
            ck_assert_mem_eq(all, some, sizeof all);
        }
        mood_model_destroy(model);
    }
}
END_TEST

/* Also if only one of the inputs is masked. */
START_TEST(inputs_of_attention_are_checked) {
    static const struct {
        const char *embedding, *layer, *attention;
        size_t inputs;
        const char *says;
    } cases[] = {
        {"Embedding(23, 5, name='e')", "LSTM(4, return_sequences=True, name='l')", "Attention()", 2,
         "query and key must have the same width"},
        {"Embedding(23, 5, name='e')", "LSTM(5, name='l')", "Attention()", 2, "Attention takes a sequence"},
        {"Embedding(23, 5, name='e')", "Conv1D(5, 3, name='l')", "AdditiveAttention()", 3,
         "its value has 4 steps and its key 6"},
        {"Embedding(23, 5, name='e')", "Conv1D(5, 3, name='l')", "Attention()", 4, "it takes 2 or 3 inputs"},
        {"Embedding(23, 5, mask_zero=True, name='e')", "Conv1D(5, 3, name='l')", "Attention()", 2,
         "cannot compute Attention of these masked sequences"},
        {"Embedding(23, 5, mask_zero=True, name='e')", "LSTM(4, return_sequences=True, name='l')",
         "MultiHeadAttention(2, 3)", 2, "one takes the masked steps and the other does not"},
        {"Embedding(23, 5, name='e')", "LSTM(4, return_sequences=True, name='l')", "MultiHeadAttention(65536, 65536)",
         2, "65536 heads of 65536 numbers are too many"},
        {"Embedding(23, 5, name='e')", "LSTM(4, return_sequences=True, name='l')", "MultiHeadAttention(8388608, 1)", 2,
         "needs more numbers per row than the maximum (2^28)"},
    };
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const inputs[] = {"e", "l", "e", "e"};
        mood_model *model;
        mood_error said;
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, cases[i].embedding, err));
        ck_ok(mood_model_add(model, cases[i].layer, err));
        ck_ok(mood_model_connect(model, cases[i].attention, inputs, cases[i].inputs, err));
        ck_ok(mood_model_add(model, "GlobalMaxPooling1D()", err));
        mood_status status = mood_model_build(model, T, 0, &said);
        ck_assert_msg(status != MOOD_OK, "case %zu", i);
        refused(status, &said, status, cases[i].says);
        mood_model_destroy(model);
    }
}
END_TEST

START_TEST(connections_are_checked) {
    mood_device *device = devices_get(_i);
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
}
END_TEST

/* Keras computes masked steps of these layers in another way, or with a mask of more steps. */
START_TEST(masks_that_cannot_be_followed_are_refused) {
    static const char *const merges[] = {"Multiply()", "Maximum()", "Minimum()", "Concatenate(axis=1)"};
    mood_device *device = devices_get(_i);
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
}
END_TEST

/* A Softmax would apply the mask to its last axis; a PReLU needs the index of each time step. */
START_TEST(masked_steps_that_differ_are_refused) {
    static const char *const layers[][2] = {{"Softmax()", "of these masked sequences"},
                                            {"PReLU()", "one takes the masked steps and the other does not"}};
    mood_device *device = devices_get(_i);
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
}
END_TEST

/* Masking elsewhere than after the Embedding, or when another layer takes the Embedding's output. */
START_TEST(masking_elsewhere_is_refused) {
    const char *const *const models[] = {LAYERS("LSTM(4, return_sequences=True)", "Masking()", "LSTM(3)"),
                                         LAYERS("SpatialDropout1D(0.2)", "Masking()", "LSTM(3)"),
                                         LAYERS("Masking()", "Masking()", "LSTM(3)")};
    mood_device *device = devices_get(_i);
    mood_model *model;
    mood_error said;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, "Embedding(23, 5)", err));
        ck_ok(append_layers(model, models[i], err));
        refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_UNSUPPORTED,
                "only as the layer after the Embedding");
        mood_model_destroy(model);
    }
    ck_ok(mood_model_create(device, &model, err));
    refused(mood_model_add(model, "Masking(1.0)", &said), &said, MOOD_ERR_UNSUPPORTED, "\"mask_value\" is 1");
    ck_ok(mood_model_add(model, "Embedding(23, 5, name='e')", err));
    ck_ok(mood_model_add(model, "Masking()", err));
    ck_ok(mood_model_add(model, "LSTM(5, return_sequences=True, name='l')", err));
    ck_ok(mood_model_connect(model, "Add()", NAMES("e", "l"), err));
    refused(mood_model_build(model, T, 0, &said), &said, MOOD_ERR_UNSUPPORTED,
            "no other layer takes the Embedding's output");
    mood_model_destroy(model);
}
END_TEST

/* Each is twice as wide as the one before it. */
START_TEST(outputs_are_not_too_large) {
    mood_device *device = devices_get(_i);
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
}
END_TEST

/* NaN in one of the inputs gives NaN in the output, as in Keras; here it is the difference of infinities. */
START_TEST(a_maximum_does_not_hide_a_nan) {
    static const char *const merges[] = {"Maximum()", "Minimum()"};
    mood_device *device = devices_get(_i);
    mood_error said;
    for (size_t i = 0; i < 4; i++) {
        mood_model *model;
        struct data data;
        float huge[5 * 5], y[5 * N];
        fill_data(&data, "binary_crossentropy", 1);
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
}
END_TEST

START_TEST(a_summary_shows_connections) {
    mood_device *device = devices_get(_i);
    mood_model *model;
    char *summary;
    ck_ok(mood_model_create(device, &model, err));
    add_branches(model);
    ck_ok(mood_model_summary(model, 112, &summary, err));
    ck_assert_msg(strstr(summary, "Connected to") && strstr(summary, "│ g[0][0], l[0][0],") != NULL, "%s", summary);
    free(summary);
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("branches", &suite), *longer = add_case("longer", suite);
    ADD_DEVICE_TEST(longer, branches_have_gradients);
    ADD_DEVICE_TEST(longer, attention_has_gradients);
    ADD_DEVICE_TEST(tcase, attention_of_a_row_does_not_depend_on_the_others);
    ADD_DEVICE_TEST(tcase, inputs_of_attention_are_checked);
    ADD_DEVICE_TEST(tcase, connections_are_checked);
    ADD_DEVICE_TEST(tcase, masks_that_cannot_be_followed_are_refused);
    ADD_DEVICE_TEST(tcase, masked_steps_that_differ_are_refused);
    ADD_DEVICE_TEST(tcase, masking_elsewhere_is_refused);
    ADD_DEVICE_TEST(tcase, outputs_are_not_too_large);
    ADD_DEVICE_TEST(tcase, a_maximum_does_not_hide_a_nan);
    ADD_DEVICE_TEST(tcase, a_summary_shows_connections);
    return run_suite(suite);
}
