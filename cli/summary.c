/* mood summary: prints a model's layers as Keras's summary() does. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "mood/model.h"
#include "preparation.h"
#include "recipe_options.h"
#include "shipped.h"
#include "terminal.h"

struct arguments {
    struct common common;
    const char *model;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &arguments->common; return 0;
    case ARGP_KEY_ARG:
        if (arguments->model)
            argp_error(state, "too many arguments: '%s'", argument);
        arguments->model = model_argument(argument);
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "name a model"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp summary_argp = {
    .parser = parse_option,
    .args_doc = "MODEL.keras",
    .doc = "Show a model's layers, their shapes and numbers of parameters, as Keras's summary() does, and how "
           "texts become rows."
           "\vExamples:\n"
           "  mood summary reviews.keras\n"
           "  mood summary --json reviews.keras",
    .children = common_children,
};

static mood_status print_table(const mood_model *model, const mood_recipe *recipe, mood_error *err) {
    char *table = NULL;
    mood_status status = mood_model_summary(model, terminal_columns(STDOUT_FILENO), &table, err);
    if (status)
        return status;
    fputs(table, stdout);
    mood_free(table);
    if (!recipe) {
        puts(" Texts: the file has no tokenizer");
        return MOOD_OK;
    }
    if (recipe->matrix != MOOD_MATRIX_NONE)
        printf(" Texts: bags of words (%s); labels:", mood_matrix_name(recipe->matrix));
    else
        printf(" Texts: %zu words per text, padded %s; labels:", mood_model_get_timesteps(model),
               recipe->padding == MOOD_PAD_PRE ? "in front" : "at the end");
    for (size_t i = 0; i < recipe->label_count; i++)
        printf("%s %s", i ? "," : "", recipe->labels[i]);
    putchar('\n');
    preparation_print(recipe->tokenizer, " Cleaning: ", " Segmentation: ");
    return MOOD_OK;
}

static json_t *describe_weights(const mood_model *model, mood_error *err) {
    json_t *weights = json_array();
    for (size_t i = 0; i < mood_model_count_weights(model); i++) {
        mood_weight_info info;
        if (mood_model_weight_info(model, i, &info, err))
            goto failed;
        json_t *shape = info.shape[1] ? json_pack("[II]", (json_int_t)info.shape[0], (json_int_t)info.shape[1])
                                      : json_pack("[I]", (json_int_t)info.shape[0]);
        json_t *weight = json_pack("{ss ss so sI}", "layer", info.layer, "name", info.name, "shape", shape, "count",
                                   (json_int_t)info.count);
        if (json_array_append_new(weights, weight) == 0)
            continue;
        (void)mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        goto failed;
    }
    return weights;
failed:
    json_decref(weights);
    return NULL;
}

static mood_status print_json(const mood_model *model, const mood_recipe *recipe, mood_error *err) {
    json_t *weights = describe_weights(model, err);
    if (!weights)
        return err->status;
    const mood_tokenizer *tokenizer = recipe ? recipe->tokenizer : NULL;
    json_t *labels = json_array();
    for (size_t i = 0; recipe && i < recipe->label_count; i++)
        json_array_append_new(labels, json_string(recipe->labels[i]));
    json_t *report = json_pack(
        "{sI ss* sI sI sI so so ss* so* ss*}", "timesteps", (json_int_t)mood_model_get_timesteps(model), "matrix",
        recipe ? mood_matrix_name(recipe->matrix) : NULL, "vocabulary", (json_int_t)mood_model_get_vocabulary(model),
        "outputs", (json_int_t)mood_model_get_outputs(model), "params", (json_int_t)mood_model_count_params(model),
        "labels", labels, "weights", weights, "data_digest", recipe ? recipe->data_digest : NULL, "clean",
        tokenizer ? preparation_list_steps(tokenizer) : NULL, "segment",
        tokenizer ? mood_tokenizer_get_segment(tokenizer) : NULL);
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    dump_json(stdout, report, JSON_COMPACT);
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

int summary_command(int argc, char **argv) {
    struct arguments arguments = {0};
    mood_error err = {0};
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    int result = EXIT_SUCCESS;

    if (parse_arguments(&summary_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    mood_status status = open_device(&arguments.common, &device, &err);
    if (status == MOOD_OK)
        status = mood_model_load(device, arguments.model, NULL, &model, &recipe, &err);
    if (status == MOOD_OK)
        status = (arguments.common.json ? print_json : print_table)(model, recipe, &err);
    if (status)
        result = fail(&arguments.common, &err);
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return result;
}
