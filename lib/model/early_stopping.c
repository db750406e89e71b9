/* EarlyStopping. Source: keras/src/callbacks/early_stopping.py */
#include <math.h>

#include "model/callback.h"

struct early_stopping {
    struct monitor monitor;
    double patience, start_from_epoch;
    double baseline; /* NAN: None */
    bool restore_best_weights;
    size_t wait;                /* epochs since the last improvement */
    struct buffer best_weights; /* [param_count], in the order of layers; absent before the first improvement */
};

/* Copy the model's weights to best_weights; restore: from best_weights to the model. Offsets in the model's buffer
 * change if a layer becomes trainable; offsets in best_weights do not. */
static mood_status copy_weights(const struct callback *callback, bool restore, mood_error *err) {
    const struct early_stopping *s = callback->data;
    const struct mood_model *model = callback->model;
    mood_status status = MOOD_OK;
    size_t at = 0; /* in best_weights */
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            size_t saved = at * sizeof(float), offset = variable->offset * sizeof(float);
            status = queue_copy(model->queue, restore ? &s->best_weights : &model->values, restore ? saved : offset,
                                restore ? &model->values : &s->best_weights, restore ? offset : saved,
                                variable->count * sizeof(float), err);
            at += variable->count;
        }
    return status;
}

static mood_status keep_weights(const struct callback *callback, mood_error *err) {
    struct early_stopping *s = callback->data;
    const struct mood_model *model = callback->model;
    mood_status status = MOOD_OK;
    if (!s->best_weights.memory)
        status = buffer_create(model->device, model->param_count, sizeof(float), &s->best_weights, err);
    return status == MOOD_OK ? copy_weights(callback, false, err) : status;
}

static mood_status end_epoch(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err) {
    struct early_stopping *s = callback->data;
    double value = monitor_value(&s->monitor, epoch);
    if ((double)epoch->epoch < s->start_from_epoch)
        return MOOD_OK;
    s->wait++;
    if (monitor_update(&s->monitor, value)) {
        /* Only a value that is also better than the baseline resets the wait counter. */
        if (isnan(s->baseline) || monitor_is_better(&s->monitor, value, s->baseline))
            s->wait = 0;
        return s->restore_best_weights ? keep_weights(callback, err) : MOOD_OK;
    }
    if ((double)s->wait >= s->patience && epoch->epoch > 0)
        *stop = true;
    return MOOD_OK;
}

static mood_status end_training(struct callback *callback, mood_error *err) {
    struct early_stopping *s = callback->data;
    struct mood_model *model = callback->model;
    if (!s->best_weights.memory)
        return MOOD_OK;
    model->prepared = false;
    return copy_weights(callback, true, err);
}

static void clear(void *data) {
    buffer_destroy(&((struct early_stopping *)data)->best_weights);
}

static const struct early_stopping defaults = {.monitor = {.metric = "val_loss"}, .baseline = NAN};

#define FIELD(key, kind, names)                                                                                        \
    { #key, kind, offsetof(struct early_stopping, key), names }
static const struct field fields[] = {
    {"monitor", FIELD_NAME, offsetof(struct monitor, metric), NULL},
    {"min_delta", FIELD_NUMBER, offsetof(struct monitor, min_delta), NULL},
    FIELD(patience, FIELD_NUMBER, NULL),
    {"mode", FIELD_CHOICE, offsetof(struct monitor, mode), monitor_modes},
    FIELD(baseline, FIELD_OPTIONAL, NULL),
    FIELD(restore_best_weights, FIELD_BOOL, NULL),
    FIELD(start_from_epoch, FIELD_NUMBER, NULL),
};

const struct callback_type early_stopping_type = {
    .class_name = "EarlyStopping",
    .size = sizeof(struct early_stopping),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .end_epoch = end_epoch,
    .end_training = end_training,
    .clear = clear,
};
