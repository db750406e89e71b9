/* Reads JSON members. */
#include <string.h>

#include "keras/keras.h"

mood_status json_read(const struct blob *text, const char *member, json_t **document, mood_error *err) {
    json_error_t where = {0}; /* jansson may fail before it sets all fields */
    *document = json_loadb((const char *)text->data, text->size, JSON_REJECT_DUPLICATES, &where);
    if (*document)
        return MOOD_OK;
    /* If it runs out of memory early, there is no message. */
    if (json_error_code(&where) == json_error_out_of_memory || !where.text[0])
        return out_of_memory(err, "reading JSON");
    /* Python writes NaN and Infinity, which are not JSON. */
    if (strstr(where.text, "'NaN'") || strstr(where.text, "Infinity'"))
        return broken(err,
                      "%s contains a number that is NaN or infinite (line %d, column %d); give it a finite value "
                      "and save the model again",
                      member, where.line, where.column);
    return broken(err, "%s is not valid JSON: %s (line %d, column %d)", member, where.text, where.line, where.column);
}
