/* Layers as they are written in Keras: "LSTM(64, return_sequences=True)". */
#ifndef LAYERS_EXPRESSION_H
#define LAYERS_EXPRESSION_H

#include <jansson.h>

#include "mood/status.h"

/* The layer of an expression as an object of Keras's config.json: {"class_name": "LSTM", "config": {"units": 64 …}}.
 * *object is new (json_decref). Classes of layers are found in any case: "lstm(64)". The settings' keys are checked, their
 * values are not.
 *
 *     expression = name [ "(" [ argument { "," argument } [ "," ] ] ")" ]
 *     argument   = [ key "=" ] value
 *     value      = number | "True" | "False" | "None" | string | expression | list
 *     list       = ( "[" | "(" ) [ value { "," value } [ "," ] ] ( "]" | ")" )
 *
 * Modules in front of a name are skipped: "keras.layers.LSTM". A value that is a name alone is a string: activation=relu.
 * At most three arguments may be without a key.
 * Errors: MOOD_ERR_ARGUMENT (names the place and what is expected), MOOD_ERR_UNSUPPORTED (an unknown layer). */
mood_status expression_parse(const char *text, json_t **object, mood_error *err);

#endif
