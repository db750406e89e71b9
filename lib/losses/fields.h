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

/* Settings as a JSON object. Settings with the same value in `usual` are left out; usual NULL: all are written. NULL if
 * out of memory. */
json_t *fields_write(struct fields fields, const void *settings, const void *usual);

/* Read settings from a JSON object. Keys in ignored (ends with NULL) have no effect. If a setting is invalid, *key is
 * its name. Errors: unknown keys, and those of field_read. */
mood_status fields_read(struct fields fields, json_t *config, const char *const *ignored, void *settings,
                        const char **key, mood_error *err);

#endif
