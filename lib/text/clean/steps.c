/* The table of cleaning steps. */
#include <string.h>

#include "text/clean/step.h"

/* name, changes_ascii, triggers, tokens, apply, load: in the order in which a list usually has them */
const struct clean_step clean_steps[CLEAN_STEP_COUNT] = {
    {"html", true, "<&", NULL, clean_html, NULL},
    {"unicode", false, NULL, NULL, clean_unicode, clean_load_normalizers},
    {"nfc", false, NULL, NULL, clean_nfc, clean_load_normalizers},
    {"quotes", false, NULL, NULL, clean_quotes, NULL},
    {"urls", true, ".:", NULL, clean_urls, NULL},
    {"mentions", true, "@", NULL, clean_mentions, NULL},
    {"hashtags", true, "#", NULL, clean_hashtags, NULL},
    {"emoji", false, NULL, NULL, clean_emoji, clean_load_names},
    {"no-emoji", false, NULL, NULL, clean_no_emoji, NULL},
    {"emoticons", true, NULL, NULL, clean_emoticons, NULL},
    {"contractions", true, "'\xE2", NULL, clean_contractions, NULL},
    {"repeats", true, NULL, NULL, clean_repeats, NULL},
    {"punctuation", true, "!?", "!?", clean_punctuation, NULL},
    {"accents", false, NULL, NULL, clean_accents, clean_load_normalizers},
    {"case", true, NULL, NULL, clean_case, NULL},
    {"numbers", true, NULL, NULL, clean_numbers, NULL},
    {"symbols", true, NULL, NULL, clean_symbols, NULL},
};

const struct clean_step *clean_step_find(const char *name) {
    for (size_t i = 0; i < CLEAN_STEP_COUNT; i++)
        if (strcmp(clean_steps[i].name, name) == 0)
            return &clean_steps[i];
    return NULL;
}

void clean_buffers_free(struct clean_buffers *buffers) {
    bytes_free(&buffers->utf16);
    bytes_free(&buffers->result);
}
