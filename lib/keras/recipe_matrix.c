/* The recipe of a model that takes bags of words: a mode instead of padding, truncating and maxlen. */
#include <string.h>

#include "keras/recipe.h"

bool recipe_matrix_find(const char *name, mood_matrix_mode *mode) {
    for (*mode = MOOD_MATRIX_BINARY; mood_matrix_name(*mode); ++*mode)
        if (strcmp(mood_matrix_name(*mode), name) == 0)
            return true;
    return false;
}

void recipe_follow_tokenizer(mood_recipe *recipe) {
    mood_matrix_mode mode = recipe->tokenizer ? mood_tokenizer_get_matrix(recipe->tokenizer) : MOOD_MATRIX_NONE;
    if (mode == MOOD_MATRIX_NONE)
        return;
    if (recipe->matrix != mode && recipe->matrix != MOOD_MATRIX_NONE && !(recipe->assumed & MOOD_RECIPE_MATRIX))
        recipe->overridden |= MOOD_RECIPE_MATRIX;
    recipe->assumed &= ~(unsigned)MOOD_RECIPE_MATRIX;
    recipe->matrix = mode;
}

mood_status recipe_choose_matrix(mood_recipe *recipe, const mood_model *model, mood_error *err) {
    bool takes_bags = mood_model_get_matrix(model) != MOOD_MATRIX_NONE;
    if (takes_bags == (recipe->matrix != MOOD_MATRIX_NONE))
        return MOOD_OK;
    if (!takes_bags)
        return broken(err, "mood.json: \"matrix\" is for a model of bags of words, but this one takes rows of ids");
    if (!(recipe->assumed & MOOD_RECIPE_PADDING))
        return broken(err, "mood.json: \"matrix\" is missing; the model takes bags of words");
    recipe->assumed &= ~(unsigned)(MOOD_RECIPE_PADDING | MOOD_RECIPE_TRUNCATING);
    recipe->assumed |= MOOD_RECIPE_MATRIX;
    recipe->matrix = MOOD_MATRIX_BINARY;
    return MOOD_OK;
}

mood_status recipe_set_matrix(const mood_recipe *recipe, mood_model *model, mood_error *err) {
    if (recipe->matrix == MOOD_MATRIX_NONE)
        return MOOD_OK;
    if (!recipe->tokenizer)
        return bag_set(&model->bag, recipe->matrix, NULL, err);
    mood_status status = recipe_check_vocabulary(recipe->tokenizer, model, MOOD_ERR_FORMAT, err);
    return status == MOOD_OK ? mood_model_set_matrix(model, recipe->matrix, recipe->tokenizer, err) : status;
}

mood_status recipe_match_options(const mood_recipe_options *options, const mood_model *model, mood_error *err) {
    bool takes_bags = mood_model_get_matrix(model) != MOOD_MATRIX_NONE;
    bool pads = options->padding != MOOD_PAD_UNSET || options->truncating != MOOD_PAD_UNSET || options->maxlen;
    if (takes_bags && pads)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the model takes bags of words, which all words of a text go into: padding, truncating "
                              "and maxlen can't be set");
    if (!takes_bags && options->matrix != MOOD_MATRIX_NONE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the model takes rows of ids, because it begins with an Embedding; matrix is for a model "
                              "of bags of words");
    return MOOD_OK;
}
