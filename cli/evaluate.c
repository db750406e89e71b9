/* mood evaluate: measures a model on labelled texts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "evaluation.h"
#include "mistakes.h"
#include "output.h"
#include "plot.h"
#include "recipe_options.h"
#include "shipped.h"

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *model;
    struct labelled_source data;
    const char *errors; /* NULL: not written */
    const char *plot;   /* NULL: not drawn */
    size_t errors_count;
    uint64_t seed;
};

enum { OPTION_ERRORS = 0x400, OPTION_ERRORS_COUNT, OPTION_PLOT, OPTION_SEED };

static const struct argp_option options[] = {
    {"errors", OPTION_ERRORS, "FILE.csv", 0, "write the rows that the model gets wrong, worst first", 1},
    {"errors-count", OPTION_ERRORS_COUNT, "N", 0, "write at most N of them (default: all)", 1},
    {"plot", OPTION_PLOT, PLOT_OPTION, 0,
     "draw the confusion matrix, the ROC curve, precision and recall, and the reliability of the scores; -: as text "
     "(needs gnuplot)",
     1},
    {"seed", OPTION_SEED, "N", 0, "of the samples for the 95 % intervals (default: 1)", 1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        state->child_inputs[2] = &arguments->data.options;
        return 0;
    case OPTION_ERRORS: arguments->errors = argument; return 0;
    case OPTION_PLOT: arguments->plot = argument; return 0;
    case OPTION_ERRORS_COUNT:
        arguments->errors_count = parse_count(state, "--errors-count", argument, 1, SIZE_MAX);
        return 0;
    case OPTION_SEED: arguments->seed = parse_count(state, "--seed", argument, 0, SIZE_MAX); return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "too many arguments: '%s'", argument);
        if (state->arg_num == 0)
            arguments->model = model_argument(argument);
        else
            arguments->data.path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->data.path)
            argp_error(state, "missing arguments: a model and a file of labelled texts");
        if (arguments->plot && !plot_is_name(arguments->plot))
            argp_error(state, "--plot takes a file that ends in .svg or .png, or - for text, not '%s'",
                       arguments->plot);
        if (arguments->plot && strcmp(arguments->plot, "-") == 0 && arguments->common.json)
            argp_error(state, "--plot - and --json both write to standard output");
        if (arguments->data.options.positive && !data_options_compare(&arguments->data.options))
            argp_error(state, "--positive takes a comparison such as '>=4' here: the model has names for its labels");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp evaluate_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "MODEL.keras DATA.csv",
    .doc = "Measure a model on labelled texts: its loss and metrics, accuracy, precision, recall and F1 of each label, "
           "their macro mean, "
           "the area under the ROC curve (two labels), the Brier score, the calibration error, 95 % intervals, and the "
           "confusion matrix. For a multi-label model: Keras's binary "
           "accuracy and the share of rows whose labels are all right (exact match) instead of the matrix."
           "\vExamples:\n"
           "  mood evaluate reviews.keras others.csv\n"
           "  mood evaluate --text comment --label stars reviews.keras others.csv\n"
           "  mood evaluate --plot reviews.svg reviews.keras others.csv\n"
           "  mood evaluate --errors wrong.csv --errors-count 50 reviews.keras others.csv",
    .children = labelled_children,
};

/* ---- evaluating --------------------------------------------------------------------------------------- */

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* The value that is compared with the thresholds of the ROC curve, for two labels. Scores that are not
 * probabilities do not add up to 1: then their difference is used. */
float evaluation_rank(const mood_head *head, const float *row) {
    return head->outputs == 2 && !head->probabilities ? row[1] - row[0] : mood_head_label_score(head, row, 1);
}

/* Metrics for one label per row, from the scores [n,O]. */
static mood_status compute_metrics(const struct arguments *arguments, const struct labelled *rows, const float *scores,
                                   struct evaluation *evaluation, mood_error *err) {
    const mood_head *head = evaluation->head;
    size_t *truth = calloc(rows->n, sizeof *truth), *answers = calloc(rows->n, sizeof *answers);
    float *ranks = head->labels == 2 ? calloc(rows->n, sizeof *ranks) : NULL;
    mood_status status;
    if (!truth || !answers || (head->labels == 2 && !ranks)) {
        status = no_memory(err);
        goto done;
    }
    for (size_t i = 0; i < rows->n; i++) {
        const float *row = scores + i * head->outputs;
        truth[i] = (size_t)rows->y[i];
        answers[i] = mood_head_decide(head, row);
        if (ranks)
            ranks[i] = evaluation_rank(head, row);
    }
    struct outcomes outcomes = {
        .n = rows->n, .labels = head->labels, .one_label = true, .truth = truth, .answers = answers};
    status = metrics_create(&evaluation->metrics, head->labels, rows->n, truth, answers, ranks, err);
    if (status == MOOD_OK)
        status = bootstrap_run(&outcomes, arguments->seed, &evaluation->intervals, err);
done:
    free(truth);
    free(answers);
    free(ranks);
    return status;
}

/* Metrics for several labels per row. */
static mood_status compute_multi_label_metrics(const struct arguments *arguments, const struct labelled *rows,
                                               const float *scores, struct evaluation *evaluation, mood_error *err) {
    const mood_head *head = evaluation->head;
    float *answers = calloc(rows->n, head->labels * sizeof *answers);
    if (!answers)
        return no_memory(err);
    for (size_t i = 0; i < rows->n; i++)
        for (size_t k = 0; k < head->labels; k++)
            answers[i * head->labels + k] = mood_head_applies(head, scores + i * head->outputs, k) ? 1.0f : 0.0f;
    struct outcomes outcomes = {.n = rows->n, .labels = head->labels, .targets = rows->y, .predictions = answers};
    mood_status status = metrics_create_multi_label(&evaluation->metrics, head->labels, rows->n, rows->y, answers, err);
    if (status == MOOD_OK)
        status = bootstrap_run(&outcomes, arguments->seed, &evaluation->intervals, err);
    free(answers);
    return status;
}

/* Loss and metrics of the model as it was compiled; for a model that mood can't train, the cross-entropy of its
 * scores. *figures stays NULL if the scores are not probabilities. */
static mood_status measure(const struct arguments *arguments, mood_model *model, const mood_head *head,
                           const struct labelled *rows, mood_metrics **figures, mood_error *err) {
    mood_compile_options compiled = MOOD_COMPILE_OPTIONS;
    mood_error reason = {0};
    float *made = NULL;
    mood_status status = MOOD_OK;
    print_skipped_metrics(&arguments->common, arguments->model, model);
    if (mood_model_get_compile_options(model, &compiled, &reason) != MOOD_OK) {
        print_note(&arguments->common, "mood: %s: %s%s", arguments->model, reason.message,
                   head->probabilities ? "; reporting the cross-entropy of the model's scores instead"
                                       : "; no loss is reported");
        if (!head->probabilities)
            return MOOD_OK;
        status = compile_by_head(model, head, err);
    }
    const float *y = status == MOOD_OK ? labelled_targets(rows, model, &made) : NULL;
    if (status == MOOD_OK && !y)
        status = no_memory(err);
    if (status == MOOD_OK)
        status = mood_model_evaluate(model, rows->x, rows->n, rows->T, y, mood_model_get_label_width(model), 0, figures,
                                     err);
    free(made);
    return status;
}

/* Everything that follows from the scores [n,O]. */
static mood_status compute_results(const struct arguments *arguments, const mood_dataset *dataset,
                                   const struct labelled *rows, const float *scores, struct evaluation *evaluation,
                                   mood_error *err) {
    const mood_head *head = evaluation->head;
    char separator = '\0';
    mood_status status =
        (head->multi_label ? compute_multi_label_metrics : compute_metrics)(arguments, rows, scores, evaluation, err);
    evaluation->calibration = calibration_measure(head, scores, rows->y, rows->n);
    for (size_t i = 0; i < rows->n; i++)
        evaluation->wrong += evaluation_is_wrong(head, scores + i * head->outputs, rows->y + i * rows->O);
    if (status == MOOD_OK && arguments->errors)
        status = labelled_separator(&arguments->data, head, &separator, err);
    if (status == MOOD_OK && arguments->errors)
        status = evaluation_write_errors(arguments->errors, evaluation, mood_dataset_get_texts(dataset), rows, scores,
                                         separator, arguments->errors_count, err);
    return status;
}

static mood_status evaluate(const struct arguments *arguments, mood_model *model, const mood_dataset *dataset,
                            const struct labelled *rows, struct evaluation *evaluation, mood_error *err) {
    const mood_head *head = evaluation->head;
    float *scores = evaluation->scores = calloc(rows->n, head->outputs * sizeof *scores);
    if (!scores)
        return no_memory(err);
    mood_status status = measure(arguments, model, head, rows, &evaluation->figures, err);
    if (status == MOOD_OK)
        status = mood_model_predict(model, rows->x, rows->n, rows->T, 0, scores, err);
    if (status == MOOD_OK) {
        mood_head_apply(head, scores, rows->n);
        status = compute_results(arguments, dataset, rows, scores, evaluation, err);
    }
    return status;
}

/* Evaluate an opened model, and print the result. */
static mood_status report(const struct arguments *arguments, mood_model *model, const mood_recipe *recipe,
                          mood_error *err) {
    mood_head head;
    mood_dataset *dataset = NULL;
    struct labelled rows = {0};
    struct evaluation evaluation = {.head = &head, .recipe = recipe};
    mood_status status = mood_recipe_get_head(recipe, model, &head, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s", arguments->model);
        return status;
    }
    status = labelled_open(&arguments->common, &arguments->data, &head, recipe, &dataset, err);
    if (status == MOOD_OK)
        status = labelled_create(dataset, recipe, mood_model_get_timesteps(model), &rows, err);
    if (status == MOOD_OK)
        status = evaluate(arguments, model, dataset, &rows, &evaluation, err);
    if (status == MOOD_OK && arguments->common.json)
        status = evaluation_print_json(&evaluation, &rows.words, err);
    else if (status == MOOD_OK)
        evaluation_print_table(&evaluation);
    if (status == MOOD_OK)
        word_counts_print(&arguments->common, &rows.words);
    if (status == MOOD_OK && arguments->plot)
        status = evaluation_plot(arguments->plot, &evaluation, &rows, err);
    free(evaluation.scores);
    mood_metrics_destroy(evaluation.figures);
    metrics_destroy(&evaluation.metrics);
    labelled_destroy(&rows);
    mood_dataset_destroy(dataset);
    return status;
}

/* *opened: the model's file could be opened, even if a later step failed. */
static mood_status run(const struct arguments *arguments, bool *opened, mood_error *err) {
    const char *const inputs[] = {arguments->model, arguments->data.path};
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    mood_status status = check_not_input("--errors", arguments->errors, inputs, 2, err);
    if (status == MOOD_OK)
        status = check_not_input("--plot", arguments->plot, inputs, 2, err);
    if (status == MOOD_OK && arguments->plot)
        status = plot_check(arguments->plot, err);
    *opened = status != MOOD_OK; /* nothing to note about the model */
    if (status == MOOD_OK)
        status = open_device(&arguments->common, &device, err);
    if (status == MOOD_OK)
        status = mood_model_load(device, arguments->model, &arguments->recipe.options, &model, &recipe, err);
    if (status == MOOD_OK) {
        *opened = true;
        recipe_print_notes(&arguments->common, arguments->model, recipe);
        status = report(arguments, model, recipe, err);
    }
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status;
}

int evaluate_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS, .errors_count = SIZE_MAX, .seed = 1};
    mood_error err = {0};
    if (parse_arguments(&evaluate_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    bool opened = false;
    int result = run(&arguments, &opened, &err) ? fail(&arguments.common, &err) : EXIT_SUCCESS;
    if (!opened)
        note_model_argument(&arguments.common, arguments.model, (char *const *)&arguments.data, 1,
                            "mood evaluate MODEL.keras DATA.csv");
    recipe_arguments_clear(&arguments.recipe);
    data_options_clear(&arguments.data.options);
    return result;
}
