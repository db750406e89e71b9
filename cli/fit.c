/* mood fit: train a model on a file of labelled texts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit_plot.h"
#include "fit_run.h"
#include "interrupt.h"
#include "output.h"
#include "plot.h"
#include "preset_base_model.h"

/* A loss that is not finite has made the weights NaN. */
static mood_status check_history(const struct training *training, const struct save_best *best,
                                 const mood_history *history, mood_error *err) {
    const mood_epoch *last = history && history->count ? &history->epochs[history->count - 1] : NULL;
    if (last && isfinite(mood_metrics_get(last->metrics, "loss")) &&
        (!training_validates(training) || isfinite(mood_metrics_get(last->metrics, "val_loss"))))
        return MOOD_OK;
    if (best->saved)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                              "the loss is not a finite number: training diverged; %s has the weights of epoch %zu; "
                              "try a smaller --learning-rate",
                              best->path, best->epoch + 1);
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                          "the loss is not a finite number: training diverged, and nothing was saved; try a smaller "
                          "--learning-rate");
}

/* With --save-best the file already contains the best epoch. */
static mood_status save_model(struct training *training, const struct save_best *best, const mood_history *history,
                              mood_error *err) {
    if (best->status != MOOD_OK) {
        *err = best->err;
        return best->status;
    }
    mood_status status = check_history(training, best, history, err);
    if (status != MOOD_OK || best->saved)
        return status;
    status = fit_scores_update(training, err);
    if (status != MOOD_OK)
        return status;
    return mood_model_save(training->model, training->arguments->output, &training->recipe, err);
}

/* Set the metric of --monitor. Errors: the model has no such metric, or it is unknown whether larger values are
 * better. */
static mood_status choose_monitor(const struct training *training, struct save_best *best, mood_error *err) {
    best->monitor = training->arguments->monitor;
    best->direction = mood_model_get_metric_direction(training->model, best->monitor);
    if (best->direction != 0)
        return MOOD_OK;
    return mood_error_set(
        err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
        "--monitor: %s is not the loss, or a metric of this model with a known direction; metrics are named as in the "
        "line of each epoch (--metrics AUC: val_AUC)",
        best->monitor);
}

/* Train, save and report. Returns the exit status. */
static int train_and_save(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    struct save_best best = {.path = arguments->save_best ? arguments->output : NULL,
                             .model = training->model,
                             .recipe = &training->recipe,
                             .prepare = fit_scores_update,
                             .training = training};
    struct epochs epochs;
    mood_history *history = NULL;
    int result = EXIT_FAILURE;
    mood_status status = fit_scores_check(training, err);
    if (status == MOOD_OK)
        status = choose_monitor(training, &best, err);
    if (status == MOOD_OK)
        status = epochs_start(&epochs, common, arguments->epochs, arguments->history, err);
    if (status)
        return fail(common, err);
    epochs.next = save_best_epoch;
    epochs.user = &best;
    mood_fit_options fitting = MOOD_FIT_OPTIONS;
    epochs_add_callbacks(&epochs, &fitting);
    status = fit_run(training, fitting, &history, err);
    bool interrupted = interrupt_caught() && status == MOOD_OK;
    mood_error history_err = {0};
    mood_status history_status = epochs_stop(&epochs, &history_err);

    if (interrupted && epochs.finished == 0) {
        print_error("interrupted in the first epoch; nothing was saved");
        goto done;
    }
    if (status == MOOD_OK)
        status = save_model(training, &best, history, err);
    if (status == MOOD_OK && arguments->plot)
        status = fit_plot_write(arguments->plot, history, err);
    if (status == MOOD_OK && common->json)
        status = fit_print_json(training, history, err);
    if (status) {
        result = fail(common, err);
        goto done;
    }
    fit_print_saved(training, &best, history, interrupted);
    result = EXIT_SUCCESS;
    if (history_status)
        result = fail(common, &history_err);
    if (interrupted) {
        print_error("interrupted in epoch %zu of %zu; the model was saved with its %s weights; continue with "
                    "--resume %s",
                    epochs.finished + 1, arguments->epochs,
                    best.saved || arguments->early_stopping_given ? "best" : "current", arguments->output);
        result = EXIT_FAILURE;
    }
done:
    mood_history_destroy(history);
    return result;
}

/* The model may replace the resumed one: it is written to a temporary file and renamed. The history is written in
 * place. */
static mood_status check_outputs(const struct fit_arguments *arguments, mood_error *err) {
    const mood_recipe_options *given = &arguments->recipe.options;
    const char *const inputs[] = {arguments->data,   arguments->validation, given->architecture,
                                  given->tokenizer,  given->word_index,     arguments->vectors,
                                  arguments->resume, arguments->from,       arguments->output};
    mood_status status = check_not_input("-o", arguments->output, inputs, 6, err);
    if (status == MOOD_OK)
        status = check_not_input("--history", arguments->history, inputs, 9, err);
    if (status == MOOD_OK)
        status = check_not_input("--plot", arguments->plot, inputs, 9, err);
    if (status == MOOD_OK)
        status = check_not_input("--plot", arguments->plot, &arguments->history, 1, err);
    return status == MOOD_OK && arguments->plot ? plot_check(arguments->plot, err) : status;
}

/* Prepare the training. If a shipped model can be its base model, compare both first. *chosen: the arguments with the
 * choices of the preset. */
static mood_status prepare(struct training *training, struct fit_arguments *given, struct fit_arguments *chosen,
                           mood_error *err) {
    *chosen = *given;
    mood_status status = training_prepare(training, err);
    const char *candidate = status == MOOD_OK ? preset_base_model_candidate(training) : NULL;
    bool twice = is_regular_file(given->data) && (!given->validation || is_regular_file(given->validation));
    if (!candidate || given->dry_run || !twice) {
        if (candidate)
            print_note(&given->common,
                       given->dry_run
                           ? "base model (--from): one epoch without and one with english-reviews decide"
                           : "base model: none; a pipe can't be read twice, to compare with english-reviews; use "
                             "--from");
        return status;
    }
    status = preset_choose_base_model(training, candidate, given, err);
    training_destroy(training);
    *training = (struct training){.arguments = chosen};
    *chosen = *given;
    chosen->common.quiet = true; /* the notes about the data were printed */
    if (status == MOOD_OK)
        status = training_prepare(training, err);
    chosen->common.quiet = given->common.quiet;
    return status;
}

int fit_command(int argc, char **argv) {
    struct fit_arguments arguments = fit_defaults(), chosen;
    struct fit_parsing parsing = {.arguments = &arguments};
    struct training training = {.arguments = &chosen};
    mood_error err = {0};
    int result;

    if (parse_arguments(&fit_argp, 0, argc, argv, &parsing) != 0)
        return EXIT_USAGE;
    mood_status status = check_outputs(&arguments, &err);
    if (status == MOOD_OK && arguments.output)
        status = check_writable(arguments.output, &err);
    if (status == MOOD_OK)
        status = prepare(&training, &arguments, &chosen, &err);
    if (status) {
        result = fail(&arguments.common, &err);
    } else {
        status = fit_print_data(&training, &err);
        result = status != MOOD_OK ? fail(&arguments.common, &err) : EXIT_SUCCESS;
        if (status == MOOD_OK && !arguments.dry_run)
            result = train_and_save(&training, &err);
    }
    training_destroy(&training);
    fit_arguments_clear(&arguments);
    return result;
}
