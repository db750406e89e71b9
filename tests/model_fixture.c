/* Small models and rows for tests of whole models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/step.h"
#include "model_fixture.h"
#include "reference.h"

void add_layers(mood_model *model, const char *layers) {
    static const char *const texts[] = {
        ['s'] = "LSTM(7, return_sequences=True)",
        ['h'] = "LSTM(261)", /* more than a megabyte of weights */
        ['l'] = "LSTM(4)",
        ['p'] = "LSTM(4, kernel_regularizer=l2(0.05), recurrent_regularizer=L1L2(0.02, 0.03), bias_regularizer='l1')",
        ['d'] = "Dropout(0.4)",
        ['e'] = "SpatialDropout1D(0.3)",
        ['x'] = "GaussianNoise(0.2)",
        ['y'] = "GaussianDropout(0.3)",
        ['a'] = "Activation('tanh')",
        ['b'] = "Activation('softmax')",
        ['c'] = "Activation('sigmoid')",
        ['i'] = "Dense(1)",
        ['B'] = "Bidirectional(LSTM(3, return_sequences=True))",
        ['C'] = "Bidirectional(LSTM(4), merge_mode='ave')",
        ['M'] = "Bidirectional(LSTM(4, kernel_regularizer=l2(0.1)), 'mul')",
        ['S'] = "Bidirectional(LSTM(5, return_sequences=True), merge_mode='sum')",
        ['R'] = "LSTM(5, return_sequences=True, go_backwards=True)",
        ['Q'] = "LSTM(4, go_backwards=True)",
        ['F'] = "Flatten()",
        ['G'] = "GlobalMaxPooling1D()",
        ['A'] = "GlobalAveragePooling1D()",
        ['P'] = "MaxPooling1D(2)",
        ['V'] = "AveragePooling1D(3, strides=2, padding='same')",
        ['W'] = "MaxPooling1D(3, strides=1, padding='same')",
        ['H'] = "Conv1D(7, 3)",
        ['I'] = "Conv1D(19, 2, strides=2, padding='same', activation='tanh', kernel_regularizer=l2(0.02))",
        ['J'] = "Conv1D(6, 3, dilation_rate=2, padding='causal', activation='softmax')",
        ['K'] = "Conv1D(5, 4, padding='same', use_bias=False, activation='sigmoid')",
        ['D'] = "LSTM(5, return_sequences=True, dropout=0.3)",
        ['E'] = "Bidirectional(LSTM(3, dropout=0.4))",
        ['N'] = "GRU(5, return_sequences=True)",
        ['O'] = "GRU(4, dropout=0.3, go_backwards=True, kernel_regularizer=l2(0.02))",
        ['T'] = "Bidirectional(GRU(3, use_bias=False))",
        ['L'] = "GRU(4)",
        ['U'] = "SimpleRNN(5, return_sequences=True)",
        ['X'] = "SimpleRNN(4, activation='sigmoid', go_backwards=True)",
        ['z'] = "LSTM(7, return_sequences=True, trainable=False)",
        ['f'] = "LayerNormalization(epsilon=0.1, gamma_regularizer=l2(0.05))",
        ['j'] = "LayerNormalization(epsilon=0.1, rms_scaling=True)",
        ['k'] = "LayerNormalization(epsilon=0.1, center=False, scale=False)",
        ['v'] = "LayerNormalization(epsilon=0.1, center=False, trainable=False)",
        ['o'] = "BatchNormalization(momentum=0.8, epsilon=0.1, beta_regularizer=l2(0.05))",
        ['q'] = "BatchNormalization(epsilon=0.1, center=False, scale=False)",
        ['u'] = "BatchNormalization(scale=False, trainable=False)",
        ['r'] = "Dense(6, activation=relu)",
        ['t'] = "Dense(6, activation=tanh)",
        ['g'] = "Dense(6, activation=sigmoid)",
        ['m'] = "Dense(6, activation=softmax)",
        ['n'] = "Dense(6)",
        ['w'] = "Dense(37, activation=tanh)",
        ['4'] = "LSTM(5, activation='softsign', recurrent_activation='gelu', return_sequences=True)",
        ['5'] = "GRU(5, reset_after=False, return_sequences=True)",
        ['6'] = "Dense(6, activation='gelu')",
        ['7'] = "Conv1D(5, 2, activation='silu')",
        ['8'] = "GRU(4, 'softsign', 'mish', reset_after=False, go_backwards=True, dropout=0.3)",
        ['9'] = "Activation('log_softmax')",
        ['Y'] = "Bidirectional(LSTM(3, recurrent_activation='softplus', activation='tanh_shrink'))",
        ['Z'] = "SimpleRNN(4, activation='log_sigmoid')",
        ['+'] = "LSTM(5, return_sequences=True, dropout=0.3, recurrent_dropout=0.4)",
        ['-'] = "LSTM(4, recurrent_dropout=0.3, go_backwards=True)",
        ['/'] = "GRU(5, return_sequences=True, recurrent_dropout=0.4)",
        [':'] = "Bidirectional(GRU(3, reset_after=False, dropout=0.2, recurrent_dropout=0.3))",
        [';'] = "SimpleRNN(4, dropout=0.2, recurrent_dropout=0.3, return_sequences=True)",
        [','] = "RepeatVector(3)",
        ['.'] = "Permute((2, 1))",
        ['<'] = "UpSampling1D(2)",
        ['>'] = "ZeroPadding1D((1, 2))",
        ['('] = "Cropping1D((1, 2))",
        [']'] = "Reshape((2, -1))",
        ['['] = "TimeDistributed(Dense(6, activation='tanh'))",
        ['!'] = "PReLU(alpha_regularizer=l2(0.05))",
        ['@'] = "PReLU(shared_axes=[1])",
        ['#'] = "PReLU(shared_axes=[1, 2])",
        ['$'] = "PReLU(shared_axes=2)",
        ['%'] = "ReLU(max_value=1.2, negative_slope=0.3, threshold=0.1)",
        ['&'] = "LeakyReLU()",
        ['*'] = "ELU(0.7)",
        ['='] = "Softmax()",
        ['1'] = "Dense(1, activation=sigmoid)",
        ['2'] = "Dense(3, activation=sigmoid)",
        ['3'] = "Dense(3, activation=softmax)",
    };
    bool masked = *layers == '0';
    ck_ok(mood_model_add(model, masked ? "Embedding(23, 5, mask_zero=True)" : "Embedding(23, 5)", err));
    for (layers += masked; *layers; layers++)
        ck_ok(mood_model_add(model, texts[(unsigned char)*layers], err));
}

void fill_data(struct data *data, const char *loss, size_t O) {
    for (size_t i = 0; i < N * T; i++)
        data->x[i] = (int32_t)((i * 7 + i / 5) % V) * (i % 4 != 0);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < O; k++)
            data->y[i * O + k] = strcmp(loss, "sparse_categorical_crossentropy") == 0 ? (float)(i % 3)
                                 : strcmp(loss, "categorical_crossentropy") == 0      ? i % 3 == k
                                                                                      : (float)((i + k) % 2);
}

/* One step in slices, up to the loss or to the gradients; returns the loss. */
static double run_step(mood_model *model, const struct data *data, size_t O, size_t slice, bool backward) {
    struct rows rows = {.x = data->x, .y = data->y, .n = N, .T = T, .O = O};
    struct context *context;
    struct loss_totals loss;
    struct batch batch;
    size_t slices = (N + slice - 1) / slice;
    struct loss_sums sums = {0};
    ck_ok(model_make_gradients(model, err));
    ck_ok(queue_zero(model->queue, &model->gradients, err));
    ck_ok(model_prepare(model, err));
    ck_ok(context_create(model, model->queue, N, true, &context, err));
    ck_ok(totals_create(model, N, slices, true, &loss, err));
    ck_ok(batch_create(model, N, O, true, &batch, err));
    for (size_t i = 0; i < slices; i++) {
        size_t first = i * slice, count = N - first < slice ? N - first : slice;
        ck_ok(batch_load(&batch, model->queue, &rows, first, count, err));
        ck_ok(context_forward(context, &batch.input, err));
        ck_ok(totals_add(context, &loss, &batch, count, N, i, err));
        if (backward)
            ck_ok(context_backward(context, &batch.input, &loss.d_logits, err));
    }
    if (backward)
        ck_ok(context_end_batch(context, err));
    ck_ok(totals_add_penalty(context, &loss, N, 0, err));
    ck_ok(totals_read(context, &loss, 0, slices, &sums, err));
    batch_destroy(&batch);
    totals_destroy(&loss);
    context_destroy(context);
    return sums.loss / N;
}

float *gradients_of(mood_model *model, const struct data *data, size_t O, size_t slice) {
    run_step(model, data, O, slice, true);
    return download(model->queue, &model->gradients, model->trainable_count);
}

double training_loss(mood_model *model, const struct data *data, size_t O, size_t slice) {
    return run_step(model, data, O, slice, false);
}

double evaluated_loss(mood_model *model, const struct data *data, size_t O, size_t batch_size) {
    mood_metrics *metrics;
    ck_ok(mood_model_evaluate(model, data->x, N, T, data->y, O, batch_size, &metrics, err));
    double loss = mood_metrics_get(metrics, "loss");
    mood_metrics_destroy(metrics);
    return loss;
}

/* ---- numeric gradients ------------------------------------------------------------------------------- */

/* Dropout, noise and the statistics of the batch affect the loss of a training step, but not that of evaluate. */
static bool trains_differently(const mood_model *model) {
    for (size_t i = 0; i < model->layer_count; i++)
        if (layer_traits(model->layers[i]) & (ROW_RANDOM | WHOLE_BATCH))
            return true;
    return false;
}

/* Maxima, minima and rectifiers. */
static bool has_kinks(const mood_model *model) {
    static const char *const parts[] = {"Max", "Min", "LU"};
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            if (strstr(model->layers[i]->type->class_name, parts[k]))
                return true;
    return false;
}

static double loss_with(mood_model *model, const struct data *data, size_t O, const struct variable *variable,
                        float *values, size_t index, float value) {
    double loss;
    float kept = values[index];
    values[index] = value;
    ck_ok(model_write(model, MODEL_VALUES, variable, values, err));
    if (trains_differently(model))
        loss = training_loss(model, data, O, N);
    else
        loss = evaluated_loss(model, data, O, N);
    values[index] = kept;
    ck_ok(model_write(model, MODEL_VALUES, variable, values, err));
    return loss;
}

/* Where another time step becomes the maximum, the loss is not differentiable: the slopes on both sides differ, or
 * those at different distances. */
static bool is_kink(double right, double here, double left, double far, float h) {
    return fabs(right - 2 * here + left) / (double)h > 3e-5 ||
           fabs((right - left) / (2 * (double)h) - far / (4 * (double)h)) > 2e-5;
}

/* Of every variable some elements are compared. Each takes four steps of the model, and sanitizers do not check
 * numbers: with them it is one element. */
static size_t stride_of(const struct variable *variable) {
#ifdef __SANITIZE_ADDRESS__
    return variable->count;
#else
    return variable->count / 4 + 1;
#endif
}

/* For every variable, at some of its elements: the loss's slope by a fourth-order difference. */
static void check_variable(mood_model *model, const struct data *data, size_t O, const struct layer *layer,
                           const struct variable *variable, const float *gradients) {
    const float h = 0.02f;
    float *values = malloc(variable->count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    ck_ok(model_read(model, MODEL_VALUES, variable, values, err));
    size_t stride = stride_of(variable);
    for (size_t i = 0; i < variable->count; i += stride) {
        float w = values[i];
        if (variable->regularizer.l1 != 0 && fabsf(w) <= 2 * h) /* |w| is not differentiable at 0 */
            continue;
        double right = loss_with(model, data, O, variable, values, i, w + h);
        double left = loss_with(model, data, O, variable, values, i, w - h), near = right - left;
        double far = loss_with(model, data, O, variable, values, i, w + 2 * h) -
                     loss_with(model, data, O, variable, values, i, w - 2 * h);
        if (has_kinks(model) && is_kink(right, loss_with(model, data, O, variable, values, i, w), left, far, h))
            continue;
        double slope = (8 * near - far) / (12 * (double)h), gradient = gradients[variable->offset + i];
        ck_assert_msg(fabs(slope - gradient) <= 3e-5 + 3e-3 * fabs(slope), "%s %s[%zu]: gradient %g, slope %g",
                      layer->name, variable->name, i, gradient, slope);
    }
    free(values);
}

void check_slopes(mood_model *model, const struct data *data, size_t O, const float *gradients) {
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++)
            if (layer_variable(model->layers[i], k)->role == TRAINABLE)
                check_variable(model, data, O, model->layers[i], layer_variable(model->layers[i], k), gradients);
}

void refused(mood_status status, const mood_error *err, mood_status expected, const char *words) {
    ck_assert_int_eq(status, expected);
    ck_assert_msg(strstr(err->message, words) != NULL, "'%s' does not say '%s'", err->message, words);
}
