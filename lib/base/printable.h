/* Characters that must not reach a terminal or a log as they are. */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stdbool.h>

#include "mood/text.h"

/* True if mood_text_find_control finds nothing. */
bool text_is_printable(mood_text text);

/* Put a space in place of each byte of what mood_text_find_control finds. */
void text_blank_controls(char *string);

#endif
