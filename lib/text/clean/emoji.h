/* Which characters are emoji. */
#ifndef TEXT_CLEAN_EMOJI_H
#define TEXT_CLEAN_EMOJI_H

#include <stdbool.h>
#include <unicode/umachine.h>

enum { ZERO_WIDTH_JOINER = 0x200D };

/* An emoji or another pictograph, with or without a variation selector; not the digits and signs, such as '#' and ©,
 * which become emoji only with one. Regional indicators are none: two of them are a flag. */
bool emoji_is(UChar32 c);
bool emoji_is_regional_indicator(UChar32 c);

#endif
