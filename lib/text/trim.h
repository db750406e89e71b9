/* Spaces and tabs around a text. */
#ifndef TEXT_TRIM_H
#define TEXT_TRIM_H

#include "mood/text.h"

static inline mood_text trim(mood_text text) {
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text.data++, text.size--;
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

#endif
