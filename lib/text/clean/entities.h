/* HTML's character references. */
#ifndef TEXT_CLEAN_ENTITIES_H
#define TEXT_CLEAN_ENTITIES_H

#include <stddef.h>
#include <unicode/umachine.h>

#include "mood/text.h"

/* The character of the reference at byte `at`, which is '&'; *end is set after its ';'. -1: there is none. As browsers
 * do, numbers from 128 to 159 are those of Windows-1252, and those of no character are U+FFFD. A space that does not
 * break becomes a space. */
UChar32 entity_decode(mood_text text, size_t at, size_t *end);

#endif
