/* Checks that a tokenizer and a model fit each other, with the scores of a few texts, which are stored in
 * mood.json. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keras/recipe.h"
#include "model/predict.h"
#include "text/tokenizer.h"

/* The tolerance of a check text's score. Devices and kernels add in different orders: with the included model the
 * scores of two kernel classes differ by 1e-8, and with larger weights and other devices possibly by 1e-5.
 * Exchanging two adjacent words in its tokenizer changes a score by 6e-3. For outputs that are not probabilities
 * and exceed 1, the tolerance is relative, as rounding errors are. */
#define TOLERANCE 1e-4

/* ---- scoring the check texts ----------------------------------------------------------------- */

/* The batch size is 1, so that opening a file compiles only kernels that scoring a single text also needs. */
static mood_status score_padded(const mood_recipe *recipe, const mood_text *texts, mood_model *model, float *scores,
                                mood_error *err) {
    size_t n = recipe->check_count, T = mood_model_get_timesteps(model);
    int32_t *x = calloc(n, T * sizeof *x); /* at most MAX_CHECK_IDS */
    if (!x)
        return out_of_memory(err, "scoring the check texts");
    mood_status status =
        mood_tokenizer_padded(recipe->tokenizer, texts, n, T, recipe->padding, recipe->truncating, x, NULL, err);
    if (status == MOOD_OK)
        status = mood_model_predict(model, x, n, T, 1, scores, err);
    free(x);
    return status;
}

static mood_status score_bags(const mood_recipe *recipe, const mood_text *texts, mood_model *model, float *scores,
                              mood_error *err) {
    mood_sequences sequences = MOOD_SEQUENCES;
    mood_status status =
        mood_tokenizer_texts_to_sequences(recipe->tokenizer, texts, recipe->check_count, &sequences, NULL, err);
    struct rows rows = {.x = sequences.ids, .starts = sequences.starts, .n = recipe->check_count};
    if (status == MOOD_OK)
        status = model_check_ids(model, sequences.ids, 1, sequences.starts[rows.n], err);
    if (status == MOOD_OK)
        status = predict_rows(model, &rows, 1, scores, err);
    mood_sequences_free(&sequences);
    return status;
}

mood_status recipe_score(const mood_recipe *recipe, mood_model *model, float *scores, mood_error *err) {
    size_t n = recipe->check_count;
    mood_text *texts = calloc(n, sizeof *texts);
    if (!texts)
        return out_of_memory(err, "scoring the check texts");
    for (size_t i = 0; i < n; i++)
        texts[i] = (mood_text){recipe->check_texts[i], strlen(recipe->check_texts[i])};
    bool bags = mood_model_get_matrix(model) != MOOD_MATRIX_NONE;
    mood_status status = (bags ? score_bags : score_padded)(recipe, texts, model, scores, err);
    free(texts);
    return status;
}

/* A bag has an element for each id. Id 0 is padding in rows of ids, but Keras would count a word with id 0. */
static mood_status check_bags(const mood_tokenizer *tokenizer, size_t V, mood_status status, mood_error *err) {
    size_t width = mood_tokenizer_get_matrix_width(tokenizer);
    if (width != V)
        return mood_error_set(err, status, MOOD_CLASS_FATAL,
                              "the tokenizer makes bags of %zu words, but the model takes %zu: they do not belong "
                              "together",
                              width, V);
    const char *word = tokenizer_find_zero(tokenizer);
    if (word)
        return mood_error_set(
            err, status, MOOD_CLASS_FATAL,
            "the tokenizer's word \"%.64s\" has the id 0, which bags of words don't count; number the "
            "words from 1",
            word);
    return MOOD_OK;
}

/* An id beyond the Embedding would cause an error with some text. A tokenizer's file may contain any ids. */
mood_status recipe_check_vocabulary(const mood_tokenizer *tokenizer, const mood_model *model, mood_status status,
                                    mood_error *err) {
    mood_matrix_mode mode = mood_tokenizer_get_matrix(tokenizer);
    if (model->bag.V && mood_tokenizer_is_text_vectorization(tokenizer) && mode == MOOD_MATRIX_NONE)
        return mood_error_set(
            err, status, MOOD_CLASS_FATAL,
            "the tokenizer is a TextVectorization for rows of ids, but the model takes bags of words: "
            "they do not belong together");
    if (!model->bag.V && mode != MOOD_MATRIX_NONE)
        return mood_error_set(
            err, status, MOOD_CLASS_FATAL,
            "the tokenizer is a TextVectorization of output_mode \"%s\", which makes bags of words, but "
            "the model takes rows of ids: they do not belong together",
            mood_matrix_name(mode));
    if (model->bag.V) {
        mood_status found = check_bags(tokenizer, model->bag.V, status, err);
        if (found != MOOD_OK || mode != MOOD_MATRIX_NONE)
            return found;
    }
    size_t known = mood_model_get_vocabulary(model), largest = (size_t)mood_tokenizer_get_largest_id(tokenizer);
    if (largest < known)
        return MOOD_OK;
    return mood_error_set(err, status, MOOD_CLASS_FATAL,
                          "the tokenizer's ids go up to %zu, but the %s up to %zu: they do not belong "
                          "together",
                          largest, model->bag.V ? "model's" : "Embedding's", known - 1);
}

static mood_status check_labels(const mood_recipe *recipe, const mood_model *model, mood_status status,
                                mood_error *err) {
    size_t O = mood_model_get_outputs(model), classes = O == 1 ? 2 : O;
    if (recipe->label_count != 0 && recipe->label_count != classes)
        return mood_error_set(err, status, MOOD_CLASS_FATAL, "%zu labels for a model of %zu classes",
                              recipe->label_count, classes);
    mood_status found = mood_labels_check((const char *const *)recipe->labels, recipe->label_count, err);
    if (found != MOOD_ERR_ARGUMENT)
        return found;
    if (err)
        err->status = status;
    return status;
}

size_t recipe_most_checks(const mood_model *model) {
    if (model->bag.V) /* only the words that occur are stored */
        return MAX_CHECKS;
    size_t most = MAX_CHECK_IDS / mood_model_get_timesteps(model);
    return most < MAX_CHECKS ? most : MAX_CHECKS;
}

mood_status recipe_match(const mood_recipe *recipe, const mood_model *model, mood_status status, mood_error *err) {
    mood_status found = check_labels(recipe, model, status, err);
    if (found == MOOD_OK && recipe->tokenizer)
        found = recipe_check_vocabulary(recipe->tokenizer, model, status, err);
    return found;
}

static bool is_same_score(double score, double expected) {
    return fabs(score - expected) <= TOLERANCE * fmax(1, fabs(expected));
}

mood_status recipe_check(const mood_recipe *recipe, const struct checks *checks, mood_model *model, mood_error *err) {
    size_t T = mood_model_get_timesteps(model), O = mood_model_get_outputs(model);
    if (checks->T != 0 && checks->T != T)
        return broken(err, "mood.json: rows of %zu steps; the model takes %zu", checks->T, T);
    mood_status status = recipe_match(recipe, model, MOOD_ERR_FORMAT, err);
    if (status != MOOD_OK || recipe->check_count == 0 || !recipe->tokenizer)
        return status;
    if (recipe->check_count > recipe_most_checks(model))
        return broken(err, "mood.json: %zu check texts; the maximum is %zu", recipe->check_count,
                      recipe_most_checks(model));
    if (checks->count != recipe->check_count * O)
        return broken(err, "mood.json: %zu scores for %zu check texts of %zu outputs", checks->count,
                      recipe->check_count, O);
    float *scores = calloc(checks->count, sizeof *scores);
    if (!scores)
        return out_of_memory(err, "scoring the check texts");
    status = recipe_score(recipe, model, scores, err);
    for (size_t i = 0; i < checks->count && status == MOOD_OK; i++)
        if (!is_same_score((double)scores[i], (double)checks->scores[i]))
            status = broken(err,
                            "check text %zu has the score %.9g, but had %.9g when the model was saved: the tokenizer "
                            "or the weights have changed; get the file again from its source",
                            i / O + 1, (double)scores[i], (double)checks->scores[i]);
    free(scores);
    return status;
}
