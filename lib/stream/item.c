/* From a record's bytes to the text to score. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* first: it asks the system headers for GNU's functions */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/item.h"

void item_reject(struct item *item, const char *stage, const char *format, ...) {
    va_list args;
    va_start(args, format);
    free(item->reason);
    if (vasprintf(&item->reason, format, args) < 0)
        item->reason = NULL;
    va_end(args);
    item->kind = ITEM_BAD;
    item->stage = stage;
}

const char *item_reason(const struct item *item) {
    return item->reason ? item->reason : "out of memory";
}

void item_clear(struct item *item) {
    json_decref(item->object);
    free(item->repaired);
    free(item->topic);
    free(item->reason);
    *item = (struct item){0};
}

/* Integers of any length are accepted, because only a text is needed. jansson cannot skip numbers, so one beyond the
 * range of a double is still an error. */
static const size_t json_flags = JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;

static void read_object(struct item *item, mood_text value, const mood_stream_options *options) {
    json_error_t error = {0}; /* jansson may return before it sets all members */
    item->object = json_loadb(value.data, value.size, json_flags, &error);
    if (!item->object) {
        bool number = json_error_code(&error) == json_error_numeric_overflow;
        /* The rest quotes the record, which must not appear in a log. */
        const char *near = strstr(error.text, " near '");
        item_reject(item, "parse",
                    number ? "JSON with a number out of range: %.*s (byte %d)" : "not JSON: %.*s (byte %d)",
                    near ? (int)(near - error.text) : (int)sizeof error.text, error.text, error.position);
        return;
    }
    if (!json_is_object(item->object)) {
        item_reject(item, "parse", "JSON, but not an object");
        return;
    }
    const json_t *field = json_object_get(item->object, options->field);
    if (!json_is_string(field))
        item_reject(item, "parse", field ? "the member '%s' is not a string" : "there is no member '%s' (--field)",
                    options->field);
    else if (options->keep && json_object_get(item->object, options->member))
        item_reject(item, "parse", "the member '%s' already exists (choose another name with --member)",
                    options->member);
    else
        item->text = (mood_text){json_string_value(field), json_string_length(field)};
}

bool item_read(struct item *item, const mood_record *record, const mood_stream_options *options, uint64_t *bad_bytes) {
    *item = (struct item){.kind = ITEM_TEXT};
    if (record->problem) {
        item_reject(item, "parse", "%s", record->problem);
        return true;
    }
    if (!record->value) {
        item->kind = ITEM_TOMBSTONE;
        return true;
    }
    mood_text value = {record->value, record->value_size};
    if (!mood_text_validate(value, NULL)) {
        size_t size, replaced;
        if (mood_text_repair(value, &item->repaired, &size, &replaced, NULL) != MOOD_OK)
            return false;
        value = (mood_text){item->repaired, size};
        *bad_bytes += replaced;
    }
    item->text = value;
    if (options->format == MOOD_FORMAT_JSON)
        read_object(item, value, options);
    return true;
}
