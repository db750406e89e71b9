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

/* Those of the cross-entropies; a type without settings has none of these fields. */
struct crossentropy {
    bool from_logits;
    double label_smoothing;
    int axis;            /* -1 or 1: the outputs */
    double ignore_class; /* NAN: None, the only value that is supported */
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
    const char *default_name; /* the "name" of the class in Keras, if it is not that of the function; NULL: it is */
    size_t settings_size;     /* 0: none */
    const void *defaults;
    const struct field *fields;
    size_t field_count;

    mood_activation activation; /* what makes probabilities of its logits; MOOD_LINEAR: it has no logits */
    bool one_class;             /* for one class per row: labels are one distribution over the outputs */
    bool takes_classes;         /* labels [n,1] are numbers of classes; else [n,O] */
    bool signs;                 /* labels are 0 and 1, or -1 and 1 */

    /* The kernel on the outputs of the last layer. It begins with (outputs, labels, weights, d_outputs, row_loss, B, O,
     * batch); row_loss [B] is the loss of each row times its weight; d_outputs [B,O], or null, is the gradient of the
     * mean over `batch` rows. */
    const char *kernel;
    /* The kernel on logits, with row_correct [B] (may be null) after row_loss: Keras's accuracy. NULL: the other one
     * takes them, too. */
    const char *logits_kernel;
    /* Set their further arguments. NULL: there are none. */
    void (*arguments)(const void *settings, bool logits, struct launch *launch);
};

struct loss {
    const struct loss_type *type;
    void *settings; /* type->settings_size bytes */
};

/* The type of that Keras class, function or alias; NULL if mood has none. */
const struct loss_type *loss_type_find(const char *name);
const struct loss_type *loss_type_at(size_t index);
/* Their class names, for messages. */
void loss_type_list(char *names, size_t size);

/* With Keras's defaults; *loss is new. */
mood_status loss_create(const struct loss_type *type, struct loss **loss, mood_error *err);
void loss_destroy(struct loss *loss); /* NULL is allowed */

/* Its setting from_logits; false if it has none. */
bool loss_from_logits(const struct loss *loss);

/* Whether the settings are supported, of a loss or a metric that has these fields. If not, *key is the setting. */
mood_status loss_check_settings(struct fields fields, const void *settings, const char **key, mood_error *err);

/* Check labels y [n,L] of a loss: whether it can be computed as Keras computes it. The error names the row. */
mood_status loss_check_labels(const struct loss_type *type, const float *y, size_t n, size_t L, size_t O,
                              mood_error *err);

/* What a launch of a loss reads and writes, see loss_type.kernel. */
struct loss_run {
    const struct buffer *values, *labels, *weights, *d_values, *row_loss, *row_correct;
    size_t B, O, batch;
    bool logits; /* values are what comes before the last layer's sigmoid or softmax */
};

mood_status loss_launch(const struct loss *loss, const struct loss_run *run, struct queue *queue, mood_error *err);

/* ---- loss_json.c: a loss as an object of Keras's config.json, and as an expression --------------- */

/* The function's name if all settings have their defaults; else an object that every Keras 3 reads. */
json_t *loss_write(const struct loss *loss);

/* From a name, an object, or a function. *loss is new. If a setting is at fault, *key is its name, else NULL. */
mood_status loss_read(json_t *value, struct loss **loss, const char **key, mood_error *err);

/* From an expression: "Huber(delta=2)"; and the other way round: the text is new (free); NULL if out of memory. */
mood_status loss_parse(const char *text, struct loss **loss, mood_error *err);
char *loss_text(const struct loss *loss);

#endif
