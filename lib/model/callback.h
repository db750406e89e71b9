/* Keras's callbacks in fit. A new callback is one file with one `struct callback_type`, and one row in the table of
 * callback.c. */
#ifndef MODEL_CALLBACK_H
#define MODEL_CALLBACK_H

#include "model/model.h"

/* The monitored metric, with Keras's rule for an improvement. Must be the first member of a type's data. */
struct monitor {
    char metric[FIELD_NAME_SIZE]; /* its name: "val_loss" */
    unsigned mode;                /* auto, min, max */
    double min_delta;
    bool larger; /* set by callback_create: larger values are better */
    bool has_best;
    double best;
};

extern const char *const monitor_modes[]; /* ends with NULL */

double monitor_value(const struct monitor *monitor, const mood_epoch *epoch);
/* True if value is better than best. */
bool monitor_is_better(const struct monitor *monitor, double value, double than);
/* True if the value is better than the best one so far, or is the first. Then it becomes the best. */
bool monitor_update(struct monitor *monitor, double value);

struct callback {
    const struct callback_type *type;
    struct mood_model *model;
    void *data; /* type->size bytes: settings, then the type's state */
};

struct callback_type {
    const char *class_name; /* as in Keras: "EarlyStopping" */
    size_t size;
    const void *defaults; /* data with Keras's default values */
    const struct field *fields;
    size_t field_count;
    /* Check that the settings are consistent and fit the model. May be NULL. */
    mood_status (*check)(const struct callback *callback, mood_error *err);
    /* After an epoch; set *stop to end the training. */
    mood_status (*end_epoch)(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err);
    /* After the last epoch. May be NULL. */
    mood_status (*end_training)(struct callback *callback, mood_error *err);
    /* Release the contents of data. May be NULL. */
    void (*clear)(void *data);
};

/* From an expression: "EarlyStopping(patience=3)"; *callback is new. Errors: also if it monitors validation and
 * there are no validation rows. */
mood_status callback_create(const char *text, struct mood_model *model, bool validates, struct callback **callback,
                            mood_error *err);
void callback_destroy(struct callback *callback); /* NULL is allowed */

mood_status callback_end_epoch(struct callback *callback, const mood_epoch *epoch, bool *stop, mood_error *err);
mood_status callback_end_training(struct callback *callback, mood_error *err);

#endif
