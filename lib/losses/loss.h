/* The interface of a loss type. A new loss is one `struct loss_type` in a file of lib/losses, a kernel in
 * kernels/loss_outputs.cl, and one row in the table of loss.c. */
#ifndef LOSSES_LOSS_H
#define LOSSES_LOSS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "device/queue.h"
#include "layers/settings.h"
#include "losses/fields.h"
#include "mood/model.h"

/* ---- settings -------------------------------------------------------------------------------- */

/* Settings of the cross-entropies. */
struct crossentropy {
    bool from_logits;
    double label_smoothing;
    int axis;            /* -1 or 1: the outputs */
    double ignore_class; /* NAN: None; other values are not supported */
    bool apply_class_balancing;
    double alpha, gamma;
};

#define CROSSENTROPY_DEFAULTS                                                                                          \
    { .axis = -1, .ignore_class = NAN, .alpha = 0.25, .gamma = 2 }
#define CROSSENTROPY_FIELD(key, kind)                                                                                  \
    { #key, kind, offsetof(struct crossentropy, key), NULL }

/* ---- types ----------------------------------------------------------------------------------- */

struct loss_type {
    const char *class_name;   /* Keras's class: "MeanSquaredError" */
    const char *name;         /* Keras's function: "mean_squared_error" */
    const char *alias;        /* another name, in small letters or capitals: "mse"; NULL: none */
    const char *default_name; /* Keras's default for the argument "name"; NULL: the function's name */
    size_t settings_size;     /* 0: none */
    const void *defaults;
    const struct field *fields;
    size_t field_count;

    mood_activation activation; /* from logits to probabilities; MOOD_LINEAR: the loss has no logits */
    bool one_class;             /* a row has one class: its labels are a distribution over the outputs */
    bool takes_classes;         /* labels [n,1] are class numbers; else [n,O] */
    bool signs;                 /* labels are 0 and 1, or -1 and 1 */

    /* The kernel on the outputs of the last layer. It begins with (outputs, labels, weights, d_outputs, row_loss, B, O,
     * batch); row_loss [B] is the loss of each row times its weight; d_outputs [B,O], or null, is the gradient of the
     * mean over `batch` rows. */
    const char *kernel;
    /* The kernel on logits. It has row_correct [B] (Keras's accuracy; may be null) after row_loss. NULL: `kernel` also
     * takes logits. */
    const char *logits_kernel;
    /* Set the further arguments of both kernels. NULL: there are none. */
    void (*arguments)(const void *settings, bool logits, struct launch *launch);
};

struct loss {
    const struct loss_type *type;
    void *settings; /* type->settings_size bytes */
};

/* Find a loss type by Keras's class, function or alias; NULL if mood does not have it. */
const struct loss_type *loss_type_find(const char *name);
const struct loss_type *loss_type_at(size_t index);
/* The class names of all loss types, for messages. */
void loss_type_list(char *names, size_t size);

/* Create a loss with Keras's defaults; *loss is new. */
mood_status loss_create(const struct loss_type *type, struct loss **loss, mood_error *err);
void loss_destroy(struct loss *loss); /* NULL is allowed */

/* The setting from_logits; false if the loss does not have this setting. */
bool loss_from_logits(const struct loss *loss);

/* Check that the settings of a loss or a metric are supported. If not, *key is the name of the setting. */
mood_status loss_check_settings(struct fields fields, const void *settings, const char **key, mood_error *err);

/* Check that labels y [n,L] are valid for a loss on O outputs. Error: MOOD_ERR_ARGUMENT; it names the row. */
mood_status loss_check_labels(const struct loss_type *type, const float *y, size_t n, size_t L, size_t O,
                              mood_error *err);

/* Arguments of a loss kernel, see loss_type.kernel. */
struct loss_run {
    const struct buffer *values, *labels, *weights, *d_values, *row_loss, *row_correct;
    size_t B, O, batch;
    bool logits; /* values [B,O] are before the last layer's sigmoid or softmax; else its outputs */
};

mood_status loss_launch(const struct loss *loss, const struct loss_run *run, struct queue *queue, mood_error *err);

/* ---- loss_json.c: a loss as an object of Keras's config.json, and as an expression --------------- */

/* The function's name if all settings have their defaults; else an object that every version of Keras 3 reads. */
json_t *loss_write(const struct loss *loss);

/* Read a loss from a name, an object, or a function. *loss is new. If a setting is invalid, *key is its name, else
 * NULL. */
mood_status loss_read(json_t *value, struct loss **loss, const char **key, mood_error *err);

/* Read a loss from an expression: "Huber(delta=2)". *loss is new. */
mood_status loss_parse(const char *text, struct loss **loss, mood_error *err);
/* Write a loss as an expression. The text is new (free); NULL if out of memory. */
char *loss_text(const struct loss *loss);

#endif
