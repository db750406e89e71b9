/* An LSTM for measurements. */
#include <stdlib.h>

#include "layers/lstm_trial.h"

#include "base/clock.h"

void trial_destroy(struct trial *trial, struct queue *queue) {
    queue_finish(queue, NULL);
    work_destroy(&trial->work);
    layer_destroy(trial->layer);
    buffer_destroy(&trial->packing.steps);
    buffer_destroy(&trial->packing.start);
    buffer_destroy(&trial->in.data);
    free(trial->at);
}

static mood_status make_layer(struct trial *trial, struct queue *queue, size_t T, size_t H, mood_error *err) {
    struct recurrent_settings settings = *(const struct recurrent_settings *)lstm_type.defaults;
    struct shape in = {SHAPE_SEQUENCE, T, H};
    settings.units = H;
    mood_status status = layer_create(&lstm_type, "tuned", &settings, &trial->layer, err);
    if (status != MOOD_OK)
        return status;
    trial->layer->in = in;
    status = lstm_type.build(trial->layer, &in, err);
    for (size_t i = 0; i < trial->layer->variable_count && status == MOOD_OK; i++) {
        struct variable *variable = &trial->layer->variables[i];
        status = buffer_create(queue->device, variable->count, sizeof(float), &variable->value, err);
        if (status == MOOD_OK)
            status = queue_zero(queue, &variable->value, err);
    }
    return status == MOOD_OK ? lstm_type.prepare(trial->layer, queue, err) : status;
}

static mood_status make_rows(struct trial *trial, struct queue *queue, size_t B, size_t T, size_t H, mood_error *err) {
    trial->at = calloc(T + 1 + B, sizeof *trial->at);
    if (!trial->at)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory trying kernels");
    for (size_t t = 0; t <= T; t++)
        trial->at[t] = (int32_t)(t * B);
    trial->packing = (struct packing){.B = B, .T = T, .at = trial->at};
    trial->in = (struct sequence){.rows = B * T, .D = H, .packing = &trial->packing};
    mood_status status = buffer_create(queue->device, T + 1, sizeof(int32_t), &trial->packing.steps, err);
    if (status == MOOD_OK)
        status = buffer_create(queue->device, B, sizeof(int32_t), &trial->packing.start, err);
    if (status == MOOD_OK)
        status = buffer_create(queue->device, B * T, H * sizeof(float), &trial->in.data, err);
    if (status == MOOD_OK)
        status = queue_write(queue, &trial->packing.steps, 0, trial->at, (T + 1) * sizeof *trial->at, err);
    if (status == MOOD_OK)
        status = queue_write(queue, &trial->packing.start, 0, trial->at + T + 1, B * sizeof *trial->at, err);
    return status == MOOD_OK ? queue_zero(queue, &trial->in.data, err) : status;
}

mood_status trial_create(struct trial *trial, struct queue *queue, size_t B, size_t T, size_t H, mood_error *err) {
    *trial = (struct trial){.work = {.B = B}};
    mood_status status = make_layer(trial, queue, T, H, err);
    if (status == MOOD_OK)
        status = make_rows(trial, queue, B, T, H, err);
    return status == MOOD_OK ? lstm_type.plan(trial->layer, queue, &trial->work, err) : status;
}

mood_status trial_run(struct trial *trial, struct queue *queue, double *seconds, mood_error *err) {
    double begin = clock_seconds();
    mood_status status = lstm_type.forward(trial->layer, &(struct pass){.queue = queue}, &trial->work, &trial->in, err);
    if (status == MOOD_OK)
        status = queue_finish(queue, err);
    *seconds = clock_seconds() - begin;
    return status;
}
