/* Keras's callbacks in fit. A new callback is one file with one `struct callback_type`, and one row in the table of
 * callback.c. */
#ifndef MODEL_CALLBACK_H
#define MODEL_CALLBACK_H

#include "model/model.h"

/* What a callback watches, with Keras's rule for an improvement: the first member of a type's data. */
struct monitor {
    char metric[FIELD_NAME_SIZE]; /* its name: "val_loss" */
    unsigned mode;                /* auto, min, max */
    double min_delta;
    bool larger; /* set by callback_create: larger values are better */
    bool has_best;
    double best;
};

extern const char *const monitor_modes[]; /* NULL at the end */

double monitor_value(const struct monitor *monitor, const mood_epoch *epoch);
/* True if a value improves on another one. */
bool monitor_is_better(const struct monitor *monitor, double value, double than);
/* True if a value improves on the best one so far, or is the first; it is the best one then. */
bool monitor_update(struct monitor *monitor, double value);

struct callback {
    const struct callback_type *type;
    struct mood_model *model;
    void *data; /* type->size bytes: settings, then the type's own */
};

struct callback_type {
    const char *class_name; /* Keras's: "EarlyStopping" */
    size_t size;
    const void *defaults; /* data with Keras's defaults */
    const struct field *fields;
    size_t field_count;
    /* Whether the settings go together and with the model. May be NULL. */
    mood_status (*check)(const struct callback *callback, mood_error *err);
    /* After an epoch; *stop is set to end the training. */
    mood_status (*end_epoch)(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err);
    /* After the last epoch. May be NULL. */
    mood_status (*end_training)(struct callback *callback, mood_error *err);
    /* Release what is in the data. May be NULL. */
    void (*clear)(void *data);
};

/* From an expression: "EarlyStopping(patience=3)"; *callback is new. Errors: also if it monitors validation and there is
 * none. */
mood_status callback_create(const char *text, struct mood_model *model, bool validates, struct callback **callback,
                            mood_error *err);
void callback_destroy(struct callback *callback); /* NULL is allowed */

mood_status callback_end_epoch(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err);
mood_status callback_end_training(struct callback *callback, mood_error *err);

#endif
