/* The recipe of a model: its settings for texts and labels. */
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
    recipe->assumed |= MOOD_RECIPE_LABELS;
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

/* ---- releasing ------------------------------------------------------------------------------------- */

void recipe_drop_labels(mood_recipe *recipe) {
    for (size_t i = 0; i < recipe->label_count; i++)
        free(recipe->labels[i]);
    free(recipe->labels);
    recipe->labels = NULL;
    recipe->label_count = 0;
}

void mood_recipe_destroy(mood_recipe *recipe) {
    if (!recipe)
        return;
    mood_tokenizer_destroy(recipe->tokenizer);
    recipe_drop_labels(recipe);
    for (size_t i = 0; i < recipe->check_count; i++)
        free(recipe->check_texts[i]);
    free(recipe->check_texts);
    free(recipe->activation);
    free(recipe->data_digest);
    free(recipe);
}
