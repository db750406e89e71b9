/* Shows a tokenizer's cleaning steps and segmentation. */
#include <stdio.h>
#include <string.h>

#include "preparation.h"

void preparation_print(const mood_tokenizer *tokenizer, const char *clean_title, const char *segment_title) {
    const char *clean = tokenizer ? mood_tokenizer_get_clean(tokenizer) : "";
    const char *segment = tokenizer ? mood_tokenizer_get_segment(tokenizer) : "words";
    if (*clean)
        printf("%s%s\n", clean_title, clean);
    if (strcmp(segment, "words") != 0)
        printf("%s%s\n", segment_title, segment);
}

json_t *preparation_list_steps(const mood_tokenizer *tokenizer) {
    const char *names = mood_tokenizer_get_clean(tokenizer);
    json_t *steps = json_array();
    while (steps && *names) {
        size_t size = strcspn(names, ",");
        if (json_array_append_new(steps, json_stringn(names, size)) != 0) {
            json_decref(steps);
            return NULL;
        }
        names += size + (names[size] == ',');
    }
    return steps;
}
