/* The settings that mood tune searches, and the values that it tries. */
#ifndef CLI_TUNE_SPACE_H
#define CLI_TUNE_SPACE_H

#include <jansson.h>

#include "tune.h"

enum { TUNE_MOST_DIMENSIONS = 16, TUNE_MOST_VALUES = 8 };

struct tune_dimension {
    const char *name;               /* an option of mood fit, without dashes, or a setting of --preset auto */
    int setting;                    /* enum preset_setting; -1: an option */
    char *values[TUNE_MOST_VALUES]; /* [count], new */
    size_t count;
    char *default_value; /* as it is printed, new */
};

struct tune_space {
    struct tune_dimension dimensions[TUNE_MOST_DIMENSIONS];
    size_t count;
    struct tune_facts facts; /* of the defaults */
    const char *preset;      /* given settings of --preset auto; NULL: none */
};

/* A set of settings: 0 is the default, i is values[i - 1]. */
struct tune_settings {
    unsigned char choice[TUNE_MOST_DIMENSIONS];
};

/* The settings that the user has not given and that apply to the data. Errors: MOOD_ERR_MEMORY. */
MOOD_MUST_CHECK mood_status tune_space_create(struct tune_space *space, const struct tune_arguments *arguments,
                                              const struct tune_facts *facts, mood_error *err);
void tune_space_destroy(struct tune_space *space);

/* Draw settings that differ from those of a parent in a few places, and from all before [count]. The result depends on
 * these arguments only. False: none was found. */
bool tune_space_draw(const struct tune_space *space, uint64_t seed, const struct tune_settings *parent,
                     const struct tune_settings *before, size_t count, struct tune_settings *settings);

/* Append the options of mood fit. False: out of memory. */
bool tune_space_options(const struct tune_space *space, const struct tune_settings *settings,
                        struct command_line *options);

/* The names and values as JSON, for the log; NULL: out of memory. */
json_t *tune_space_json(const struct tune_space *space);

/* Print a line per setting. */
void tune_space_print(const struct tune_space *space);

#endif
