/* Small models and rows for tests of the model as a whole. */
#include <stdlib.h>

#include "model/step.h"
#include "model_fixture.h"

void add_layers(mood_model *model, const char *layers) {
    mood_lstm_options sequences = MOOD_LSTM_OPTIONS;
    mood_dense_options dense = MOOD_DENSE_OPTIONS;
    sequences.return_sequences = true;
    ck_ok(mood_model_add_embedding(model, V, E, NULL, err));
    for (; *layers; layers++)
        switch (*layers) {
        case 's': ck_ok(mood_model_add_lstm(model, 7, &sequences, err)); break;
        case 'h': ck_ok(mood_model_add_lstm(model, 261, NULL, err)); break; /* weights beyond a megabyte */
        case 'l': ck_ok(mood_model_add_lstm(model, 4, NULL, err)); break;
        case 'r':
            dense.activation = MOOD_RELU;
            ck_ok(mood_model_add_dense(model, 6, &dense, err));
            break;
        case 't':
            dense.activation = MOOD_TANH;
            ck_ok(mood_model_add_dense(model, 6, &dense, err));
            break;
        case 'g':
            dense.activation = MOOD_SIGMOID;
            ck_ok(mood_model_add_dense(model, 6, &dense, err));
            break;
        case 'm':
            dense.activation = MOOD_SOFTMAX;
            ck_ok(mood_model_add_dense(model, 6, &dense, err));
            break;
        case 'n':
            dense.activation = MOOD_LINEAR;
            ck_ok(mood_model_add_dense(model, 6, &dense, err));
            break;
        case 'w':
            dense.activation = MOOD_TANH;
            ck_ok(mood_model_add_dense(model, 37, &dense, err));
            break;
        case '1':
            dense.activation = MOOD_SIGMOID;
            ck_ok(mood_model_add_dense(model, 1, &dense, err));
            break;
        case '2':
            dense.activation = MOOD_SIGMOID;
            ck_ok(mood_model_add_dense(model, 3, &dense, err));
            break;
        default:
            dense.activation = MOOD_SOFTMAX;
            ck_ok(mood_model_add_dense(model, 3, &dense, err));
            break;
        }
}

void fill_data(struct data *data, mood_loss loss, size_t O) {
    for (size_t i = 0; i < N * T; i++)
        data->x[i] = (int32_t)((i * 7 + i / 5) % V) * (i % 4 != 0);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < O; k++)
            data->y[i * O + k] = loss == MOOD_SPARSE_CATEGORICAL_CROSSENTROPY ? (float)(i % 3)
                                 : loss == MOOD_CATEGORICAL_CROSSENTROPY      ? i % 3 == k
                                                                              : (float)((i + k) % 2);
}

float *gradients_of(mood_model *model, const struct data *data, size_t O, size_t slice) {
    struct rows rows = {.x = data->x, .y = data->y, .n = N, .T = T, .O = O};
    struct context *context;
    struct loss_totals loss;
    struct batch batch;
    ck_ok(model_make_gradients(model, err));
    ck_ok(queue_zero(model->queue, &model->gradients, err));
    ck_ok(model_prepare(model, err));
    ck_ok(context_create(model, model->queue, N, true, &context, err));
    ck_ok(loss_create(model, N, 1, true, &loss, err));
    ck_ok(batch_create(model, N, O, true, &batch, err));
    for (size_t first = 0; first < N; first += slice) {
        size_t count = N - first < slice ? N - first : slice;
        ck_ok(batch_load(&batch, model->queue, &rows, first, count, err));
        ck_ok(context_forward(context, &batch.input, err));
        ck_ok(loss_run(context, &loss, &batch.y, count, N, 0, err));
        ck_ok(context_backward(context, &batch.input, &loss.d_logits, err));
    }
    ck_ok(context_end_batch(context, err));
    float *gradients = download(model->queue, &model->gradients, model->flat_count);
    batch_destroy(&batch);
    loss_destroy(&loss);
    context_destroy(context);
    return gradients;
}
