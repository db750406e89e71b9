/* mood convert: writes a model of any supported format as a .keras file. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "model_file.h"
#include "output.h"
#include "recipe_options.h"
#include "shipped.h"
#include "terminal.h"

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *model, *output;
};

static const struct argp_option options[] = {
    {"output", 'o', "OUT.keras", 0, "write the model here", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        return 0;
    case 'o': arguments->output = argument; return 0;
    case ARGP_KEY_ARG:
        if (arguments->model)
            argp_error(state, "too many arguments: '%s'", argument);
        arguments->model = model_argument(argument);
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "missing argument: the file of a model"); return 0;
    case ARGP_KEY_END:
        if (!arguments->output)
            argp_error(state, "missing -o OUT.keras: the file to write");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp convert_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "FILE -o OUT.keras",
    .doc =
        "Write a model as a .keras file with its tokenizer, padding and labels. The model may be an .h5 file of Keras "
        "2.2 to 3, also of weights alone, or a .keras file."
        "\vThe optimizer's state of an .h5 file is not taken over.\n\n"
        "Examples:\n"
        "  mood convert model.h5 --tokenizer words.pickle -o model.keras\n"
        "  mood convert weights.h5 --architecture model.json -o model.keras",
    .children = recipe_children,
};

/* Without tokenizer and settings the file gets no recipe: it is as Keras would save it. */
static mood_status write_model(const struct arguments *arguments, mood_model *model, mood_recipe *recipe,
                               mood_error *err) {
    const mood_recipe_options *given = &arguments->recipe.options;
    if (recipe->tokenizer || recipe_gives_any(given))
        return model_file_write(&arguments->common, arguments->model, arguments->output, model, recipe, err);
    mood_status status = mood_model_save(model, arguments->output, NULL, err);
    if (status == MOOD_OK)
        print_note(&arguments->common, "%s: written without a tokenizer; mood recipe can add one", arguments->output);
    return status;
}

static void note_optimizer(const struct arguments *arguments, const mood_model *model) {
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    mood_error reason = {0};
    if (mood_model_get_compile_options(model, &compile, &reason) == MOOD_ERR_UNSUPPORTED)
        print_note(&arguments->common, "mood: %s: %s", arguments->model, reason.message);
}

static mood_status print_json(const struct arguments *arguments, const mood_model *model, const mood_recipe *recipe,
                              mood_error *err) {
    json_t *report = json_pack("{ss ss sI sb}", "from", arguments->model, "model", arguments->output, "params",
                               (json_int_t)mood_model_count_params(model), "tokenizer", recipe->tokenizer != NULL);
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    dump_json(stdout, report, JSON_COMPACT);
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

static mood_status run(const struct arguments *arguments, mood_error *err) {
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    const mood_recipe_options *given = &arguments->recipe.options;
    const char *const inputs[] = {given->tokenizer, given->word_index, given->architecture};
    mood_status status = check_not_input("-o", arguments->output, inputs, 3, err);
    if (status == MOOD_OK)
        status = check_writable(arguments->output, err);
    if (status == MOOD_OK)
        status = open_device(&arguments->common, &device, err);
    if (status == MOOD_OK)
        status = mood_model_load(device, arguments->model, given, &model, &recipe, err);
    if (status == MOOD_OK) {
        note_optimizer(arguments, model);
        status = write_model(arguments, model, recipe, err);
    }
    if (status == MOOD_OK && arguments->common.json)
        status = print_json(arguments, model, recipe, err);
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status;
}

int convert_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS};
    mood_error err = {0};
    if (parse_arguments(&convert_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    int result = run(&arguments, &err) ? fail(&arguments.common, &err) : EXIT_SUCCESS;
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
