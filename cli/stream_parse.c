/* Parses the command lines of mood stream and mood replay. */
#include <stdlib.h>
#include <string.h>

#include "secrets.h"
#include "stream.h"

/* State of parsing. There are two passes: files are read first, because the command line takes precedence. */
struct parsing {
    struct stream_arguments *arguments;
    const struct argp *argp;
    void (*check)(struct argp_state *state, struct stream_arguments *arguments);
    bool files; /* the pass that reads files */
};

static const char *long_name(const struct argp_option *options, int key) {
    for (const struct argp_option *option = options; option->name; option++)
        if (option->key == key)
            return option->name;
    return NULL;
}

static mood_status set_property(struct stream_arguments *arguments, const char *text, mood_error *err) {
    const char *equals = strchr(text, '=');
    char *key = equals ? strndup(text, (size_t)(equals - text)) : NULL;
    if (!equals)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "-X takes KEY=VALUE (the argument is not shown: it may contain a secret)");
    if (!key)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = stream_set_property(arguments, key, equals + 1, true, err);
    free(key);
    return status;
}

static mood_status set(struct parsing *parsing, int key, const char *name, const char *value, mood_error *err) {
    struct stream_arguments *arguments = parsing->arguments;
    if (key == 'F')
        return parsing->files ? stream_read_file(arguments, value, err) : MOOD_OK;
    if (parsing->files)
        return MOOD_OK;
    if (strcmp(name, "check") == 0)
        arguments->check = true;
    else if (strcmp(name, "demo") == 0)
        arguments->demo = true;
    else if (key == 'X')
        return set_property(arguments, value, err);
    else
        return stream_set(arguments, name, value ? value : "true", ORIGIN_COMMAND_LINE, err);
    return MOOD_OK;
}

/* Set an option or exit: with the usage status for a wrong value, else with the failure status (a file that can't
 * be read). */
static void set_or_exit(struct argp_state *state, struct parsing *parsing, int key, const char *name,
                        const char *value) {
    mood_error err;
    mood_status status = set(parsing, key, name, value, &err);
    if (status == MOOD_OK)
        return;
    char *shown = secrets_hide(err.message);
    const char *message = shown ? shown : "out of memory";
    if (status == MOOD_ERR_ARGUMENT)
        argp_error(state, "%s", message);
    else
        argp_failure(state, EXIT_FAILURE, 0, "%s", message);
    free(shown);
}

error_t stream_parse_option(int key, char *value, struct argp_state *state) {
    struct parsing *parsing = state->input;
    struct stream_arguments *arguments = parsing->arguments;
    const char *name;
    switch (key) {
    case ARGP_KEY_INIT:
        for (size_t i = 0; parsing->argp->children[i].argp; i++)
            state->child_inputs[i] = parsing->argp->children[i].argp == &common_argp ? (void *)&arguments->common
                                                                                     : parsing;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "more than one connector: '%s'", value);
        arguments->plugin = value;
        return 0;
    case ARGP_KEY_END:
        if (!parsing->files)
            parsing->check(state, arguments);
        return 0;
    default:
        if (!(name = long_name(parsing->argp->options, key)))
            return ARGP_ERR_UNKNOWN;
        set_or_exit(state, parsing, key, name, value);
        return 0;
    }
}

/* Options of recipe_option_table and score_option_table are set like the stream's own, so placeholders are replaced. */
static error_t parse_recipe_option(int key, char *value, struct argp_state *state) {
    const char *name = long_name(recipe_option_table, key);
    if (!name)
        name = long_name(score_option_table, key);
    if (key == ARGP_KEY_INIT && state->child_inputs)
        state->child_inputs[0] = state->input;
    if (!name)
        return ARGP_ERR_UNKNOWN;
    set_or_exit(state, state->input, key, name, value);
    return 0;
}

static const struct argp score_option_argp = {.options = score_option_table, .parser = parse_recipe_option};
static const struct argp_child score_children[] = {
    {&score_option_argp, 0, SCORE_HEADER, 11},
    {NULL, 0, NULL, 0},
};
static const struct argp recipe_option_argp = {
    .options = recipe_option_table, .parser = parse_recipe_option, .children = score_children};

const struct argp_child stream_children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&recipe_option_argp, 0, RECIPE_HEADER, 10},
    {NULL, 0, NULL, 0},
};

/* ---- options that exclude each other ----------------------------------------------------------------------------- */

/* --field and --keep need JSON objects. */
static void resolve_format(struct argp_state *state, struct stream_arguments *arguments) {
    enum origin keep = arguments->options.keep ? arguments->keep : ORIGIN_NONE;
    enum origin objects = keep > arguments->field ? keep : arguments->field;
    if (objects && objects == arguments->text)
        argp_error(state, "--format text can't be combined with --field or --keep, which are for JSON objects");
    if (objects > arguments->text)
        arguments->options.format = MOOD_FORMAT_JSON;
    else if (arguments->text)
        arguments->options.keep = false;
}

void stream_resolve_conflict(struct argp_state *state, struct stream_arguments *arguments) {
    resolve_format(state, arguments);
    if (arguments->dead_letters && arguments->dead_letters == arguments->on_error)
        argp_error(state, "--dead-letters and --on-error can't be combined");
    if (arguments->dead_letters < arguments->on_error) {
        stream_drop_setting(arguments, "dead-letters");
        arguments->dead_letters = ORIGIN_NONE;
    }
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

bool stream_parse(const struct argp *argp, void (*check)(struct argp_state *, struct stream_arguments *), int argc,
                  char **argv, struct stream_arguments *arguments) {
    struct parsing parsing = {arguments, argp, check, true};
    if (parse_arguments(argp, 0, argc, argv, &parsing) != 0)
        return false;
    parsing.files = false;
    return parse_arguments(argp, 0, argc, argv, &parsing) == 0;
}
