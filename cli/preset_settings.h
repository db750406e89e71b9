/* The settings of --preset auto: one table, which mood fit reads and mood tune searches. */
#ifndef CLI_PRESET_SETTINGS_H
#define CLI_PRESET_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

enum preset_setting {
    PRESET_UNITS,
    PRESET_SPATIAL_DROPOUT,
    PRESET_DROPOUT,
    PRESET_NGRAMS,
    PRESET_NGRAM_UNITS,
    PRESET_NGRAM_SCALE,
    PRESET_DIM,
    PRESET_TRAIN_VECTORS
};
enum { PRESET_SETTING_COUNT = PRESET_TRAIN_VECTORS + 1 };

/* A row of the table. */
struct preset_setting_info {
    const char *name;
    enum { PRESET_WHOLE, PRESET_REAL, PRESET_BOOL } kind;
    double least, most;
    double with_vectors, without_vectors; /* the defaults; NAN: it does not apply */
    const char *tuned;                    /* the values that mood tune tries, separated by spaces */
};
extern const struct preset_setting_info preset_settings_table[PRESET_SETTING_COUNT];

/* The given settings. */
struct preset_settings {
    bool given[PRESET_SETTING_COUNT];
    double values[PRESET_SETTING_COUNT];
};

/* Read "units=128,dropout=0.3". Errors: MOOD_ERR_ARGUMENT, naming the setting. */
MOOD_MUST_CHECK mood_status preset_settings_parse(const char *text, struct preset_settings *settings, mood_error *err);

/* One value, as in that text. The same errors. */
MOOD_MUST_CHECK mood_status preset_setting_read(enum preset_setting setting, const char *text, size_t size,
                                                double *value, mood_error *err);

/* The given value or the default. characters: the texts are split into characters. */
double preset_setting_get(const struct preset_settings *settings, enum preset_setting setting, bool vectors,
                          bool characters);

/* Check that what is given applies to a model with or without vectors. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status preset_settings_check(const struct preset_settings *settings, bool vectors,
                                                  mood_error *err);

#endif
