/* ReduceLROnPlateau. Source: keras/src/callbacks/reduce_lr_on_plateau.py */
#include <math.h>

#include "base/errors.h"
#include "model/callback.h"

struct reduce_lr {
    struct monitor monitor;
    double factor, patience, cooldown, min_lr;
    double cooling; /* epochs left in which the wait counter does not increase */
    size_t wait;    /* epochs since the last improvement */
};

static mood_status check(const struct callback *callback, mood_error *err) {
    const struct learning_rate *rate = &optimizer_common(callback->model->optimizer)->learning_rate;
    if (rate->schedule)
        return broken(err, "the learning rate is the schedule %s, which can't be reduced", rate->schedule->class_name);
    return MOOD_OK;
}

/* Keras's learning rate is a float32. */
static mood_status reduce(struct callback *callback, mood_error *err) {
    struct reduce_lr *s = callback->data;
    double rate = (double)(float)model_get_learning_rate(callback->model);
    if (rate <= (double)(float)s->min_lr)
        return MOOD_OK;
    s->cooling = s->cooldown;
    s->wait = 0;
    return model_set_learning_rate(callback->model, (double)(float)fmax(rate * s->factor, s->min_lr), err);
}

static mood_status end_epoch(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err) {
    struct reduce_lr *s = callback->data;
    (void)stop;
    if (s->cooling > 0) {
        s->cooling--;
        s->wait = 0;
    }
    if (monitor_update(&s->monitor, monitor_value(&s->monitor, epoch)))
        s->wait = 0;
    else if (s->cooling <= 0 && (double)++s->wait >= s->patience)
        return reduce(callback, err);
    return MOOD_OK;
}

static const struct reduce_lr defaults = {
    .monitor = {.metric = "val_loss", .min_delta = 1e-4}, .factor = 0.1, .patience = 10};

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct reduce_lr, key), NULL }
static const struct field fields[] = {
    {"monitor", FIELD_NAME, offsetof(struct monitor, metric), NULL},
    FIELD(factor, FIELD_FRACTION),
    FIELD(patience, FIELD_NUMBER),
    {"mode", FIELD_CHOICE, offsetof(struct monitor, mode), monitor_modes},
    {"min_delta", FIELD_NUMBER, offsetof(struct monitor, min_delta), NULL},
    FIELD(cooldown, FIELD_NUMBER),
    FIELD(min_lr, FIELD_NUMBER),
};

const struct callback_type reduce_lr_on_plateau_type = {
    .class_name = "ReduceLROnPlateau",
    .size = sizeof(struct reduce_lr),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .check = check,
    .end_epoch = end_epoch,
};
