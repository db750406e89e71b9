/* mood fit --calibrate and --threshold: how the model's outputs become scores and labels. */
#include <math.h>
#include <stdlib.h>

#include "fit_run.h"

enum { LEAST_ROWS = 10, FEW_ROWS = 100 }; /* validation rows: fewer are refused, or warned about */

/* The validation rows: of --validation, or the last ones of the file. */
struct validation_rows {
    size_t n, T, L;
    const int32_t *x;
    const float *y; /* [n,L], as for mood_head_fit_temperature */
};

static struct validation_rows get_rows(const struct training *training) {
    if (training->validation_data) {
        const struct labelled *given = &training->validation;
        return (struct validation_rows){given->n, given->T, given->O, given->x, given->y};
    }
    const struct labelled *all = &training->train;
    size_t first = training_rows(training);
    return (struct validation_rows){all->n - first, all->T, all->O, all->x + first * all->T, all->y + first * all->O};
}

static bool needs_rows(const struct fit_arguments *arguments) {
    return arguments->calibrate || arguments->threshold_f1;
}

static const char *option_of(const struct fit_arguments *arguments) {
    return arguments->calibrate ? "--calibrate" : "--threshold f1";
}

static mood_status check_rows(const struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    size_t n = get_rows(training).n;
    if (n < LEAST_ROWS)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "%s needs at least %d validation rows, but there %s %zu; use --validation FILE or a larger "
            "--validation-split",
            option_of(arguments), LEAST_ROWS, n == 1 ? "is" : "are", n);
    if (n < FEW_ROWS)
        print_note(&arguments->common, "mood: %s: only %zu validation rows, so the result is uncertain",
                   option_of(arguments), n);
    return MOOD_OK;
}

/* Whether the rows have both positive and other labels: else no threshold has an F1. */
static mood_status check_positive(const struct training *training, const mood_head *head, mood_error *err) {
    const struct validation_rows rows = get_rows(training);
    size_t count = rows.n * (head->multi_label ? head->outputs : 1), positives = 0;
    for (size_t i = 0; i < count; i++)
        positives += rows.y[i] > 0.5f;
    if (positives > 0 && positives < count)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "--threshold f1 needs validation rows with and without the positive label, but %s of %zu has "
                          "it; use --validation FILE or a larger --validation-split",
                          positives ? "each" : "none", rows.n);
}

mood_status fit_scores_check(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_head head;
    mood_status status = MOOD_OK;
    if (!needs_rows(arguments) && isnan(arguments->threshold))
        return MOOD_OK;
    training->recipe.threshold = arguments->threshold;
    status = mood_recipe_get_head(&training->recipe, training->model, &head, err);
    if (status == MOOD_OK && arguments->threshold_f1 && head.labels != 2 && !head.multi_label)
        status =
            mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                           "--threshold f1: this model gives each text one of %zu labels, the one with the largest "
                           "score; a threshold is for models of two labels and for multi-label models",
                           head.labels);
    if (status == MOOD_OK && arguments->calibrate && !head.probabilities)
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                "--calibrate: the scores of this model are not probabilities");
    if (status == MOOD_OK && needs_rows(arguments))
        status = check_rows(training, err);
    return status == MOOD_OK && arguments->threshold_f1 ? check_positive(training, &head, err) : status;
}

/* Without a minimum the scores stay as they are; fit_print_saved prints the reason. */
static mood_status calibrate(struct training *training, const struct validation_rows *rows, mood_head *head,
                             const float *outputs, mood_error *err) {
    training->calibration_error = (mood_error){0};
    mood_status status = mood_head_fit_temperature(head, outputs, rows->y, rows->n, rows->L, &head->temperature,
                                                   &training->calibration_error);
    if (status == MOOD_OK || status == MOOD_ERR_STATE) {
        training->recipe.temperature = head->temperature;
        return MOOD_OK;
    }
    *err = training->calibration_error;
    return status;
}

mood_status fit_scores_update(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    const struct validation_rows rows = get_rows(training);
    mood_head head;
    if (!needs_rows(arguments))
        return MOOD_OK;
    training->recipe.temperature = 1.0;
    training->recipe.threshold = arguments->threshold;
    mood_status status = mood_recipe_get_head(&training->recipe, training->model, &head, err);
    if (status != MOOD_OK)
        return status;
    float *scores = calloc(rows.n, head.outputs * sizeof *scores);
    if (!scores)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    status = mood_model_predict(training->model, rows.x, rows.n, rows.T, 0, scores, err);
    if (status == MOOD_OK && arguments->calibrate)
        status = calibrate(training, &rows, &head, scores, err);
    if (status == MOOD_OK && arguments->threshold_f1) {
        mood_head_apply(&head, scores, rows.n);
        status = mood_head_fit_threshold(&head, scores, rows.y, rows.n, rows.L, &training->recipe.threshold, err);
    }
    free(scores);
    return status;
}

void fit_scores_print(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    size_t n = get_rows(training).n;
    if (arguments->calibrate && training->calibration_error.message[0])
        print_note(common, "mood: --calibrate: no temperature: %s", training->calibration_error.message);
    else if (arguments->calibrate)
        print_note(common, "%s: temperature %.4g, fitted on %zu validation rows", arguments->output,
                   training->recipe.temperature, n);
    if (arguments->threshold_f1)
        print_note(common, "%s: threshold %.4g, with the largest F1 on %zu validation rows", arguments->output,
                   (double)training->recipe.threshold, n);
}
