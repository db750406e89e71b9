/* Layers and optimizers as they are written in Keras: "LSTM(64, return_sequences=True)", "SGD(0.1, momentum=0.9)". */
#ifndef LAYERS_EXPRESSION_H
#define LAYERS_EXPRESSION_H

#include <stdbool.h>

#include <jansson.h>

#include "layers/settings.h"
#include "mood/status.h"

/* A class by Keras's name, and its settings. */
struct expression_class {
    const char *class_name;
    const struct field *fields;
    size_t field_count;
};

/* What an expression can describe. */
struct expression_kind {
    const char *noun; /* for messages: "layer" */
    /* The class of that name, in any case. inner: it is the value of an argument. False: there is none. */
    bool (*find)(const char *name, bool inner, struct expression_class *found);
    void (*list)(char *names, size_t size); /* the names of all classes that are not inner, for messages */
    const char *const *common;              /* arguments of every class that are no fields; ends with NULL */
};

extern const struct expression_kind layer_expressions; /* layer.c */

/* The object of an expression as in Keras's config.json: {"class_name": "LSTM", "config": {"units": 64 …}}.
 * *object is new (json_decref). Classes are found in any case: "lstm(64)". The settings' keys are checked, their
 * values are not.
 *
 *     expression = name [ "(" [ argument { "," argument } [ "," ] ] ")" ]
 *     argument   = [ key "=" ] value
 *     value      = number | "True" | "False" | "None" | string | expression | list
 *     list       = ( "[" | "(" ) [ value { "," value } [ "," ] ] ( "]" | ")" )
 *
 * Modules in front of a name are skipped: "keras.layers.LSTM". A value that is a name alone is a string: activation=relu.
 * At most three arguments may be without a key.
 * Errors: MOOD_ERR_ARGUMENT (names the place and what is expected), MOOD_ERR_UNSUPPORTED (an unknown class). */
mood_status expression_parse(const struct expression_kind *kind, const char *text, json_t **object, mood_error *err);

/* The other way round, expression_write.c: the text of an object, new (free); NULL if out of memory. */
char *expression_write(json_t *object);

#endif
