/* What belongs to a model beside its weights: made complete, given a tokenizer, released. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/recipe.h"

/* ---- labels -------------------------------------------------------------------------------------- */

static char *default_label(size_t outputs, size_t index) {
    static const char *const binary[] = {"negative", "positive"};
    char number[24];
    if (outputs == 1)
        return strdup(binary[index]);
    snprintf(number, sizeof number, "%zu", index);
    return strdup(number);
}

mood_status recipe_name_labels(mood_recipe *recipe, const mood_model *model, mood_error *err) {
    size_t outputs = mood_model_get_outputs(model), count = outputs == 1 ? 2 : outputs;
    if (recipe->label_count > 0)
        return MOOD_OK;
    free(recipe->labels);
    recipe->labels = calloc(count, sizeof *recipe->labels);
    for (size_t i = 0; recipe->labels && i < count; i++) {
        recipe->labels[i] = default_label(outputs, i);
        if (!recipe->labels[i])
            break;
        recipe->label_count = i + 1;
    }
    return recipe->label_count == count ? MOOD_OK : out_of_memory(err, "naming the labels");
}

/* ---- a tokenizer from elsewhere -------------------------------------------------------------------- */

static mood_status read_tokenizer(const char *path, mood_tokenizer **tokenizer, mood_error *err) {
    struct blob json;
    mood_status status = file_read(path, &json, err);
    if (status != MOOD_OK)
        return status;
    status = mood_tokenizer_from_json((const char *)json.data, json.size, tokenizer, err);
    free(json.data);
    return status;
}

/* A recipe with nothing in it, for a file that has none. */
static mood_status make_recipe(const mood_model *model, mood_recipe **recipe, mood_error *err) {
    mood_recipe *made = malloc(sizeof *made);
    if (!made)
        return out_of_memory(err, "reading a tokenizer");
    *made = (mood_recipe)MOOD_RECIPE;
    mood_status status = recipe_name_labels(made, model, err);
    if (status != MOOD_OK) {
        mood_recipe_destroy(made);
        made = NULL;
    }
    *recipe = made;
    return status;
}

mood_status mood_recipe_read_tokenizer(mood_recipe **recipe, const char *path, const mood_model *model,
                                       mood_error *err) {
    if (!recipe || !path || !model)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "reading a tokenizer needs a recipe, a path and a model");
    mood_tokenizer *tokenizer = NULL;
    mood_status status = read_tokenizer(path, &tokenizer, err);
    if (status == MOOD_OK)
        status = recipe_check_vocabulary(tokenizer, model, MOOD_ERR_FORMAT, err);
    if (status == MOOD_OK && !*recipe)
        status = make_recipe(model, recipe, err);
    if (status != MOOD_OK) {
        mood_tokenizer_destroy(tokenizer);
        mood_error_prefix(err, "%s", path);
        return status;
    }
    mood_tokenizer_destroy((*recipe)->tokenizer);
    (*recipe)->tokenizer = tokenizer;
    return MOOD_OK;
}

void mood_recipe_destroy(mood_recipe *recipe) {
    if (!recipe)
        return;
    mood_tokenizer_destroy(recipe->tokenizer);
    for (size_t i = 0; i < recipe->label_count; i++)
        free(recipe->labels[i]);
    for (size_t i = 0; i < recipe->check_count; i++)
        free(recipe->check_texts[i]);
    free(recipe->labels);
    free(recipe->check_texts);
    free(recipe->data_digest);
    free(recipe);
}
