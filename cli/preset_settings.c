/* The settings of --preset auto, as in auto:units=128,dropout=0.3. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "preset_settings.h"

/* Without vectors the Embedding is learnt from few words, so the recurrent part is small, and the bag of n-grams has
 * more influence. doc/accuracy.md has the figures. */
const struct preset_setting_info preset_settings_table[PRESET_SETTING_COUNT] = {
    [PRESET_UNITS] = {"units", PRESET_WHOLE, 1, 1024, 64, 16, "16 32 64 128"},
    [PRESET_SPATIAL_DROPOUT] = {"spatial_dropout", PRESET_REAL, 0, 0.95, 0.2, 0.4, "0.1 0.2 0.3 0.4 0.5"},
    [PRESET_DROPOUT] = {"dropout", PRESET_REAL, 0, 0.95, 0.5, 0.5, "0.3 0.4 0.5 0.6 0.7"},
    [PRESET_NGRAMS] = {"ngrams", PRESET_WHOLE, 0, 3, 2, 2, "1 2 3"},
    [PRESET_NGRAM_UNITS] = {"ngram_units", PRESET_WHOLE, 1, 1024, 8, 8, "4 8 16 32"},
    [PRESET_NGRAM_SCALE] = {"ngram_scale", PRESET_REAL, 0.01, 100, 1, 8, "0.5 1 2 4 8"},
    [PRESET_DIM] = {"dim", PRESET_WHOLE, 1, 4096, NAN, 16, "8 16 32 64"},
    [PRESET_TRAIN_VECTORS] = {"train_vectors", PRESET_BOOL, 0, 1, 0, NAN, "False True"},
};

enum { NGRAMS_OF_CHARACTERS = 3 }; /* words are often of two characters */

/* ---- reading ------------------------------------------------------------------------------------------ */

static mood_status refuse_name(const char *name, size_t size, mood_error *err) {
    const char *names[PRESET_SETTING_COUNT];
    char list[256] = "", *word = strndup(name, size);
    for (size_t i = 0; i < PRESET_SETTING_COUNT; i++) {
        size_t end = strlen(list);
        names[i] = preset_settings_table[i].name;
        snprintf(list + end, sizeof list - end, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = word ? nearest_name(word, names, PRESET_SETTING_COUNT) : NULL;
    mood_status status = mood_error_set(
        err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "auto has no setting '%.*s'%s%s%s; its settings are %s", (int)size,
        name, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "", list);
    free(word);
    return status;
}

static bool is_text(const char *text, size_t size, const char *word) {
    return size == strlen(word) && memcmp(text, word, size) == 0;
}

/* False: not a number. */
static bool read_number(const char *text, size_t size, double *value) {
    char copy[32], *end;
    if (size == 0 || size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (copy[strspn(copy, "0123456789.eE+-")])
        return false; /* strtod would also accept spaces, 0x10 and nan */
    *value = strtod(copy, &end);
    return !*end && isfinite(*value);
}

mood_status preset_setting_read(enum preset_setting setting, const char *text, size_t size, double *value,
                                mood_error *err) {
    const struct preset_setting_info *info = &preset_settings_table[setting];
    if (info->kind == PRESET_BOOL) {
        *value = is_text(text, size, "True");
        if (*value != 0 || is_text(text, size, "False"))
            return MOOD_OK;
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s must be True or False, not '%.*s'",
                              info->name, (int)size, text);
    }
    if (read_number(text, size, value) && *value >= info->least && *value <= info->most &&
        (info->kind == PRESET_REAL || *value == floor(*value)))
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s must be a %snumber from %g to %g, not '%.*s'",
                          info->name, info->kind == PRESET_WHOLE ? "whole " : "", info->least, info->most, (int)size,
                          text);
}

/* One KEY=VALUE. */
static mood_status read_setting(const char *text, size_t size, struct preset_settings *settings, mood_error *err) {
    const char *equals = memchr(text, '=', size);
    size_t name = equals ? (size_t)(equals - text) : size;
    for (size_t i = 0; i < PRESET_SETTING_COUNT; i++) {
        if (!is_text(text, name, preset_settings_table[i].name))
            continue;
        if (settings->given[i])
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s is given twice",
                                  preset_settings_table[i].name);
        settings->given[i] = true;
        return preset_setting_read((enum preset_setting)i, equals ? equals + 1 : "", equals ? size - name - 1 : 0,
                                   &settings->values[i], err);
    }
    return refuse_name(text, name, err);
}

mood_status preset_settings_parse(const char *text, struct preset_settings *settings, mood_error *err) {
    mood_status status = MOOD_OK;
    *settings = (struct preset_settings){0};
    while (status == MOOD_OK && text) {
        size_t size = strcspn(text, ",");
        status = read_setting(text, size, settings, err);
        text = text[size] ? text + size + 1 : NULL;
    }
    return status;
}

/* ---- values ------------------------------------------------------------------------------------------- */

double preset_setting_get(const struct preset_settings *settings, enum preset_setting setting, bool vectors,
                          bool characters) {
    const struct preset_setting_info *info = &preset_settings_table[setting];
    if (settings->given[setting])
        return settings->values[setting];
    if (setting == PRESET_NGRAMS && characters)
        return NGRAMS_OF_CHARACTERS;
    return vectors ? info->with_vectors : info->without_vectors;
}

mood_status preset_settings_check(const struct preset_settings *settings, bool vectors, mood_error *err) {
    if (vectors && settings->given[PRESET_DIM])
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--preset auto: dim is for a model without vectors; the Embedding is as wide as the "
                              "vectors; add --vectors none, or leave dim out");
    if (!vectors && settings->given[PRESET_TRAIN_VECTORS])
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--preset auto: train_vectors is for a model with vectors, and this one has none; leave "
                              "it out");
    return MOOD_OK;
}
