/* Settings of a layer, an optimizer, a loss or a metric: a struct, described by a table under Keras's keys. Files,
 * expressions and the summary read and write settings through this table only. */
#ifndef LAYERS_SETTINGS_H
#define LAYERS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "mood/status.h"

enum field_kind {
    FIELD_SIZE,          /* size_t, at least 1; has no default */
    FIELD_OPTIONAL_SIZE, /* size_t, at least 1, also as a list of one; 0 for null */
    FIELD_FLOAT,         /* float */
    FIELD_BOOL,          /* bool */
    FIELD_ACTIVATION,    /* enum activation */
    FIELD_INITIALIZER,   /* struct initializer */
    FIELD_REGULARIZER,   /* struct regularizer */
    FIELD_CONSTRAINT,    /* struct constraint */
    FIELD_CHOICE,        /* unsigned: the index in names; if the first one is "", it stands for None */
    FIELD_NEW_CHOICE,    /* a FIELD_CHOICE that older versions of Keras 3 do not know: read, not written */
    FIELD_LAYER,         /* not in the struct: layer->children[offset] */
    FIELD_NUMBER,        /* double, 0 or more */
    FIELD_FRACTION,      /* double, 0 to below 1 */
    FIELD_POSITIVE,      /* double, above 0 */
    FIELD_OPTIONAL,      /* double, 0 or more; NAN: None */
    FIELD_NUMBERS,       /* struct numbers */
    FIELD_RATE,          /* struct learning_rate; read and written by lib/optimizers */
    FIELD_INTEGERS,      /* struct integers: null, one whole number, or a list */
    FIELD_OLD_NUMBER,    /* a FIELD_NUMBER under the key that Keras 2 has for it: read, not written */
    FIELD_NAME,          /* char [FIELD_NAME_SIZE]: any name */
    FIELD_AXIS,          /* int: an axis of the input, counted as in Keras; also read from a list of one */
};

#define FIELD_NAME_SIZE 80

/* A list of numbers, 0 or more each. */
#define NUMBERS_MAX 32
struct numbers {
    size_t count;
    double at[NUMBERS_MAX];
};

/* Whole numbers. As in Keras, 1 and [1] may have different meanings. */
#define INTEGERS_MAX 8
struct integers {
    size_t count; /* 0: null, or an empty list */
    bool is_list;
    int at[INTEGERS_MAX];
};

/* One setting. The first fields of a table are in the order of Keras's constructor. */
struct field {
    const char *key; /* as in Keras's config: "units", "return_sequences" … */
    enum field_kind kind;
    size_t offset;            /* within the struct */
    const char *const *names; /* of a choice; ends with NULL */
};

/* Find the field with this key in a table; NULL if there is none. */
const struct field *field_find(const struct field *fields, size_t count, const char *key);

json_t *field_write(const struct field *field, const void *settings);
/* The error names the field; the caller adds the layer or optimizer. */
mood_status field_read(const struct field *field, json_t *value, void *settings, mood_error *err);

#endif
