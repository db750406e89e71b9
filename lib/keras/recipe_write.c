/* Writes tokenizer.json, in Keras's format, and mood.json: how a text becomes a row, the names of the classes, and
 * check texts with their scores. */
#include <stdlib.h>
#include <string.h>

#include "keras/recipe.h"

static const char *side_name(mood_padding side) {
    return side == MOOD_PAD_POST ? "post" : "pre";
}

static json_t *labels_write(const mood_recipe *recipe) {
    json_t *labels = json_array();
    for (size_t i = 0; i < recipe->label_count; i++)
        if (json_array_append_new(labels, json_string(recipe->labels[i])) < 0) {
            json_decref(labels);
            return NULL;
        }
    return labels;
}

static json_t *checks_write(const mood_recipe *recipe, const float *scores, size_t O) {
    json_t *checks = json_array();
    for (size_t i = 0; i < recipe->check_count; i++) {
        json_t *row = json_array();
        bool fine = true;
        for (size_t k = 0; k < O && fine; k++)
            fine = json_array_append_new(row, json_real((double)scores[i * O + k])) == 0;
        json_t *check = json_pack("{s: s, s: o}", "text", recipe->check_texts[i], "scores", row);
        if (json_array_append_new(checks, check) < 0 || !fine) {
            json_decref(checks);
            return NULL;
        }
    }
    return checks;
}

static mood_status write_member(const mood_model *model, const mood_recipe *recipe, const float *scores,
                                struct blob *member, mood_error *err) {
    const char *matrix = mood_matrix_name(mood_model_get_matrix(model));
    json_t *maxlen = matrix ? NULL : json_integer((json_int_t)mood_model_get_timesteps(model));
    json_t *document = json_pack("{s: i, s: s, s: s*, s: o*, s: s*, s: s*, s: o, s: s*, s: s?, s: o}", "format",
                                 RECIPE_FORMAT_PLAIN, "mood", mood_version(), "matrix", matrix, "maxlen", maxlen,
                                 "padding", matrix ? NULL : side_name(recipe->padding), "truncating",
                                 matrix ? NULL : side_name(recipe->truncating), "labels", labels_write(recipe),
                                 "activation", recipe->activation, "data_digest", recipe->data_digest, "checks",
                                 checks_write(recipe, scores, mood_model_get_outputs(model)));
    bool complete = document && recipe_write_preparation(recipe->tokenizer, document) &&
                    recipe_write_calibration(recipe, document);
    char *text = complete ? json_dumps(document, JSON_INDENT(2)) : NULL;
    json_decref(document);
    if (!text)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "cannot write mood.json: a label or check text is not UTF-8, or memory ran out");
    *member = (struct blob){(unsigned char *)text, strlen(text)};
    return MOOD_OK;
}

static mood_status write_tokenizer(const mood_recipe *recipe, struct blob *member, mood_error *err) {
    char *text = NULL;
    mood_status status = mood_tokenizer_to_json(recipe->tokenizer, &text, err);
    if (status == MOOD_OK)
        *member = (struct blob){(unsigned char *)text, strlen(text)};
    return status;
}

mood_status recipe_write(const mood_model *model, const mood_recipe *given, struct archive *archive, mood_error *err) {
    mood_recipe kept = *given;
    const mood_recipe *recipe = &kept;
    if (kept.check_count > recipe_most_checks(model))
        kept.check_count = recipe_most_checks(model);
    size_t count = recipe->check_count * mood_model_get_outputs(model);
    mood_status status = recipe_match(recipe, model, MOOD_ERR_ARGUMENT, err);
    if (status == MOOD_OK)
        status = recipe_check_calibration(recipe, model, err);
    if (status == MOOD_OK && recipe->maxlen && recipe->maxlen != mood_model_get_timesteps(model))
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                                "a recipe for rows of %zu ids; the model's have %zu", recipe->maxlen,
                                mood_model_get_timesteps(model));
    if (status == MOOD_OK && recipe->matrix != MOOD_MATRIX_NONE && recipe->matrix != mood_model_get_matrix(model))
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                                "the recipe's matrix mode differs from the model's; use the same mode for both "
                                "(mood_model_set_matrix)");
    if (status == MOOD_OK && recipe->check_count > 0 && !recipe->tokenizer)
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "check texts without a tokenizer");
    if (status != MOOD_OK)
        return status;
    float *scores = calloc(count ? count : 1, sizeof *scores);
    if (!scores)
        return out_of_memory(err, "scoring the check texts");
    /* Predicting may repack weights for the device, but does not change the model's result. */
    if (recipe->check_count > 0)
        status = recipe_score(recipe, (mood_model *)model, scores, err);
    if (status == MOOD_OK && recipe->tokenizer)
        status = write_tokenizer(recipe, &archive->members[MEMBER_TOKENIZER], err);
    if (status == MOOD_OK)
        status = write_member(model, recipe, scores, &archive->members[MEMBER_RECIPE], err);
    free(scores);
    return status;
}
