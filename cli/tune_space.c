/* The settings that mood tune searches: those of --preset auto (preset_settings.c), and options of mood fit. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preset.h"
#include "random.h"
#include "tune_space.h"

/* The values of an option, separated by spaces, and its default. */
struct option_values {
    const char *name, *values, *by_default;
};
static const struct option_values options[] = {
    {"learning-rate", "0.0003 0.0005 0.001 0.002 0.004", "0.001"},
    {"batch-size", "16 32 64 128", NULL},
    {"optimizer",
     "adamw:weight_decay=0.1,global_clipnorm=1 adamw:weight_decay=1,global_clipnorm=1 "
     "nadam:global_clipnorm=1",
     "adam:global_clipnorm=1"},
    {"loss", NULL, NULL},
    {"vectors", "none", "those of mood"},
    {"clean", "none html,unicode,quotes,urls html,unicode,quotes,urls,mentions,hashtags,emoji,contractions,repeats",
     ""},
};
enum { OPTION_COUNT = sizeof options / sizeof *options };

/* A dimension of v values keeps its default with the probability 1 - v / (v + DEFAULT_WEIGHT): about four settings of a
 * trial differ from the defaults. */
enum { DEFAULT_WEIGHT = 6, MOST_DRAWS = 1000 };

/* ---- dimensions --------------------------------------------------------------------------------------------- */

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* Takes default_value over; `omitted` is left out of the values. */
static mood_status add_dimension(struct tune_space *space, const char *name, int setting, const char *values,
                                 char *default_value, const char *omitted, mood_error *err) {
    struct tune_dimension *dimension = &space->dimensions[space->count];
    dimension->default_value = default_value;
    if (!default_value)
        return no_memory(err);
    dimension->name = name;
    dimension->setting = setting;
    space->count++;
    for (size_t size; *values; values += size + (values[size] == ' ')) {
        size = strcspn(values, " ");
        if (omitted && strlen(omitted) == size && memcmp(values, omitted, size) == 0)
            continue;
        dimension->values[dimension->count] = strndup(values, size);
        if (!dimension->values[dimension->count++])
            return no_memory(err);
    }
    return MOOD_OK;
}

static bool is_given(const struct command_line *given, const char *name) {
    size_t size = strlen(name);
    for (size_t i = 0; i < given->count; i++)
        if (strncmp(given->words[i] + 2, name, size) == 0 && given->words[i][2 + size] == '=')
            return true;
    return false;
}

/* Label smoothing of the default loss. */
static const char *loss_values(const struct tune_facts *facts) {
    return facts->labels == 2 || facts->multi_label
               ? "binary_crossentropy:label_smoothing=0.05 binary_crossentropy:label_smoothing=0.1"
               : "categorical_crossentropy:label_smoothing=0.05 categorical_crossentropy:label_smoothing=0.1";
}

static mood_status add_option(struct tune_space *space, const struct option_values *option,
                              const struct tune_facts *facts, mood_error *err) {
    const char *values = option->values ? option->values : loss_values(facts);
    char batch[32];
    snprintf(batch, sizeof batch, "%zu", facts->batch_size);
    const char *by_default = option->by_default;
    if (strcmp(option->name, "batch-size") == 0)
        by_default = batch;
    else if (!by_default)
        by_default = "no label smoothing";
    return add_dimension(space, option->name, -1, values, strdup(*by_default ? by_default : "by script"), by_default,
                         err);
}

/* The default for the user: "64 (without vectors 16)". */
static char *describe_default(const struct tune_space *space, const struct preset_setting_info *info) {
    char *text = NULL;
    double with = info->with_vectors, without = info->without_vectors;
    if (info == &preset_settings_table[PRESET_NGRAMS] && space->characters)
        return strdup("3");
    if (info->kind == PRESET_BOOL)
        return strdup("False");
    if (isnan(with) || !space->vectors || with == without)
        return asprintf(&text, "%g%s", without, isnan(with) && space->vectors ? " (without vectors)" : "") < 0 ? NULL
                                                                                                               : text;
    return asprintf(&text, "%g (without vectors %g)", with, without) < 0 ? NULL : text;
}

mood_status tune_space_create(struct tune_space *space, const struct tune_arguments *arguments,
                              const struct tune_facts *facts, mood_error *err) {
    struct preset_settings given = {0};
    mood_status status = MOOD_OK;
    *space =
        (struct tune_space){.vectors = facts->vectors, .characters = facts->characters, .preset = arguments->preset};
    if (arguments->preset)
        status = preset_settings_parse(arguments->preset, &given, err);
    for (size_t i = 0; i < OPTION_COUNT && status == MOOD_OK; i++)
        if (!is_given(&arguments->given, options[i].name) &&
            (facts->vectors || strcmp(options[i].name, "vectors") != 0) &&
            (!given.given[PRESET_TRAIN_VECTORS] || strcmp(options[i].name, "vectors") != 0))
            status = add_option(space, &options[i], facts, err);
    bool may_lack_vectors = !facts->vectors || !is_given(&arguments->given, "vectors");
    for (size_t i = 0; i < PRESET_SETTING_COUNT && status == MOOD_OK; i++) {
        const struct preset_setting_info *info = &preset_settings_table[i];
        if (given.given[i] || (isnan(info->with_vectors) && !may_lack_vectors) ||
            (isnan(info->without_vectors) && !facts->vectors))
            continue;
        status = add_dimension(space, info->name, (int)i, info->tuned, describe_default(space, info), NULL, err);
    }
    return status;
}

void tune_space_destroy(struct tune_space *space) {
    for (size_t i = 0; i < TUNE_MOST_DIMENSIONS; i++) {
        for (size_t k = 0; k < space->dimensions[i].count; k++)
            free(space->dimensions[i].values[k]);
        free(space->dimensions[i].default_value);
    }
    *space = (struct tune_space){0};
}

/* ---- settings of a trial ---------------------------------------------------------------------------------------- */

/* Whether the trial's model has vectors. */
static bool has_vectors(const struct tune_space *space, const struct tune_settings *settings) {
    for (size_t i = 0; i < space->count; i++)
        if (strcmp(space->dimensions[i].name, "vectors") == 0 && settings->choice[i])
            return false;
    return space->vectors;
}

/* Drop what does not apply to a model with or without vectors, or is its default. */
static void normalize(const struct tune_space *space, struct tune_settings *settings) {
    bool vectors = has_vectors(space, settings);
    for (size_t i = 0; i < space->count; i++) {
        const struct tune_dimension *dimension = &space->dimensions[i];
        static const struct preset_settings none;
        double value = NAN, by_default;
        if (dimension->setting < 0 || !settings->choice[i])
            continue;
        const char *text = dimension->values[settings->choice[i] - 1];
        enum preset_setting setting = (enum preset_setting)dimension->setting;
        by_default = preset_setting_get(&none, setting, vectors, space->characters);
        bool read = preset_setting_read(setting, text, strlen(text), &value, NULL) == MOOD_OK;
        if (!read || isnan(by_default) || value == by_default)
            settings->choice[i] = 0;
    }
}

static bool is_new(const struct tune_settings *settings, const struct tune_settings *before, size_t count) {
    static const struct tune_settings defaults;
    if (memcmp(settings, &defaults, sizeof defaults) == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (memcmp(settings, &before[i], sizeof *settings) == 0)
            return false;
    return true;
}

/* The remainder prefers small numbers by less than 2^-50. */
static size_t random_below(uint64_t *state, size_t limit) {
    return (size_t)(random_next(state) % limit);
}

bool tune_space_draw(const struct tune_space *space, uint64_t seed, size_t trial, const struct tune_settings *before,
                     size_t count, struct tune_settings *settings) {
    uint64_t state = seed;
    state = random_next(&state) + trial;
    for (size_t draw = 0; draw < MOST_DRAWS; draw++) {
        *settings = (struct tune_settings){0};
        for (size_t i = 0; i < space->count; i++) {
            size_t values = space->dimensions[i].count, drawn = random_below(&state, values + DEFAULT_WEIGHT);
            settings->choice[i] = (unsigned char)(drawn < values ? drawn + 1 : 0);
        }
        normalize(space, settings);
        if (is_new(settings, before, count))
            return true;
    }
    return false;
}

bool tune_space_options(const struct tune_space *space, const struct tune_settings *settings,
                        struct command_line *options_out) {
    char *preset = NULL;
    size_t size = 0;
    bool made = true;
    FILE *stream = open_memstream(&preset, &size);
    if (!stream)
        return false;
    if (space->preset)
        fputs(space->preset, stream);
    for (size_t i = 0; i < space->count && made; i++) {
        const struct tune_dimension *dimension = &space->dimensions[i];
        if (!settings->choice[i])
            continue;
        const char *value = dimension->values[settings->choice[i] - 1];
        if (dimension->setting < 0)
            made = command_line_add(options_out, "--%s=%s", dimension->name, value);
        else
            fprintf(stream, "%s%s=%s", ftell(stream) > 0 ? "," : "", dimension->name, value);
    }
    made = fclose(stream) == 0 && made;
    if (made && *preset)
        made = command_line_add(options_out, "--preset=auto:%s", preset);
    free(preset);
    return made;
}

/* ---- as text ------------------------------------------------------------------------------------------------------ */

json_t *tune_space_json(const struct tune_space *space) {
    json_t *list = json_object();
    for (size_t i = 0; i < space->count && list; i++) {
        const struct tune_dimension *dimension = &space->dimensions[i];
        json_t *values = json_array();
        for (size_t k = 0; k < dimension->count; k++)
            json_array_append_new(values, json_string(dimension->values[k]));
        json_object_set_new(list, dimension->name, values);
    }
    return list;
}

void tune_space_print(const struct tune_space *space) {
    for (size_t i = 0; i < space->count; i++) {
        const struct tune_dimension *dimension = &space->dimensions[i];
        printf("%s%s: default %s; tried:", dimension->setting < 0 ? "--" : "--preset auto:", dimension->name,
               dimension->default_value);
        for (size_t k = 0; k < dimension->count; k++)
            printf(" %s", dimension->values[k]);
        putchar('\n');
    }
}
