/* The settings of a loss or a metric as JSON, by their table of fields. */
#ifndef LOSSES_FIELDS_H
#define LOSSES_FIELDS_H

#include <stddef.h>

#include <jansson.h>

#include "layers/settings.h"

struct fields {
    const struct field *at;
    size_t count;
};

/* An object of the settings; usual: leave out those that have these values; NULL: none. NULL if out of memory. */
json_t *fields_write(struct fields fields, const void *settings, const void *usual);

/* Set what the object has; keys in ignored (ends with NULL) have no effect. If a setting is at fault, *key is its name.
 */
mood_status fields_read(struct fields fields, json_t *config, const char *const *ignored, void *settings,
                        const char **key, mood_error *err);

#endif
