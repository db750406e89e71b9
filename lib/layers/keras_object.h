/* Objects as Keras serializes them: {"module", "class_name", "config", "registered_name"}. */
#ifndef LAYERS_KERAS_OBJECT_H
#define LAYERS_KERAS_OBJECT_H

#include <stdbool.h>

#include <jansson.h>

/* True if the object is one of Keras's own classes, not a user's class of the same name. */
bool object_is_keras(json_t *object);

/* The name in a value: a string, an object's class_name, or a function's name; NULL if there is none, or if the object
 * is not Keras's own. */
const char *object_name(json_t *value);

/* True if a setting that mood does not have has a value without effect. */
bool setting_is_harmless(const char *key, json_t *value);

bool is_one_of(const char *name, const char *const *names); /* names ends with NULL */

/* A value as JSON for a message, cut where it is long. */
#define VALUE_TEXT_SIZE 84
void value_text(json_t *value, char text[VALUE_TEXT_SIZE]);

#endif
