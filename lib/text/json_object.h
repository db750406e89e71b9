/* Lines of JSON: one object per line. */
#ifndef TEXT_JSON_OBJECT_H
#define TEXT_JSON_OBJECT_H

#include <jansson.h>

#include "mood/text.h"
#include "text/input.h"
#include "text/records.h"

#define NUMBER_SIZE 40 /* bytes of a number as text */

/* The value of a line, new; NULL: an error. A member that is there twice is an error. */
json_t *json_line_parse(mood_text line, json_error_t *error);

/* True if there is nothing but white space. */
bool json_line_is_blank(mood_text line);

/* A string, a number, true or false as a text; number: room for it. data is NULL for other values. */
mood_text json_scalar(const json_t *value, char number[NUMBER_SIZE]);

/* Words for an error message. */
const char *json_kind(const json_t *value);

/* Read the first objects of the sample: the first record has the names of the first object, the others the values of these
 * members. Lines that are no objects are left out. names, unless NULL, becomes an array of the names of all these
 * objects, new. False: out of memory. */
bool json_sample_objects(const struct input *input, struct records *records, json_t **names);

#endif
