/* mood recipe: how a model's file turns texts into rows and names its classes; show it, or write it into a file. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_file.h"
#include "output.h"
#include "preparation.h"
#include "recipe_options.h"
#include "shipped.h"
#include "terminal.h"

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *model, *output;
};

static const struct argp_option options[] = {
    {"output", 'o', "OUT.keras", 0, "write a copy of the model's file with these settings; may be the same file", 0},
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
    case ARGP_KEY_NO_ARGS: argp_error(state, "name a model"); return 0;
    case ARGP_KEY_END:
        if (!arguments->output && recipe_gives_any(&arguments->recipe.options))
            argp_error(state, "missing -o OUT.keras: the file to write with these settings");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp recipe_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "MODEL.keras [-o OUT.keras]",
    .doc = "Show how a model's file turns texts into rows: tokenizer; padding, truncating and maxlen, or matrix for "
           "bags of words; labels; temperature and threshold. With -o write a copy of the file with the settings that "
           "the options give, and "
           "with check texts."
           "\vA file saved by Keras has none of these settings; mood fit writes all of them. Weights, optimizer state "
           "and configuration are copied unchanged, so that Keras opens the copy like the original.\n\n"
           "Examples:\n"
           "  mood recipe keras.keras\n"
           "  mood recipe keras.keras --tokenizer words.json --padding post -o my.keras",
    .children = recipe_children,
};

/* ---- showing ---------------------------------------------------------------------------------------------------- */

static const char *assumed_mark(const mood_recipe *recipe, mood_recipe_setting setting) {
    return recipe->assumed & setting ? " (assumed: not in the file)" : "";
}

static void print_tokenizer(const mood_tokenizer *tokenizer) {
    if (!tokenizer) {
        puts("tokenizer    none: give it with --tokenizer FILE");
        return;
    }
    mood_tokenizer_options made = mood_tokenizer_get_options(tokenizer);
    printf("tokenizer    %s%zu %s", mood_tokenizer_is_text_vectorization(tokenizer) ? "TextVectorization, " : "",
           mood_tokenizer_count_words(tokenizer), made.char_level ? "characters" : "words");
    if (made.num_words)
        printf(", num_words %zu", made.num_words);
    if (made.oov_token) {
        fputs(", oov_token ", stdout);
        print_column(stdout, (mood_text){made.oov_token, strlen(made.oov_token)});
    }
    putchar('\n');
}

static void print_padding(const mood_recipe *recipe) {
    printf("padding      %s%s\n", padding_name(recipe->padding), assumed_mark(recipe, MOOD_RECIPE_PADDING));
    printf("truncating   %s%s\n", padding_name(recipe->truncating), assumed_mark(recipe, MOOD_RECIPE_TRUNCATING));
    printf("maxlen       %zu\n", recipe->maxlen);
}

static void print_text(const mood_recipe *recipe) {
    print_tokenizer(recipe->tokenizer);
    preparation_print(recipe->tokenizer, "cleaning     ", "segmentation ");
    if (recipe->matrix == MOOD_MATRIX_NONE)
        print_padding(recipe);
    else
        printf("matrix       %s%s\n", mood_matrix_name(recipe->matrix), assumed_mark(recipe, MOOD_RECIPE_MATRIX));
    fputs("labels       ", stdout);
    for (size_t i = 0; i < recipe->label_count; i++)
        printf("%s%s", i ? ", " : "", recipe->labels[i]);
    puts(assumed_mark(recipe, MOOD_RECIPE_LABELS));
    if (recipe->activation)
        printf("activation   %s\n", recipe->activation);
    unsigned optional = recipe_optional_settings(recipe);
    if (optional & MOOD_RECIPE_TEMPERATURE)
        printf("temperature  %.9g\n", recipe->temperature);
    if (optional & MOOD_RECIPE_THRESHOLD)
        printf("threshold    %.9g\n", (double)recipe->threshold);
    printf("check texts  %zu\n", recipe->check_count);
}

static json_t *describe_tokenizer(const mood_tokenizer *tokenizer) {
    if (!tokenizer)
        return json_null();
    mood_tokenizer_options made = mood_tokenizer_get_options(tokenizer);
    return json_pack("{sI so sb sb so ss ss? ss}", "words", (json_int_t)mood_tokenizer_count_words(tokenizer),
                     "num_words", made.num_words ? json_integer((json_int_t)made.num_words) : json_null(), "lower",
                     made.lower, "char_level", made.char_level, "clean", preparation_list_steps(tokenizer), "segment",
                     mood_tokenizer_get_segment(tokenizer), "oov_token", made.oov_token, "class",
                     mood_tokenizer_is_text_vectorization(tokenizer) ? "TextVectorization" : "Tokenizer");
}

static json_t *describe_assumed(const mood_recipe *recipe) {
    json_t *assumed = json_array();
    if (recipe->assumed & MOOD_RECIPE_PADDING)
        json_array_append_new(assumed, json_string("padding"));
    if (recipe->assumed & MOOD_RECIPE_TRUNCATING)
        json_array_append_new(assumed, json_string("truncating"));
    if (recipe->assumed & MOOD_RECIPE_MATRIX)
        json_array_append_new(assumed, json_string("matrix"));
    if (recipe->assumed & MOOD_RECIPE_LABELS)
        json_array_append_new(assumed, json_string("labels"));
    return assumed;
}

static mood_status print_json(const mood_recipe *recipe, mood_error *err) {
    json_t *labels = json_array();
    for (size_t i = 0; i < recipe->label_count; i++)
        json_array_append_new(labels, json_string(recipe->labels[i]));
    const char *matrix = mood_matrix_name(recipe->matrix);
    unsigned optional = recipe_optional_settings(recipe);
    json_t *temperature = optional & MOOD_RECIPE_TEMPERATURE ? json_real(recipe->temperature) : NULL;
    json_t *threshold = optional & MOOD_RECIPE_THRESHOLD ? json_real((double)recipe->threshold) : NULL;
    json_t *report = json_pack(
        "{so ss* ss* ss* so* so ss* so* so* sI ss? so}", "tokenizer", describe_tokenizer(recipe->tokenizer), "matrix",
        matrix, "padding", matrix ? NULL : padding_name(recipe->padding), "truncating",
        matrix ? NULL : padding_name(recipe->truncating), "maxlen",
        matrix ? NULL : json_integer((json_int_t)recipe->maxlen), "labels", labels, "activation", recipe->activation,
        "temperature", temperature, "threshold", threshold, "check_texts", (json_int_t)recipe->check_count,
        "data_digest", recipe->data_digest, "assumed", describe_assumed(recipe));
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static mood_status store(const struct arguments *arguments, mood_model *model, mood_recipe *recipe, mood_error *err) {
    if (!recipe->tokenizer)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "%s: the file has no tokenizer; give Keras's tokenizer, as tokenizer.to_json() returned it "
            "or pickled, with --tokenizer FILE",
            arguments->model);
    mood_status status = model_file_write(&arguments->common, arguments->model, arguments->output, model, recipe, err);
    return status == MOOD_OK && arguments->common.json ? print_json(recipe, err) : status;
}

static mood_status run(const struct arguments *arguments, mood_error *err) {
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    const mood_recipe_options *given = &arguments->recipe.options;
    const char *const inputs[] = {given->tokenizer, given->word_index,
                                  given->architecture}; /* -o may be the model itself */
    mood_status status = check_not_input("-o", arguments->output, inputs, 3, err);
    if (status == MOOD_OK && arguments->output)
        status = check_writable(arguments->output, err);
    if (status == MOOD_OK)
        status = open_device(&arguments->common, &device, err);
    if (status == MOOD_OK)
        status = mood_model_load(device, arguments->model, &arguments->recipe.options, &model, &recipe, err);
    if (status == MOOD_OK && arguments->output)
        status = store(arguments, model, recipe, err);
    else if (status == MOOD_OK && arguments->common.json)
        status = print_json(recipe, err);
    else if (status == MOOD_OK)
        print_text(recipe);
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status;
}

int recipe_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS};
    mood_error err = {0};
    if (parse_arguments(&recipe_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    int result = run(&arguments, &err) ? fail(&arguments.common, &err) : EXIT_SUCCESS;
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
