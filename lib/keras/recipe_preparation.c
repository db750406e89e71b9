/* The preparation of texts in mood.json: "clean", a list of steps, and "segment". tokenizer.json stays as Keras
 * writes it. */
#include "keras/recipe.h"
#include "text/tokenizer.h"

/* ---- writing -------------------------------------------------------------------------------------- */

static json_t *write_steps(const struct preparation *preparation) {
    json_t *steps = json_array();
    for (size_t i = 0; i < preparation->count; i++)
        if (json_array_append_new(steps, json_string(preparation->steps[i]->name)) < 0) {
            json_decref(steps);
            return NULL;
        }
    return steps;
}

bool recipe_write_preparation(const mood_tokenizer *tokenizer, json_t *document) {
    const struct preparation *preparation = tokenizer ? tokenizer->splitter.preparation : NULL;
    if (!preparation)
        return true;
    return json_object_set_new(document, "format", json_integer(RECIPE_FORMAT_PREPARATION)) == 0 &&
           json_object_set_new(document, "clean", write_steps(preparation)) == 0 &&
           json_object_set_new(document, "segment", json_string(preparation->segmenter.kind->name)) == 0;
}

/* ---- reading -------------------------------------------------------------------------------------- */

static mood_status read_steps(json_t *clean, const char *names[CLEAN_STEP_COUNT + 1], size_t *count, mood_error *err) {
    size_t n = json_array_size(clean);
    if (clean && !json_is_array(clean))
        return broken(err, "mood.json: \"clean\" is not a list of cleaning steps");
    *count = n <= CLEAN_STEP_COUNT ? n : CLEAN_STEP_COUNT + 1; /* of more steps one is unknown or there twice */
    for (size_t i = 0; i < *count; i++) {
        names[i] = json_string_value(json_array_get(clean, i));
        if (!names[i])
            return broken(err, "mood.json: \"clean\" is not a list of cleaning steps");
    }
    return MOOD_OK;
}

mood_status recipe_read_preparation(json_t *document, struct preparation **preparation, mood_error *err) {
    json_t *segment = json_object_get(document, "segment");
    const char *names[CLEAN_STEP_COUNT + 1];
    size_t count = 0;
    *preparation = NULL;
    if (segment && !json_is_string(segment))
        return broken(err, "mood.json: \"segment\" is not the name of a segmentation");
    mood_status status = read_steps(json_object_get(document, "clean"), names, &count, err);
    if (status != MOOD_OK)
        return status;
    status = preparation_create(names, count, segment ? json_string_value(segment) : NO_SEGMENTATION, preparation, err);
    if (status == MOOD_ERR_UNSUPPORTED)
        mood_error_prefix(err, "mood.json needs a newer version of mood than %s", mood_version());
    else if (status != MOOD_OK)
        mood_error_prefix(err, "mood.json");
    return error_of_format(status, err);
}

mood_status recipe_set_preparation(mood_recipe *recipe, struct checks *checks, mood_error *err) {
    if (!checks->preparation || !recipe->tokenizer)
        return MOOD_OK;
    mood_status status = tokenizer_check_preparation(recipe->tokenizer, checks->preparation, err);
    if (status == MOOD_OK)
        tokenizer_take_preparation(recipe->tokenizer, &checks->preparation);
    else
        mood_error_prefix(err, "mood.json");
    return status;
}

mood_status recipe_move_preparation(mood_tokenizer *from, mood_tokenizer *to, mood_error *err) {
    struct preparation *preparation = from ? from->splitter.preparation : NULL;
    if (!preparation)
        return MOOD_OK;
    mood_status status = tokenizer_check_preparation(to, preparation, err);
    if (status != MOOD_OK)
        return status;
    from->splitter.preparation = NULL;
    tokenizer_take_preparation(to, &preparation);
    return MOOD_OK;
}
