/* Options of every command that reads texts for a model: how they become rows, what the classes are called, and
 * what the outputs are. */
#ifndef CLI_RECIPE_OPTIONS_H
#define CLI_RECIPE_OPTIONS_H

#include "command.h"
#include "mood/model.h"

struct recipe_arguments {
    mood_recipe_options options;
    char *label_text;    /* what options.labels point into */
    const char **labels; /* options.labels */
};
#define RECIPE_ARGUMENTS                                                                                               \
    { .options = MOOD_RECIPE_OPTIONS }

/* The rows of the options that a recipe has: --tokenizer, --padding, --truncating, --maxlen, --matrix, --labels …; and
 * --temperature and --threshold, which mood fit does not have: it fits both. */
extern const struct argp_option recipe_option_table[], score_option_table[];

#define SCORE_HEADER "Scores and labels:"
#define RECIPE_HEADER "Text preprocessing, labels and layers that a file saved by Keras does not contain:"

/* A command's argp has recipe_children as its children, and its parser begins with
 *     case ARGP_KEY_INIT:
 *         state->child_inputs[0] = &arguments->common;
 *         state->child_inputs[1] = &arguments->recipe;  a struct recipe_arguments */
extern const struct argp_child recipe_children[];

/* The same without --temperature and --threshold, and with a struct data_options: for mood fit. */
extern const struct argp_child fit_children[];

/* The same for a command that also reads labelled texts, with
 *         state->child_inputs[2] = &arguments->data;  a struct data_options */
extern const struct argp_child labelled_children[];

/* The same for a command that reads a file of texts, whose child also is a struct data_options. */
extern const struct argp_child table_children[];

/* Set one by its long name; a list of labels is copied, other strings are borrowed. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status recipe_set(struct recipe_arguments *arguments, const char *name, const char *value,
                                       mood_error *err);
void recipe_arguments_clear(struct recipe_arguments *arguments);

/* --threshold NUMBER; name is that of the option, for the message. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status threshold_parse(const char *name, const char *value, float *threshold, mood_error *err);

/* Whether the options contain a setting that a model's file stores. */
bool recipe_gives_any(const mood_recipe_options *given);

const char *padding_name(mood_padding side); /* "pre" or "post" */

/* Those of activation, temperature and threshold that the recipe has: MOOD_RECIPE_…. */
unsigned recipe_optional_settings(const mood_recipe *recipe);

/* The settings among `which` (MOOD_RECIPE_…) with their values, as "padding=pre, labels negative and positive"; new. */
char *recipe_list_settings(const mood_recipe *recipe, unsigned which);

/* Of a model that was opened with these options, from that path: a note on what was assumed, and one on what the
 * options replaced. */
void recipe_print_notes(const struct common *common, const char *path, const mood_recipe *recipe);

#endif
