/* Lines of JSON: one object per line. */
#include "text/json_object.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

json_t *json_line_parse(mood_text line, json_error_t *error) {
    return json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
}

bool json_line_is_blank(mood_text line) {
    while (line.size > 0 && strchr(" \t\r", line.data[line.size - 1]) && line.data[line.size - 1])
        line.size--;
    return line.size == 0;
}

mood_text json_scalar(const json_t *value, char number[NUMBER_SIZE]) {
    *number = '\0';
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING: return (mood_text){json_string_value(value), json_string_length(value)};
    case JSON_TRUE: return (mood_text){"true", 4};
    case JSON_FALSE: return (mood_text){"false", 5};
    case JSON_INTEGER: snprintf(number, NUMBER_SIZE, "%lld", (long long)json_integer_value(value)); break;
    case JSON_REAL: number_write(number, NUMBER_SIZE, 15, json_real_value(value)); break;
    default: return (mood_text){NULL, 0};
    }
    return (mood_text){number, strlen(number)};
}

const char *json_kind(const json_t *value) {
    return json_is_object(value)    ? "an object"
           : json_is_array(value)   ? "an array"
           : json_is_number(value)  ? "a number"
           : json_is_boolean(value) ? "true or false"
           : json_is_string(value)  ? "a string"
                                    : "null";
}

/* ---- the first objects --------------------------------------------------------------------------- */

/* Add the names of the first object as the first record; then the values of the same fields. */
static bool add_record(struct records *records, json_t *first, const json_t *object) {
    const char *key;
    json_t *value;
    json_object_foreach(first, key, value) {
        char number[NUMBER_SIZE];
        mood_text cell = object ? json_scalar(json_object_get(object, key), number) : (mood_text){key, strlen(key)};
        if (!records_add_cell(records, (mood_text){cell.data ? cell.data : "", cell.size}))
            return false;
    }
    return records_end(records);
}

/* The end of the line that begins there; NULL if the sample has only a part of it. */
static const char *line_end(const struct input *input, const char *line) {
    const char *end = input->sample.data + input->sample.size;
    const char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
    return newline ? newline : input->whole ? end : NULL;
}

/* seen: an object with the names so far. */
static bool add_names(json_t *seen, json_t *names, json_t *object) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (json_object_get(seen, key) || json_array_size(names) >= RECORDS_WIDTH_MAX)
            continue;
        if (json_object_set_new(seen, key, json_true()) != 0 || json_array_append_new(names, json_string(key)) != 0)
            return false;
    }
    return true;
}

bool json_sample_objects(const struct input *input, struct records *records, json_t **names) {
    const char *line = input->sample.data, *end = line + input->sample.size, *stop;
    json_t *first = NULL, *seen = names ? json_object() : NULL;
    bool ok = !names || ((*names = json_array()) && seen);
    for (; ok && line < end && records->count <= RECORDS_MAX && (stop = line_end(input, line)); line = stop + 1) {
        json_error_t error;
        json_t *object = json_line_parse((mood_text){line, (size_t)(stop - line)}, &error);
        ok = object || json_error_code(&error) != json_error_out_of_memory;
        if (ok && json_is_object(object) && !first && json_object_size(object) <= RECORDS_WIDTH_MAX) {
            first = json_incref(object);
            ok = add_record(records, first, NULL);
        }
        if (json_is_object(object) && first && ok)
            ok = add_record(records, first, object) && (!names || add_names(seen, *names, object));
        json_decref(object);
    }
    json_decref(first);
    json_decref(seen);
    return ok;
}
