/* A caller's options for a recipe: for a file without one, or to override the file's settings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keras/recipe.h"
#include "text/pickle.h"
#include "text/vectorization_json.h"
#include "text/word_index.h"

mood_status recipe_options_check(const mood_recipe_options *options, mood_error *err) {
    const char *problem = NULL;
    if (options->size != sizeof *options)
        problem = "size is not that of this version; begin with MOOD_RECIPE_OPTIONS";
    else if (options->padding < MOOD_PAD_UNSET || options->padding > MOOD_PAD_POST ||
             options->truncating < MOOD_PAD_UNSET || options->truncating > MOOD_PAD_POST)
        problem = "padding and truncating are MOOD_PAD_PRE, MOOD_PAD_POST or MOOD_PAD_UNSET";
    else if (options->matrix != MOOD_MATRIX_NONE && !mood_matrix_name(options->matrix))
        problem = "matrix is MOOD_MATRIX_NONE or one of the modes";
    else if (options->tokenizer && options->word_index)
        problem = "a tokenizer and a word_index can't be combined";
    else if (options->index_from > WORD_INDEX_LARGEST_FROM || (options->index_from && !options->word_index))
        problem = "index_from is a number up to 1000, for a word_index";
    else if (!options->labels != !options->label_count)
        problem = "labels and label_count do not fit together";
    else if (options->temperature < 0 || isnan(options->temperature))
        problem = "temperature is 0 (the file's) or a positive number";
    if (problem)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_recipe_options: %s", problem);
    return options->labels ? mood_labels_check(options->labels, options->label_count, err) : MOOD_OK;
}

static mood_status read_word_index(const mood_recipe_options *options, mood_tokenizer **tokenizer, mood_error *err) {
    struct blob json;
    mood_status status = file_read_json(options->word_index, TOKENIZER_MAX_SIZE, &json, err);
    if (status != MOOD_OK)
        return status;
    status = tokenizer_from_word_index((const char *)json.data, json.size, options->index_from, tokenizer, err);
    free(json.data);
    return status;
}

static mood_status read_lines(const char *data, size_t size, mood_tokenizer **tokenizer, mood_error *err) {
    struct bytes list = {0};
    mood_status status = vocabulary_lines_to_json(data, size, &list, err);
    if (status == MOOD_OK)
        status = mood_tokenizer_from_json(list.data, list.size, tokenizer, err);
    bytes_free(&list);
    return status;
}

static mood_status read_tokenizer(const char *path, mood_tokenizer **tokenizer, mood_error *err) {
    struct blob file;
    mood_status status = file_read_tokenizer(path, TOKENIZER_MAX_SIZE, &file, err);
    if (status == MOOD_OK) {
        const char *data = (const char *)file.data;
        if (pickle_begins(data, file.size))
            status = tokenizer_from_pickle(data, file.size, tokenizer, err);
        else if (vocabulary_lines_begin(data, file.size))
            status = read_lines(data, file.size, tokenizer, err);
        else
            status = mood_tokenizer_from_json(data, file.size, tokenizer, err);
        free(file.data);
    }
    return status;
}

static const char *path_of_words(const mood_recipe_options *options) {
    return options->tokenizer ? options->tokenizer : options->word_index;
}

mood_status recipe_read_tokenizer(const mood_recipe_options *options, mood_tokenizer **tokenizer, mood_error *err) {
    mood_status status = MOOD_OK;
    *tokenizer = NULL;
    if (options->tokenizer)
        status = read_tokenizer(options->tokenizer, tokenizer, err);
    else if (options->word_index)
        status = read_word_index(options, tokenizer, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", path_of_words(options));
    return status;
}

/* ---- applying ------------------------------------------------------------------------------------ */

/* Record that a setting comes from the options. */
static void note_given(mood_recipe *recipe, mood_recipe_setting setting, bool differs) {
    if (!(recipe->assumed & setting) && differs)
        recipe->overridden |= setting;
    recipe->assumed &= ~(unsigned)setting;
}

static void apply_side(mood_recipe *recipe, mood_recipe_setting setting, mood_padding given, mood_padding *side) {
    if (given == MOOD_PAD_UNSET)
        return;
    note_given(recipe, setting, *side != given);
    *side = given;
}

static void apply_matrix(mood_recipe *recipe, mood_matrix_mode given) {
    if (given == MOOD_MATRIX_NONE)
        return;
    note_given(recipe, MOOD_RECIPE_MATRIX, recipe->matrix != given);
    recipe->matrix = given;
}

static mood_status apply_tokenizer(mood_recipe *recipe, const char *path, mood_tokenizer **given,
                                   const mood_model *model, mood_error *err) {
    if (!*given)
        return MOOD_OK;
    mood_status status = recipe_check_vocabulary(*given, model, MOOD_ERR_FORMAT, err);
    if (status == MOOD_OK)
        status = recipe_move_preparation(recipe->tokenizer, *given, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s", path);
        return status;
    }
    note_given(recipe, MOOD_RECIPE_TOKENIZER, recipe->tokenizer != NULL);
    mood_tokenizer_destroy(recipe->tokenizer);
    recipe->tokenizer = *given;
    *given = NULL;
    return MOOD_OK;
}

/* The mode of a TextVectorization is its own. */
static mood_status check_mode(const mood_recipe *recipe, const mood_recipe_options *options, mood_error *err) {
    mood_matrix_mode own = recipe->tokenizer ? mood_tokenizer_get_matrix(recipe->tokenizer) : MOOD_MATRIX_NONE;
    if (own == MOOD_MATRIX_NONE || options->matrix == MOOD_MATRIX_NONE || options->matrix == own)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "the words are a TextVectorization's of output_mode \"%s\"; matrix can't be %s",
                          mood_matrix_name(own), mood_matrix_name(options->matrix));
}

static bool has_labels(const mood_recipe *recipe, const mood_recipe_options *options) {
    bool same = recipe->label_count == options->label_count;
    for (size_t i = 0; same && i < options->label_count; i++)
        same = strcmp(recipe->labels[i], options->labels[i]) == 0;
    return same;
}

static mood_status apply_labels(mood_recipe *recipe, const mood_recipe_options *options, const mood_model *model,
                                mood_error *err) {
    if (!options->labels)
        return MOOD_OK;
    note_given(recipe, MOOD_RECIPE_LABELS, !has_labels(recipe, options));
    recipe_drop_labels(recipe);
    recipe->labels = calloc(options->label_count, sizeof *recipe->labels);
    for (size_t i = 0; recipe->labels && i < options->label_count; i++) {
        recipe->labels[i] = strdup(options->labels[i]);
        if (!recipe->labels[i])
            break;
        recipe->label_count = i + 1;
    }
    if (recipe->label_count != options->label_count)
        return out_of_memory(err, "naming the labels");
    return recipe_match(recipe, model, MOOD_ERR_ARGUMENT, err);
}

static mood_status apply_activation(mood_recipe *recipe, const char *given, mood_error *err) {
    if (!given)
        return MOOD_OK;
    char *activation = strdup(given);
    if (!activation)
        return out_of_memory(err, "keeping the outputs' activation");
    note_given(recipe, MOOD_RECIPE_ACTIVATION, recipe->activation && strcmp(recipe->activation, given) != 0);
    free(recipe->activation);
    recipe->activation = activation;
    return MOOD_OK;
}

static void apply_scores(mood_recipe *recipe, const mood_recipe_options *options) {
    if (options->temperature > 0) {
        note_given(recipe, MOOD_RECIPE_TEMPERATURE, fabs(options->temperature - recipe->temperature) > 0);
        recipe->temperature = options->temperature;
    }
    if (!isnan(options->threshold)) {
        note_given(recipe, MOOD_RECIPE_THRESHOLD,
                   !isnan(recipe->threshold) && fabsf(options->threshold - recipe->threshold) > 0);
        recipe->threshold = options->threshold;
    }
}

/* An empty recipe, for a file without one. */
static mood_status make_recipe(mood_recipe **recipe, mood_error *err) {
    *recipe = malloc(sizeof **recipe);
    if (!*recipe)
        return out_of_memory(err, "making a recipe");
    **recipe = (mood_recipe)MOOD_RECIPE;
    (*recipe)->assumed = RECIPE_WITHOUT_FILE;
    return MOOD_OK;
}

mood_status recipe_apply(mood_recipe **recipe, const mood_recipe_options *options, mood_tokenizer **tokenizer,
                         mood_model *model, mood_error *err) {
    mood_status status = *recipe ? MOOD_OK : make_recipe(recipe, err);
    if (status == MOOD_OK)
        status = recipe_choose_matrix(*recipe, model, err);
    if (status != MOOD_OK)
        return status;
    mood_recipe *made = *recipe;
    size_t T = mood_model_get_timesteps(model);
    if (options->maxlen)
        note_given(made, MOOD_RECIPE_MAXLEN, made->maxlen != 0 && made->maxlen != T);
    made->maxlen = T;
    apply_side(made, MOOD_RECIPE_PADDING, options->padding, &made->padding);
    apply_side(made, MOOD_RECIPE_TRUNCATING, options->truncating, &made->truncating);
    apply_matrix(made, options->matrix);
    status = apply_tokenizer(made, path_of_words(options), tokenizer, model, err);
    if (status == MOOD_OK)
        status = check_mode(made, options, err);
    if (status == MOOD_OK)
        recipe_follow_tokenizer(made);
    if (status == MOOD_OK)
        status = recipe_set_matrix(made, model, err);
    if (status == MOOD_OK)
        status = apply_labels(made, options, model, err);
    if (status == MOOD_OK)
        status = apply_activation(made, options->activation, err);
    apply_scores(made, options);
    return status == MOOD_OK ? recipe_name_labels(made, model, err) : status;
}
