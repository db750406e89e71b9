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
    {"from", "none", "a shipped model"},
    {"vectors", "none", "shipped vectors"},
    {"clean", "none html,unicode,quotes,urls html,unicode,quotes,urls,mentions,hashtags,emoji,contractions,repeats",
     ""},
};
enum { OPTION_COUNT = sizeof options / sizeof *options };

/* A dimension of v values gets another value with the probability v / (v + KEPT_WEIGHT): about two per trial. */
enum { KEPT_WEIGHT = 14, MOST_DRAWS = 1000 };

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

/* The default as it is printed: "64 (without vectors 16)". */
static char *describe_default(const struct tune_space *space, const struct preset_setting_info *info) {
    char *text = NULL;
    double with = info->with_vectors, without = info->without_vectors;
    if (info == &preset_settings_table[PRESET_NGRAMS] && space->facts.characters)
        return strdup("3");
    if (info->kind == PRESET_BOOL)
        return strdup(space->facts.trained ? "True" : "False");
    if (isnan(with) || !space->facts.vectors || with == without)
        return asprintf(&text, "%g%s", without, isnan(with) && space->facts.vectors ? " (without vectors)" : "") < 0
                   ? NULL
                   : text;
    return asprintf(&text, "%g (without vectors %g)", with, without) < 0 ? NULL : text;
}

/* Vectors are not searched if a given setting needs them. */
static bool option_applies(const struct option_values *option, const struct tune_facts *facts,
                           const struct preset_settings *given) {
    if (strcmp(option->name, "from") == 0)
        return facts->base_model;
    if (strcmp(option->name, "vectors") == 0)
        return facts->vectors && !given->given[PRESET_TRAIN_VECTORS];
    return true;
}

/* Some settings apply only without a base model, or only with or without vectors. */
static bool setting_applies(size_t setting, const struct tune_arguments *arguments, const struct tune_facts *facts) {
    const struct preset_setting_info *info = &preset_settings_table[setting];
    if (setting == PRESET_UNITS && facts->base_model)
        return !is_given(&arguments->given, "from");
    if (isnan(info->with_vectors))
        return !facts->vectors || !is_given(&arguments->given, "vectors");
    return !isnan(info->without_vectors) || facts->vectors;
}

mood_status tune_space_create(struct tune_space *space, const struct tune_arguments *arguments,
                              const struct tune_facts *facts, mood_error *err) {
    struct preset_settings given = {0};
    mood_status status = MOOD_OK;
    *space = (struct tune_space){.facts = *facts, .preset = arguments->preset};
    if (arguments->preset)
        status = preset_settings_parse(arguments->preset, &given, err);
    for (size_t i = 0; i < OPTION_COUNT && status == MOOD_OK; i++)
        if (!is_given(&arguments->given, options[i].name) && option_applies(&options[i], facts, &given))
            status = add_option(space, &options[i], facts, err);
    for (size_t i = 0; i < PRESET_SETTING_COUNT && status == MOOD_OK; i++) {
        const struct preset_setting_info *info = &preset_settings_table[i];
        if (given.given[i] || !setting_applies(i, arguments, facts))
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

/* Whether an option has another value than its default. */
static bool is_changed(const struct tune_space *space, const struct tune_settings *settings, const char *option) {
    for (size_t i = 0; i < space->count; i++)
        if (space->dimensions[i].setting < 0 && strcmp(space->dimensions[i].name, option) == 0)
            return settings->choice[i] > 0;
    return false;
}

/* The default of a setting of --preset auto in a trial; NAN: it does not apply. */
static double default_of(const struct tune_space *space, const struct tune_settings *settings,
                         enum preset_setting setting) {
    static const struct preset_settings none;
    bool base = space->facts.base_model && !is_changed(space, settings, "from");
    bool vectors = base || (space->facts.vectors && !is_changed(space, settings, "vectors"));
    if (setting == PRESET_UNITS && base)
        return NAN;
    if (setting == PRESET_TRAIN_VECTORS && base)
        return space->facts.trained;
    return preset_setting_get(&none, setting, vectors, space->facts.characters);
}

/* Drop what does not apply, or is the default. */
static void normalize(const struct tune_space *space, struct tune_settings *settings) {
    for (size_t i = 0; i < space->count; i++) {
        const struct tune_dimension *dimension = &space->dimensions[i];
        if (dimension->setting < 0 || !settings->choice[i])
            continue;
        double value = NAN, by_default = default_of(space, settings, (enum preset_setting)dimension->setting);
        const char *text = dimension->values[settings->choice[i] - 1];
        bool read = preset_setting_read((enum preset_setting)dimension->setting, text, strlen(text), &value, NULL) ==
                    MOOD_OK;
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

/* The bias of the remainder is less than 2^-50. */
static size_t random_below(uint64_t *state, size_t limit) {
    return (size_t)(random_next(state) % limit);
}

bool tune_space_draw(const struct tune_space *space, uint64_t seed, const struct tune_settings *parent,
                     const struct tune_settings *before, size_t count, struct tune_settings *settings) {
    uint64_t state = seed;
    state = random_next(&state) + count;
    for (size_t draw = 0; draw < MOST_DRAWS; draw++) {
        *settings = *parent;
        for (size_t i = 0; i < space->count; i++) {
            size_t values = space->dimensions[i].count, drawn = random_below(&state, values + KEPT_WEIGHT);
            if (drawn < values) /* the default and the other values */
                settings->choice[i] = (unsigned char)(drawn + (drawn >= parent->choice[i]));
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

/* ---- as text ---------------------------------------------------------------------------------------------------- */

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
