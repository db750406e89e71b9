/* The trainings of one trial. */
#include <math.h>

#include "fit_run.h"
#include "tune_score.h"
#include "tune_train.h"

/* The result of one training. */
struct outcome {
    double scores[ASHA_MOST_PARTS];
    double figures[ASHA_MOST_PARTS][TUNE_METRIC_COUNT];
    bool diverged, stopped, finished;
};

static bool on_batch(const mood_progress *step, void *user) {
    return tune_progress_draw(user, step);
}

static bool on_epoch(const mood_epoch *epoch, void *user) {
    (void)epoch;
    return !tune_progress_ended(user);
}

/* As mood fit, which does not save a model whose loss is not finite. */
static bool has_diverged(const mood_history *history) {
    const mood_metrics *last = history->count ? history->epochs[history->count - 1].metrics : NULL;
    return !last || !isfinite(mood_metrics_get(last, "loss")) || !isfinite(mood_metrics_get(last, "val_loss"));
}

/* Train and score. parts: of the validation rows. */
static mood_status train(struct training *training, const struct tune_plan *plan, size_t parts,
                         struct tune_progress *progress, struct outcome *outcome, mood_error *err) {
    mood_fit_options fitting = MOOD_FIT_OPTIONS;
    mood_history *history = NULL;
    fitting.on_batch = on_batch;
    fitting.on_epoch = on_epoch;
    fitting.user = progress;
    mood_status status = training_prepare(training, err);
    if (status == MOOD_OK)
        status = fit_run(training, fitting, &history, err);
    if (status == MOOD_OK) {
        outcome->finished = !tune_progress_ended(progress);
        outcome->stopped = history->stopped;
        outcome->diverged = has_diverged(history);
    }
    if (status == MOOD_OK && outcome->finished && !outcome->diverged)
        status = tune_score(training, plan->metric, parts, outcome->scores, outcome->figures, err);
    for (size_t p = 0; p < parts && outcome->diverged; p++) {
        outcome->scores[p] = NAN;
        for (size_t m = 0; m < TUNE_METRIC_COUNT; m++)
            outcome->figures[p][m] = NAN;
    }
    mood_history_destroy(history);
    return status;
}

/* One fold. parts: of its validation rows. */
static mood_status train_fold(const struct tune_plan *plan, const struct command_line *options, size_t epochs,
                              size_t fold, size_t parts, struct tune_progress *progress, struct outcome *outcome,
                              mood_error *err) {
    struct command_line command = {0};
    struct fit_arguments fit = {0};
    struct training training = {.arguments = &fit};
    mood_status status = MOOD_OK;
    *outcome = (struct outcome){0};
    if (!tune_make_command(plan->arguments, "mood tune", options, &command)) {
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    } else {
        tune_parse_command(&command, &fit);
        fit.common.quiet = true;
        fit.epochs = epochs;
        fit.epochs_given = true;
        fit.folds = plan->folds > 1 ? plan->folds : 0;
        fit.fold = fold;
        status = train(&training, plan, parts, progress, outcome, err);
    }
    training_destroy(&training);
    fit_arguments_clear(&fit);
    command_line_clear(&command);
    return status;
}

/* Append the scores of one training; the figures are means over all parts. */
static void add_outcome(const struct outcome *outcome, size_t parts, struct tune_result *result) {
    for (size_t p = 0; p < parts; p++, result->parts++) {
        result->scores[result->parts] = outcome->scores[p];
        for (size_t m = 0; m < TUNE_METRIC_COUNT; m++)
            result->figures[m] += (outcome->figures[p][m] - result->figures[m]) / (double)(result->parts + 1);
    }
    result->stopped &= outcome->stopped;
}

mood_status tune_train(const struct tune_plan *plan, const struct command_line *options, const struct tune_rung *rung,
                       struct tune_progress *progress, struct tune_result *result, bool *finished, mood_error *err) {
    double began = tune_progress_seconds(progress);
    bool restart = plan->folds == 1; /* with one validation part each rung trains from the beginning */
    struct tune_result sum = restart ? (struct tune_result){0} : *result;
    size_t first = restart ? 0 : sum.parts, parts = rung->parts / rung->folds;
    mood_status status = MOOD_OK;
    sum.stopped = true;
    *finished = true;
    for (size_t fold = first; fold < rung->folds && status == MOOD_OK && *finished; fold++) {
        struct outcome outcome;
        tune_progress_fold(progress, rung->epochs, fold, plan->folds);
        status = train_fold(plan, options, rung->epochs, fold, parts, progress, &outcome, err);
        *finished = outcome.finished;
        add_outcome(&outcome, parts, &sum);
    }
    sum.seconds = tune_progress_seconds(progress) - began;
    if (status == MOOD_OK && *finished)
        *result = sum;
    return status;
}
