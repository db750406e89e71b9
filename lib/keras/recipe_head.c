/* How outputs become scores and labels: the recipe's activation, temperature and threshold, "temperature" and
 * "threshold" of mood.json. */
#include <float.h>
#include <math.h>

#include "keras/recipe.h"

static bool has_temperature(const mood_recipe *recipe) {
    return fabs(recipe->temperature - 1.0) > 0 || isnan(recipe->temperature);
}

static bool has_threshold(const mood_recipe *recipe) {
    return !isnan(recipe->threshold);
}

bool recipe_has_calibration(const mood_recipe *recipe) {
    return has_temperature(recipe) || has_threshold(recipe);
}

/* ---- the head --------------------------------------------------------------------------------------- */

static mood_status set_temperature(const mood_recipe *recipe, mood_head *head, mood_error *err) {
    double temperature = recipe->temperature;
    if (!(temperature >= MOOD_LEAST_TEMPERATURE && temperature <= MOOD_MOST_TEMPERATURE))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "the temperature is %g, but must be a number from %g to %g", temperature,
                              MOOD_LEAST_TEMPERATURE, MOOD_MOST_TEMPERATURE);
    if (!head->probabilities)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "the temperature is %g, but the scores of this model are not probabilities; set "
                              "--temperature 1",
                              temperature);
    head->temperature = temperature;
    return MOOD_OK;
}

static mood_status set_threshold(const mood_recipe *recipe, mood_head *head, mood_error *err) {
    double threshold = (double)recipe->threshold;
    if (head->labels != 2 && !head->multi_label)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "the threshold is %g, but this model gives each text one of %zu labels, the one with the "
                              "largest score; a threshold is for models of two labels and for multi-label models",
                              threshold, head->labels);
    if (head->outputs == 2 && !head->multi_label && !head->probabilities)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "the threshold is %g, but this model's two scores are not probabilities, and a text gets "
                              "the label with the larger one",
                              threshold);
    if (head->probabilities ? !(threshold >= 0 && threshold < 1) : !isfinite(threshold))
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "the threshold is %g, but must be %s", threshold,
            head->probabilities ? "a number from 0 to less than 1, because scores are probabilities" : "a number");
    head->threshold = recipe->threshold;
    return MOOD_OK;
}

mood_status mood_recipe_get_head(const mood_recipe *recipe, const mood_model *model, mood_head *head, mood_error *err) {
    mood_status status = mood_model_get_head(model, recipe ? recipe->activation : NULL, head, err);
    if (status == MOOD_OK && recipe && has_temperature(recipe))
        status = set_temperature(recipe, head, err);
    if (status == MOOD_OK && recipe && has_threshold(recipe))
        status = set_threshold(recipe, head, err);
    return status;
}

mood_status recipe_check_calibration(const mood_recipe *recipe, const mood_model *model, mood_error *err) {
    mood_head head;
    return recipe_has_calibration(recipe) ? mood_recipe_get_head(recipe, model, &head, err) : MOOD_OK;
}

/* ---- mood.json -------------------------------------------------------------------------------------- */

bool recipe_write_calibration(const mood_recipe *recipe, json_t *document) {
    if (!recipe_has_calibration(recipe))
        return true;
    bool done = json_object_set_new(document, "format", json_integer(RECIPE_FORMAT_SCORES)) == 0;
    if (done && has_temperature(recipe))
        done = json_object_set_new(document, "temperature", json_real(recipe->temperature)) == 0;
    if (done && has_threshold(recipe))
        done = json_object_set_new(document, "threshold", json_real((double)recipe->threshold)) == 0;
    return done;
}

mood_status recipe_read_calibration(json_t *document, mood_recipe *recipe, mood_error *err) {
    json_t *temperature = json_object_get(document, "temperature"), *threshold = json_object_get(document, "threshold");
    if (temperature) {
        recipe->temperature = json_number_value(temperature); /* 0: no number */
        if (!(recipe->temperature >= MOOD_LEAST_TEMPERATURE && recipe->temperature <= MOOD_MOST_TEMPERATURE))
            return broken(err, "mood.json: \"temperature\" is not a number from %g to %g", MOOD_LEAST_TEMPERATURE,
                          MOOD_MOST_TEMPERATURE);
    }
    if (threshold) {
        double number = json_number_value(threshold);
        if (!json_is_number(threshold) || fabs(number) > (double)FLT_MAX)
            return broken(err, "mood.json: \"threshold\" is not a number");
        recipe->threshold = (float)number;
    }
    return MOOD_OK;
}
