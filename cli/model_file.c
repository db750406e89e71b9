/* Writes a model that was read from a file, with its recipe. */
#include <stdlib.h>

#include "check_texts.h"
#include "model_file.h"
#include "recipe_options.h"

static void print_written(const struct common *common, const char *to, const mood_recipe *recipe) {
    unsigned rows = recipe->matrix == MOOD_MATRIX_NONE
                        ? MOOD_RECIPE_PADDING | MOOD_RECIPE_TRUNCATING | MOOD_RECIPE_MAXLEN
                        : MOOD_RECIPE_MATRIX;
    char *all = recipe_list_settings(recipe, rows | MOOD_RECIPE_LABELS | recipe_optional_settings(recipe));
    char *assumed = recipe->assumed ? recipe_list_settings(recipe, recipe->assumed) : NULL;
    if (all)
        print_note(common, "%s: written with %s%s%s", to, all,
                   assumed ? "; assumed, because neither the file nor an option contains them: " : "",
                   assumed ? assumed : "");
    free(all);
    free(assumed);
}

/* The previous check texts may belong to another tokenizer. */
static mood_status update_check_texts(mood_recipe *recipe, mood_error *err) {
    check_texts_destroy(recipe->check_texts, recipe->check_count);
    recipe->check_texts = NULL;
    recipe->check_count = 0;
    return recipe->tokenizer ? check_texts_create(recipe->tokenizer, &recipe->check_texts, &recipe->check_count, err)
                             : MOOD_OK;
}

mood_status model_file_write(const struct common *common, const char *from, const char *to, mood_model *model,
                             mood_recipe *recipe, mood_error *err) {
    mood_head head;
    mood_status status =
        mood_recipe_get_head(recipe, model, &head, err); /* fails if the meaning of the outputs is unknown */
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s", from);
        return status;
    }
    status = update_check_texts(recipe, err);
    if (status == MOOD_OK)
        status = mood_recipe_store(from, to, model, recipe, err);
    if (status != MOOD_OK)
        return status;
    print_written(common, to, recipe);
    recipe->assumed = 0; /* the new file contains all settings */
    return MOOD_OK;
}
