/* mood evaluate: measures a model on labelled texts. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "labelled.h"
#include "metrics.h"
#include "mistakes.h"
#include "recipe_options.h"
#include "terminal.h"

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *model;
    struct labelled_source data;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        state->child_inputs[2] = &arguments->data.options;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "too many arguments: '%s'", argument);
        *(state->arg_num == 0 ? &arguments->model : &arguments->data.path) = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->data.path)
            argp_error(state, "missing arguments: a model and a file of labelled texts");
        if (arguments->data.options.positive && !data_options_compare(&arguments->data.options))
            argp_error(state, "--positive takes a comparison such as '>=4' here: the model has names for its labels");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp evaluate_argp = {
    .parser = parse_option,
    .args_doc = "MODEL.keras DATA.csv",
    .doc =
        "Measure a model on labelled texts: its loss and metrics, accuracy, precision, recall and F1 of each label, "
        "their macro mean, "
        "the area under the ROC curve (two labels), and the confusion matrix. For a multi-label model: Keras's binary "
        "accuracy and the share of rows whose labels are all right (exact match) instead of the matrix."
        "\vExamples:\n"
        "  mood evaluate reviews.keras others.csv\n"
        "  mood evaluate --text comment --label stars reviews.keras others.csv",
    .children = labelled_children,
};

/* ---- evaluating --------------------------------------------------------------------------------------- */

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* The value that is compared with the thresholds of the ROC curve, for two labels. Scores that are not
 * probabilities do not add up to 1: then their difference is used. */
static float rank(const mood_head *head, const float *row) {
    return head->outputs == 2 && !head->probabilities ? row[1] - row[0] : mood_head_label_score(head, row, 1);
}

/* Metrics for one label per row, from the scores [n,O]. */
static mood_status compute_metrics(const struct labelled *rows, const mood_head *head, const float *scores,
                                   struct metrics *metrics, mood_error *err) {
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
            ranks[i] = rank(head, row);
    }
    status = metrics_create(metrics, head->labels, rows->n, truth, answers, ranks, err);
done:
    free(truth);
    free(answers);
    free(ranks);
    return status;
}

/* Metrics for several labels per row. */
static mood_status compute_multi_label_metrics(const struct labelled *rows, const mood_head *head, const float *scores,
                                               struct metrics *metrics, mood_error *err) {
    float *answers = calloc(rows->n, head->labels * sizeof *answers);
    if (!answers)
        return no_memory(err);
    for (size_t i = 0; i < rows->n; i++)
        for (size_t k = 0; k < head->labels; k++)
            answers[i * head->labels + k] = mood_head_applies(head, scores + i * head->outputs, k) ? 1.0f : 0.0f;
    mood_status status = metrics_create_multi_label(metrics, head->labels, rows->n, rows->y, answers, err);
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

static mood_status evaluate(const struct arguments *arguments, mood_model *model, const mood_head *head,
                            const struct labelled *rows, mood_metrics **figures, struct metrics *metrics,
                            mood_error *err) {
    float *scores = calloc(rows->n, head->outputs * sizeof *scores);
    if (!scores)
        return no_memory(err);
    mood_status status = measure(arguments, model, head, rows, figures, err);
    if (status == MOOD_OK)
        status = mood_model_predict(model, rows->x, rows->n, rows->T, 0, scores, err);
    if (status == MOOD_OK) {
        mood_head_apply(head, scores, rows->n);
        status = (head->multi_label ? compute_multi_label_metrics : compute_metrics)(rows, head, scores, metrics, err);
    }
    free(scores);
    return status;
}

/* ---- printing ------------------------------------------------------------------------------------------ */

/* The width of the label column [bytes]: that of the longest label. Labels are mostly ASCII. */
static int label_width(const mood_recipe *recipe) {
    size_t width = strlen("macro mean");
    for (size_t k = 0; k < recipe->label_count; k++)
        if (strlen(recipe->labels[k]) > width)
            width = strlen(recipe->labels[k]);
    return (int)width;
}

static void print_confusion(const mood_recipe *recipe, const struct metrics *metrics, int width) {
    printf("\nrows: true label, columns: predicted label\n%-*s", width, "");
    for (size_t k = 0; k < metrics->classes; k++)
        printf("  %*s", width, recipe->labels[k]);
    putchar('\n');
    for (size_t k = 0; k < metrics->classes; k++) {
        printf("%-*s", width, recipe->labels[k]);
        for (size_t j = 0; j < metrics->classes; j++)
            printf("  %*zu", width, metrics->confusion[k * metrics->classes + j]);
        putchar('\n');
    }
}

/* Print the model's own metrics, except those that are always printed. */
static void print_figures(const mood_metrics *figures) {
    for (size_t i = 0; figures && i < mood_metrics_count(figures); i++) {
        const char *name = mood_metrics_name_at(figures, i);
        if (strcmp(name, "loss") != 0 && strcmp(name, "accuracy") != 0 && strcmp(name, "binary_accuracy") != 0)
            printf("%-8s  %.4f\n", name, mood_metrics_value_at(figures, i));
    }
}

static void print_table(const mood_recipe *recipe, const mood_metrics *figures, const struct metrics *metrics) {
    int width = label_width(recipe);
    if (!figures)
        printf("loss      not available: the scores are not probabilities\n");
    else
        printf("loss      %.4f\n", mood_metrics_get(figures, "loss"));
    printf("%s  %.4f\n", metrics->confusion ? "accuracy" : "binary accuracy", metrics->accuracy);
    if (!isnan(metrics->exact_match))
        printf("exact match      %.4f\n", metrics->exact_match);
    if (!isnan(metrics->auc))
        printf("ROC AUC   %.4f\n", metrics->auc);
    print_figures(figures);
    printf("\n%-*s  precision  recall      F1    rows\n", width, "");
    for (size_t k = 0; k < metrics->classes; k++) {
        const struct class_metrics *of = &metrics->by_class[k];
        printf("%-*s     %.4f  %.4f  %.4f %7zu\n", width, recipe->labels[k], of->precision, of->recall, of->f1,
               of->support);
    }
    printf("%-*s                     %.4f %7zu\n", width, "macro mean", metrics->macro_f1, metrics->n);
    if (metrics->confusion)
        print_confusion(recipe, metrics, width);
}

static json_t *describe_class(const struct class_metrics *of) {
    return json_pack("{sf sf sf sI}", "precision", of->precision, "recall", of->recall, "f1", of->f1, "support",
                     (json_int_t)of->support);
}

static json_t *describe_figures(const mood_metrics *figures) {
    json_t *object = json_object();
    for (size_t i = 0; figures && i < mood_metrics_count(figures); i++)
        json_object_set_new(object, mood_metrics_name_at(figures, i), json_real(mood_metrics_value_at(figures, i)));
    return object;
}

static mood_status print_json(const mood_recipe *recipe, const mood_metrics *figures, const struct metrics *metrics,
                              const struct word_counts *words, mood_error *err) {
    double loss = figures ? mood_metrics_get(figures, "loss") : NAN;
    json_t *classes = json_object(), *confusion = json_array(), *labels = json_array();
    for (size_t k = 0; k < metrics->classes; k++) {
        json_t *row = json_array();
        for (size_t j = 0; metrics->confusion && j < metrics->classes; j++)
            json_array_append_new(row, json_integer((json_int_t)metrics->confusion[k * metrics->classes + j]));
        json_array_append_new(confusion, row);
        json_array_append_new(labels, json_string(recipe->labels[k]));
        json_object_set_new(classes, recipe->labels[k], describe_class(&metrics->by_class[k]));
    }
    json_t *report = json_pack("{sI sI sI sI so sf sf so so}", "rows", (json_int_t)metrics->n, "words",
                               (json_int_t)words->words, "unknown", (json_int_t)words->unknown, "unknown_texts",
                               (json_int_t)words->unknown_texts, "loss", isnan(loss) ? json_null() : json_real(loss),
                               "accuracy", metrics->accuracy, "macro_f1", metrics->macro_f1, "labels", labels,
                               "classes", classes);
    if (report && metrics->confusion)
        json_object_set(report, "confusion", confusion);
    else if (report)
        json_object_set_new(report, "exact_match", json_real(metrics->exact_match));
    json_decref(confusion);
    if (report && metrics->confusion && metrics->classes == 2)
        json_object_set_new(report, "auc", isnan(metrics->auc) ? json_null() : json_real(metrics->auc));
    if (report)
        json_object_set_new(report, "metrics", describe_figures(figures));
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "the report can't be written as JSON");
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

/* *opened: the model's file could be opened, even if a later step failed. */
static mood_status run(const struct arguments *arguments, bool *opened, mood_error *err) {
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    mood_head head;
    struct labelled rows = {0};
    struct metrics metrics = {0};
    mood_metrics *figures = NULL;

    mood_status status = open_device(&arguments->common, &device, err);
    if (status == MOOD_OK)
        status = mood_model_load(device, arguments->model, &arguments->recipe.options, &model, &recipe, err);
    if (status == MOOD_OK) {
        recipe_print_notes(&arguments->common, arguments->model, recipe);
        status = mood_model_get_head(model, recipe->activation, &head, err);
        if (status != MOOD_OK)
            mood_error_prefix(err, "%s", arguments->model);
    }
    if (status == MOOD_OK)
        status = labelled_read(&arguments->common, &arguments->data, &head, model, recipe, &rows, err);
    if (status == MOOD_OK)
        status = evaluate(arguments, model, &head, &rows, &figures, &metrics, err);
    if (status == MOOD_OK && arguments->common.json)
        status = print_json(recipe, figures, &metrics, &rows.words, err);
    else if (status == MOOD_OK)
        print_table(recipe, figures, &metrics);
    if (status == MOOD_OK)
        word_counts_print(&arguments->common, &rows.words);
    *opened = model != NULL;
    mood_metrics_destroy(figures);
    metrics_destroy(&metrics);
    labelled_destroy(&rows);
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status;
}

int evaluate_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS};
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
