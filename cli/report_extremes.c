/* The texts with the largest values. */
#include <stdlib.h>
#include <string.h>

#include "report_extremes.h"

bool extremes_create(struct extremes *extremes) {
    *extremes = (struct extremes){.texts = calloc(EXTREMES_SHOWN, sizeof *extremes->texts)};
    return extremes->texts != NULL;
}

void extremes_free(struct extremes *extremes) {
    free(extremes->texts);
    *extremes = (struct extremes){0};
}

/* The bytes of the beginning that are kept: whole characters. */
static size_t kept_size(mood_text text) {
    size_t size = text.size < EXTREME_SIZE ? text.size : EXTREME_SIZE;
    while (size > 0 && size < text.size && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return size;
}

static bool is_same(const struct extreme *a, mood_text text, size_t kept) {
    return a->size == text.size && memcmp(a->text, text.data, kept) == 0;
}

void extremes_add(struct extremes *extremes, mood_text text, size_t line, double value, size_t label, double score) {
    size_t at = extremes->count, kept = kept_size(text);
    while (at > 0 && extremes->texts[at - 1].value < value)
        at--;
    if (at == EXTREMES_SHOWN)
        return;
    for (size_t i = 0; i < extremes->count; i++)
        if (is_same(&extremes->texts[i], text, kept))
            return;
    extremes->count += extremes->count < EXTREMES_SHOWN;
    memmove(extremes->texts + at + 1, extremes->texts + at, (extremes->count - at - 1) * sizeof *extremes->texts);
    struct extreme *place = &extremes->texts[at];
    place->value = value;
    place->line = line;
    place->label = label;
    place->score = score;
    place->size = text.size;
    place->kept = kept;
    memcpy(place->text, text.data, kept);
}
