/* Writes JSON exactly as Python's json.dumps, byte for byte. */
#ifndef TEXT_JSON_WRITE_H
#define TEXT_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "mood/text.h"

/* Append; false: out of memory. */
bool json_write_raw(struct bytes *out, const char *string);
bool json_write_number(struct bytes *out, uint64_t number);
bool json_write_bool(struct bytes *out, bool value);
bool json_write_string(struct bytes *out, mood_text text); /* valid UTF-8, written as ASCII */

#endif
