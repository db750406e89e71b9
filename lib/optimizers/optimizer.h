/* The interface of an optimizer type. A new optimizer is one file with one `struct optimizer_type`, a kernel in
 * kernels/optimizer.cl, and one row in the table of optimizer.c. */
#ifndef OPTIMIZERS_OPTIMIZER_H
#define OPTIMIZERS_OPTIMIZER_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/queue.h"
#include "optimizers/learning_rate.h"

/* ---- settings -------------------------------------------------------------------------------- */

/* Settings of all optimizers: the first member, `common`, of a type's settings. */
struct optimizer_common {
    struct learning_rate learning_rate;
    double weight_decay, clipnorm, clipvalue, global_clipnorm; /* NAN: None */
    bool use_ema;
    double ema_momentum;
    size_t ema_overwrite_frequency; /* 0: None */
};

#define OPTIMIZER_DEFAULTS(rate, decay)                                                                                \
    {                                                                                                                  \
        .learning_rate = {.value = rate}, .weight_decay = decay, .clipnorm = NAN, .clipvalue = NAN,                    \
        .global_clipnorm = NAN, .ema_momentum = 0.99                                                                   \
    }

/* Rows of a type's table of fields: the learning rate comes first, the others last. */
#define OPTIMIZER_FIELD(settings, key, kind)                                                                           \
    { #key, kind, offsetof(struct settings, key), NULL }
#define OPTIMIZER_RATE                                                                                                 \
    { "learning_rate", FIELD_RATE, offsetof(struct optimizer_common, learning_rate), NULL }
#define OPTIMIZER_FIELDS OPTIMIZER_FIELD(optimizer_common, weight_decay, FIELD_OPTIONAL), OPTIMIZER_FIELDS_WITHOUT_DECAY
#define OPTIMIZER_FIELDS_WITHOUT_DECAY                                                                                 \
    OPTIMIZER_FIELD(optimizer_common, clipnorm, FIELD_OPTIONAL),                                                       \
        OPTIMIZER_FIELD(optimizer_common, clipvalue, FIELD_OPTIONAL),                                                  \
        OPTIMIZER_FIELD(optimizer_common, global_clipnorm, FIELD_OPTIONAL),                                            \
        OPTIMIZER_FIELD(optimizer_common, use_ema, FIELD_BOOL),                                                        \
        OPTIMIZER_FIELD(optimizer_common, ema_momentum, FIELD_FRACTION),                                               \
        OPTIMIZER_FIELD(optimizer_common, ema_overwrite_frequency, FIELD_OPTIONAL_SIZE)

/* ---- types ----------------------------------------------------------------------------------- */

/* Numbers that an optimizer keeps for each trainable weight between steps. */
struct slot {
    const char *name;  /* Keras's: "momentum" */
    unsigned block;    /* in a file the slots of one block alternate, weight by weight; blocks follow one another */
    bool not_negative; /* its square root is taken */
};

#define OPTIMIZER_MAX_SLOTS 4 /* the moving average of the weights included */

/* One step. */
struct update {
    double t;      /* its number, from 1 */
    double rate;   /* the learning rate */
    float product; /* see optimizer_type.factor */
};

struct optimizer_type {
    const char *class_name; /* Keras's: "Adam" */
    size_t settings_size;
    const void *defaults; /* settings with Keras's defaults */
    const struct field *fields;
    size_t field_count;

    const struct slot *slots;
    size_t slot_count;
    /* Whether these settings need that slot. NULL: they need all of them. */
    bool (*has_slot)(const void *settings, size_t slot);
    /* The initial value of the slots. NULL: 0. */
    float (*slot_start)(const void *settings);
    /* Keras's Nadam has one number more, the product of this factor over all steps t. NULL: there is none. */
    float (*factor)(const void *settings, double t);

    /* The kernel begins with (value, gradient, slots …, count, chunk, decay); a slot that is not needed is null. */
    const char *kernel;
    /* Set its further arguments. */
    void (*arguments)(const void *settings, const struct update *update, struct launch *launch);
};

struct optimizer {
    const struct optimizer_type *type;
    void *settings; /* type->settings_size bytes; begins with struct optimizer_common */
    float product;  /* see optimizer_type.factor; 1 before the first step */
};

/* Find an optimizer type by Keras's class, in any case; NULL if mood does not have it. */
const struct optimizer_type *optimizer_type_find(const char *class_name);
const struct optimizer_type *optimizer_type_at(size_t index);
/* The class names of all optimizer types, for messages: "SGD, RMSprop, Adam". */
void optimizer_type_list(char *names, size_t size);

static inline struct optimizer_common *optimizer_common(const struct optimizer *optimizer) {
    return optimizer->settings;
}

/* List the slots in the order of their numbers: the moving average, if use_ema is set, then those of the type. Returns
 * the number of slots. */
size_t optimizer_slots(const struct optimizer *optimizer, struct slot slots[OPTIMIZER_MAX_SLOTS]);

/* Create an optimizer with Keras's defaults; *optimizer is new. */
mood_status optimizer_create(const struct optimizer_type *type, struct optimizer **optimizer, mood_error *err);
void optimizer_destroy(struct optimizer *optimizer); /* NULL is allowed */

/* Run one step of the type's kernel, and set the gradients to 0. value, gradient and each of slots (in the order of
 * optimizer_slots): [count] floats. count and chunk (floats per work-item) are multiples of the vector width. */
mood_status optimizer_run(const struct optimizer *optimizer, const struct update *update, struct queue *queue,
                          const struct buffer *value, const struct buffer *gradient, const struct buffer *slots,
                          size_t count, size_t chunk, mood_error *err);

/* ---- optimizer_json.c: an optimizer as an object of Keras's config.json ------------------------ */

json_t *optimizer_write(const struct optimizer *optimizer);

/* Also reads Keras's names without settings: "adam". *optimizer is new. If a setting is invalid, *key is its name,
 * else NULL. */
mood_status optimizer_read(json_t *value, struct optimizer **optimizer, const char **key, mood_error *err);

/* Read an optimizer from an expression: "SGD(0.1, momentum=0.9)". *optimizer is new. */
mood_status optimizer_parse(const char *text, struct optimizer **optimizer, mood_error *err);
/* Write an optimizer as an expression, without settings that have their defaults. The text is new (free); NULL if out
 * of memory. */
char *optimizer_text(const struct optimizer *optimizer);

#endif
