/* A layer's settings: a struct of its own, described by a table under Keras's keys. Files, expressions and the summary
 * read and write settings through this table only. */
#ifndef LAYERS_SETTINGS_H
#define LAYERS_SETTINGS_H

#include <stddef.h>

#include <jansson.h>

#include "mood/status.h"

enum field_kind {
    FIELD_SIZE,          /* size_t, at least 1; has no default */
    FIELD_OPTIONAL_SIZE, /* size_t, at least 1, also as a list of one; 0 for null */
    FIELD_FLOAT,         /* float */
    FIELD_BOOL,          /* bool */
    FIELD_ACTIVATION,    /* mood_activation */
    FIELD_INITIALIZER,   /* struct initializer */
    FIELD_REGULARIZER,   /* struct regularizer */
    FIELD_CHOICE,        /* unsigned: the index in names */
    FIELD_LAYER,         /* not in the struct: layer->children[offset] */
};

/* One setting. The first fields of a table are in the order of Keras's constructor. */
struct field {
    const char *key; /* as in Keras's config: "units", "return_sequences" … */
    enum field_kind kind;
    size_t offset;            /* within the struct */
    const char *const *names; /* of a choice; ends with NULL */
};

json_t *field_write(const struct field *field, const void *settings);
/* layer: its name, for messages. */
mood_status field_read(const struct field *field, const char *layer, json_t *value, void *settings, mood_error *err);

#endif
