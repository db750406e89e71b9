/* Bags of words: the sparse product equals the dense one, gradients are correct, and results do not depend on the
 * padding and the batches of the rows. check_keras.c compares with Keras. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "model/predict.h"
#include "model/slice.h"
#include "model_fixture.h"

#define WIDE "Dense(37, activation='relu')"
#define SCORE "Dense(1, activation='sigmoid')"

/* A tokenizer of V - 1 words, w1 … w22, each in a different number of texts; num_words: V, or another number. */
static mood_tokenizer *make_tokenizer(size_t num_words) {
    mood_tokenizer *tokenizer;
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = num_words;
    ck_ok(mood_tokenizer_create(&options, &tokenizer, err));
    for (int text = 1; text < V; text++) {
        char words[V * 4] = "";
        for (int word = 1; word <= V - text; word++)
            sprintf(words + strlen(words), "w%d ", word);
        ck_ok(mood_tokenizer_fit(tokenizer, &(mood_text){words, strlen(words)}, 1, err));
    }
    return tokenizer;
}

/* A built and compiled model of bags of words of that mode. */
static mood_model *make_model(mood_device *device, mood_matrix_mode mode, const char *const *layers) {
    mood_model *model;
    mood_tokenizer *tokenizer = make_tokenizer(V);
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, layers, err));
    ck_ok(mood_model_set_matrix(model, mode, tokenizer, err));
    ck_ok(mood_model_build(model, 0, 3, err));
    ck_ok(mood_model_compile(model, NULL, err));
    mood_tokenizer_destroy(tokenizer);
    return model;
}

/* Rows with words that occur several times, padding on both sides and in between, and one row without words. */
static void fill(struct data *data) {
    fill_data(data, "binary_crossentropy", 1);
    for (size_t t = 0; t < T; t++) {
        data->x[2 * T + t] = 0;
        data->x[3 * T + t] = t % 3 ? 5 : 0;
    }
}

static void assert_close(const float *a, const float *b, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabsf(a[i] - b[i]) <= 1e-6f * fmaxf(1, fabsf(b[i])), "%s %zu: %.9g, not %.9g", what, i,
                      (double)a[i], (double)b[i]);
}

/* ---- sparse and dense ---------------------------------------------------------------------------- */

/* If the first layer takes vectors only, the bags are expanded. Outputs and scores are bitwise identical. */
START_TEST(sparse_and_dense_products_are_the_same) {
    mood_device *device = devices_get(_i);
    struct data data;
    float sparse[N], dense[N];
    fill(&data);
    for (mood_matrix_mode mode = MOOD_MATRIX_BINARY; mode <= MOOD_MATRIX_TFIDF; mode++) {
        mood_model *a = make_model(device, mode, LAYERS(WIDE, SCORE));
        mood_model *b = make_model(device, mode, LAYERS("Activation('linear')", WIDE, SCORE));
        for (size_t i = 0; i < mood_model_count_weights(a); i++) {
            mood_weight_info info;
            float values[V * 37];
            ck_ok(mood_model_weight_info(a, i, &info, err));
            ck_ok(mood_model_get_weight(a, i, values, info.count, err));
            ck_ok(mood_model_set_weight(b, i, values, info.count, err));
        }
        ck_ok(mood_model_predict(a, data.x, N, T, 0, sparse, err));
        ck_ok(mood_model_predict(b, data.x, N, T, 4, dense, err));
        ck_assert_mem_eq(sparse, dense, sizeof sparse);
        float *gradients = gradients_of(a, &data, 1, N), *others = gradients_of(b, &data, 1, N);
        assert_close(gradients, others, a->trainable_count, "gradient");
        free(gradients);
        free(others);
        mood_model_destroy(a);
        mood_model_destroy(b);
    }
}
END_TEST

/* ---- gradients ----------------------------------------------------------------------------------- */

static double loss_with(mood_model *model, const struct data *data, const struct variable *variable, float *values,
                        size_t index, float value) {
    float kept = values[index];
    values[index] = value;
    ck_ok(model_write(model, MODEL_VALUES, variable, values, err));
    double loss = evaluated_loss(model, data, 1, N);
    values[index] = kept;
    ck_ok(model_write(model, MODEL_VALUES, variable, values, err));
    return loss;
}

START_TEST(gradients_are_numeric_gradients) {
    mood_device *device = devices_get(_i);
    mood_model *model = make_model(device, MOOD_MATRIX_COUNT, LAYERS("Dense(19, activation='tanh')", SCORE));
    struct data data;
    const float h = 0.02f;
    fill(&data);
    float *gradients = gradients_of(model, &data, 1, 4);
    for (size_t k = 0; k < 2; k++) {
        const struct variable *variable = layer_variable(model->layers[0], k);
        float *values = malloc(variable->count * sizeof *values);
        ck_ok(model_read(model, MODEL_VALUES, variable, values, err));
        for (size_t i = 0; i < variable->count; i += 7) {
            double right = loss_with(model, &data, variable, values, i, values[i] + h);
            double left = loss_with(model, &data, variable, values, i, values[i] - h);
            double numeric = (right - left) / (2 * (double)h), exact = (double)gradients[variable->offset + i];
            ck_assert_msg(fabs(numeric - exact) <= 2e-4, "%s %zu: %g, numeric %g", variable->name, i, exact, numeric);
        }
        free(values);
    }
    free(gradients);
    mood_model_destroy(model);
}
END_TEST

/* ---- rows and batches ---------------------------------------------------------------------------- */

/* The same words with more padding, before and after them, in one batch or row by row. */
START_TEST(scores_do_not_depend_on_padding_and_batches) {
    enum { LONG = 40 };
    mood_device *device = devices_get(_i);
    mood_model *model = make_model(device, MOOD_MATRIX_FREQ, LAYERS(WIDE, "Dropout(0.5)", SCORE));
    struct data data;
    int32_t x[N * LONG] = {0};
    float wanted[N], scores[N];
    fill(&data);
    ck_ok(mood_model_predict(model, data.x, N, T, 0, wanted, err));
    ck_assert_uint_eq(mood_model_get_timesteps(model), 0);
    for (size_t i = 0; i < N; i++)
        memcpy(x + i * LONG + i * 3, data.x + i * T, T * sizeof *x);
    for (size_t batch = 1; batch <= N; batch += 4) {
        ck_ok(mood_model_predict(model, x, N, LONG, batch, scores, err));
        ck_assert_mem_eq(scores, wanted, sizeof wanted);
    }
    struct context *context; /* a context that starts with small rows and grows */
    ck_ok(context_create(model, model->queue, N, false, &context, err));
    size_t starts[N + 1] = {0};
    int32_t *words = calloc(N * 1000, sizeof *words);
    for (size_t i = 0; i < N * 1000; i++)
        words[i] = (int32_t)(i % V);
    for (size_t i = 1; i <= N; i++)
        starts[i] = starts[i - 1] + 1000 - i;
    struct rows rows = {.x = words, .starts = starts, .n = N};
    ck_ok(batch_resize(&context->batch, 4, err));
    ck_ok(context_start(context, &rows, 0, N, err));
    ck_ok(context_finish(context, N, wanted, err));
    ck_assert_uint_ge(context->batch.words.capacity, N * (V - 1));
    for (size_t i = 0; i < N; i++) {
        ck_ok(mood_model_predict(model, words + starts[i], 1, starts[i + 1] - starts[i], 1, scores, err));
        ck_assert_mem_eq(scores, wanted + i, sizeof *scores);
    }
    free(words);
    context_destroy(context);
    mood_model_destroy(model);
}
END_TEST

/* A batch whose words do not fit the device's memory fails; the next one is scored. */
START_TEST(too_many_words_are_an_error_of_their_batch) {
    mood_device *device = devices_open(_i);
    mood_model *model = make_model(device, MOOD_MATRIX_COUNT, LAYERS(SCORE));
    size_t limit = device->largest_buffer, starts[] = {0, V - 1};
    int32_t words[V];
    float wanted, score;
    struct context *context;
    for (int32_t i = 0; i < V; i++)
        words[i] = i + 1;
    struct rows rows = {.x = words, .starts = starts, .n = 1};
    ck_ok(context_create(model, model->queue, 1, false, &context, err));
    ck_ok(mood_model_predict(model, words, 1, 2, 0, &wanted, err));
    ck_ok(batch_resize(&context->batch, 1, err));
    device->largest_buffer = 100;
    mood_error failed = {.message = ""};
    for (int round = 0; round < 2; round++)
        ck_assert_int_eq(context_start(context, &rows, 0, 1, &failed), MOOD_ERR_DEVICE);
    device->largest_buffer = limit;
    starts[1] = 2;
    ck_ok(context_start(context, &rows, 0, 1, err));
    ck_ok(context_finish(context, 1, &score, err));
    ck_assert_float_eq(score, wanted);
    context_destroy(context);
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

START_TEST(training_is_reproducible_and_learns) {
    mood_device *device = devices_get(_i);
    struct data data;
    mood_fit_options options = MOOD_FIT_OPTIONS;
    double losses[2];
    options.epochs = 100;
    options.batch_size = 4;
    fill(&data);
    for (int i = 0; i < 2; i++) {
        mood_model *model = make_model(device, MOOD_MATRIX_TFIDF, LAYERS("Dropout(0.1)", WIDE, SCORE));
        ck_ok(mood_model_fit(model, data.x, N, T, data.y, 1, &options, NULL, err));
        losses[i] = evaluated_loss(model, &data, 1, 0);
        mood_model_destroy(model);
    }
    ck_assert_double_eq(losses[0], losses[1]);
    ck_assert_double_lt(losses[0], 0.4);
    /* Slices of a batch add up to its gradients. */
    mood_model *model = make_model(device, MOOD_MATRIX_COUNT, LAYERS(WIDE, SCORE));
    float *whole = gradients_of(model, &data, 1, N), *slices = gradients_of(model, &data, 1, 3);
    assert_close(slices, whole, model->trainable_count, "gradient in slices");
    free(whole);
    free(slices);
    mood_model_destroy(model);
}
END_TEST

/* The memory of expanded bags counts as memory of a batch; stored bags take no more memory than their texts. */
START_TEST(wide_bags_cut_batches) {
    enum { WORDS = 1000000, BATCH = 100000 };
    mood_device *device = devices_open(_i);
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_tokenizer *tokenizer;
    options.num_words = WORDS;
    ck_ok(mood_tokenizer_create(&options, &tokenizer, err));
    for (int dense = 0; dense < 2; dense++) {
        mood_model *model;
        size_t rows;
        int32_t x[3] = {0, WORDS - 1, 7};
        float y;
        ck_ok(mood_model_create(device, &model, err));
        if (dense)
            ck_ok(mood_model_add(model, "Activation('linear')", err));
        ck_ok(mood_model_add(model, SCORE, err));
        ck_ok(mood_model_set_matrix(model, MOOD_MATRIX_BINARY, tokenizer, err));
        ck_ok(mood_model_build(model, 3, 0, err));
        device->largest_buffer = (size_t)512 << 20;
        ck_ok(slice_to_fit(model, false, BATCH, &rows, err));
        if (dense)
            ck_assert_uint_le(rows, ((size_t)512 << 20) / WORDS / sizeof(float));
        else
            ck_assert_uint_eq(rows, BATCH);
        ck_ok(mood_model_predict(model, x, 1, 3, 0, &y, err));
        mood_model_destroy(model);
    }
    mood_tokenizer_destroy(tokenizer);
    mood_device_destroy(device);
}
END_TEST

/* ---- invalid arguments --------------------------------------------------------------------------- */

static mood_error error;

static void assert_fails(mood_status status, mood_status wanted, const char *part) {
    ck_assert_msg(status == wanted && strstr(error.message, part), "%s instead of %s, \"%s\" instead of \"%s\"",
                  mood_status_name(status), mood_status_name(wanted), error.message, part);
}

START_TEST(mismatches_are_refused) {
    mood_device *device = devices_get(_i);
    mood_tokenizer *tokenizer = make_tokenizer(V), *small = make_tokenizer(V - 1), *empty;
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_model *model = make_model(device, MOOD_MATRIX_COUNT, LAYERS(SCORE));
    float y[2];
    ck_ok(mood_tokenizer_create(NULL, &empty, err));
    assert_fails(mood_model_set_matrix(model, MOOD_MATRIX_COUNT, small, &error), MOOD_ERR_SHAPE, "bags of 22 words");
    assert_fails(mood_model_set_matrix(model, MOOD_MATRIX_COUNT, empty, &error), MOOD_ERR_STATE, "no width");
    assert_fails(mood_model_set_matrix(model, (mood_matrix_mode)6, tokenizer, &error), MOOD_ERR_ARGUMENT, "mode 6");
    assert_fails(mood_model_set_matrix(model, MOOD_MATRIX_MULTI_HOT, tokenizer, &error), MOOD_ERR_UNSUPPORTED,
                 "a Tokenizer's, which makes no bags of mode multi_hot");
    assert_fails(mood_model_predict(model, (int32_t[]){1, V}, 2, 1, 0, y, &error), MOOD_ERR_ARGUMENT,
                 "row 1, step 0: id 23 is not in the vocabulary's range, 0 … 22");
    assert_fails(mood_model_predict(model, (int32_t[]){1, -1}, 1, 2, 0, y, &error), MOOD_ERR_ARGUMENT, "id -1");
    mood_tokenizer_destroy(empty);
    options.num_words = V;
    ck_ok(mood_tokenizer_create(&options, &empty, err));
    assert_fails(mood_model_set_matrix(model, MOOD_MATRIX_TFIDF, empty, &error), MOOD_ERR_STATE,
                 "has counted no texts");
    ck_assert_int_eq(mood_model_get_matrix(model), MOOD_MATRIX_COUNT);
    ck_ok(mood_model_set_matrix(model, MOOD_MATRIX_TFIDF, tokenizer, err));
    ck_assert_int_eq(mood_model_get_matrix(model), MOOD_MATRIX_TFIDF);
    mood_model_destroy(model);
    static const struct {
        const char *layer, *message;
    } firsts[] = {
        {"Embedding(23, 5)", "its first layer is an Embedding"},
        {"LSTM(3)", "layer lstm: bags of words are vectors, which LSTM does not take; put a Dense first"},
        {"Conv1D(3, 2)", "bags of words are vectors, which Conv1D"},
        {"Dropout(0.2)", "only layers that do nothing in predictions"},
    };
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        ck_ok(mood_model_create(device, &model, err));
        ck_ok(mood_model_add(model, firsts[i].layer, err));
        mood_status status = mood_model_set_matrix(model, MOOD_MATRIX_BINARY, tokenizer, &error);
        if (i > 0)
            status = mood_model_build(model, 5, 0, &error);
        assert_fails(status, i > 0 ? MOOD_ERR_SHAPE : MOOD_ERR_STATE, firsts[i].message);
        mood_model_destroy(model);
    }
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, SCORE, err));
    assert_fails(mood_model_build(model, 5, 0, &error), MOOD_ERR_SHAPE, "or make bags of words");
    mood_model_destroy(model);
    mood_tokenizer_destroy(tokenizer);
    mood_tokenizer_destroy(small);
    mood_tokenizer_destroy(empty);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *bags = create_suite("bags of words", &suite);
    ADD_DEVICE_TEST(bags, sparse_and_dense_products_are_the_same);
    ADD_DEVICE_TEST(bags, gradients_are_numeric_gradients);
    ADD_DEVICE_TEST(bags, scores_do_not_depend_on_padding_and_batches);
    ADD_DEVICE_TEST(bags, too_many_words_are_an_error_of_their_batch);
    ADD_DEVICE_TEST(bags, training_is_reproducible_and_learns);
    tcase_add_loop_test(bags, wide_bags_cut_batches, 0, 1);
    tcase_add_loop_test(bags, mismatches_are_refused, 0, 1);
    return run_suite(suite);
}
