/* mood evaluate: how good a model is on labelled texts. */
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
    const char *model, *data, *text, *label;
};

enum { OPTION_TEXT = 0x100, OPTION_LABEL };

static const struct argp_option options[] = {
    {"text", OPTION_TEXT, "COLUMN", 0, "the texts' column (text)", 0},
    {"label", OPTION_LABEL, "COLUMN", 0, "the labels' column (label)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        return 0;
    case OPTION_TEXT: arguments->text = argument; return 0;
    case OPTION_LABEL: arguments->label = argument; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "too many arguments: '%s'", argument);
        *(state->arg_num == 0 ? &arguments->model : &arguments->data) = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->data)
            argp_error(state, "name a model and a CSV file of labelled texts");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp evaluate_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "MODEL.keras DATA.csv",
    .doc = "Tell how good a model is on labelled texts: loss, accuracy, per class precision, recall and F1, their "
           "macro mean, of two classes the area under the ROC curve, and the confusion matrix.",
    .children = recipe_children,
};

/* ---- evaluating --------------------------------------------------------------------------------------- */

/* The class that a row of outputs means: above 0.5 strictly, or the first of the largest. */
static size_t decide(const float *row, size_t outputs) {
    if (outputs == 1)
        return row[0] > 0.5f;
    size_t best = 0;
    for (size_t k = 1; k < outputs; k++)
        if (row[k] > row[best])
            best = k;
    return best;
}

/* Metrics from the outputs [n, outputs]. */
static mood_status judge(const struct labelled *rows, const float *out, size_t outputs, struct metrics *metrics,
                         mood_error *err) {
    size_t classes = outputs == 1 ? 2 : outputs;
    size_t *truth = calloc(rows->n, sizeof *truth), *answers = calloc(rows->n, sizeof *answers);
    float *scores = classes == 2 ? calloc(rows->n, sizeof *scores) : NULL;
    mood_status status;
    if (!truth || !answers || (classes == 2 && !scores)) {
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < rows->n; i++) {
        truth[i] = (size_t)rows->y[i];
        answers[i] = decide(out + i * outputs, outputs);
        if (scores)
            scores[i] = out[i * outputs + (outputs - 1)];
    }
    status = metrics_create(metrics, classes, rows->n, truth, answers, scores, err);
done:
    free(truth);
    free(answers);
    free(scores);
    return status;
}

static mood_status evaluate(mood_model *model, const struct labelled *rows, double *loss, struct metrics *metrics,
                            mood_error *err) {
    size_t outputs = mood_model_get_outputs(model);
    float *out = calloc(rows->n, outputs * sizeof *out);
    if (!out)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_metrics figures = {0};
    /* The loss that goes with the last layer: with class numbers it is the same as with one-hot rows. */
    mood_status status = compile_by_outputs(model, err);
    if (status == MOOD_OK)
        status = mood_model_evaluate(model, rows->x, rows->n, rows->T, rows->y, 1, 0, &figures, err);
    if (status == MOOD_OK)
        status = mood_model_predict(model, rows->x, rows->n, rows->T, 0, out, err);
    if (status == MOOD_OK)
        status = judge(rows, out, outputs, metrics, err);
    *loss = figures.loss;
    free(out);
    return status;
}

/* ---- telling ------------------------------------------------------------------------------------------- */

/* Columns as wide as the longest label; bytes, as labels are mostly ASCII. */
static int label_width(const mood_recipe *recipe) {
    size_t width = strlen("macro mean");
    for (size_t k = 0; k < recipe->label_count; k++)
        if (strlen(recipe->labels[k]) > width)
            width = strlen(recipe->labels[k]);
    return (int)width;
}

static void print_table(const mood_recipe *recipe, double loss, const struct metrics *metrics) {
    int width = label_width(recipe);
    printf("loss      %.4f\naccuracy  %.4f\n", loss, metrics->accuracy);
    if (!isnan(metrics->auc))
        printf("ROC AUC   %.4f\n", metrics->auc);
    printf("\n%-*s  precision  recall      F1    rows\n", width, "");
    for (size_t k = 0; k < metrics->classes; k++) {
        const struct class_metrics *of = &metrics->by_class[k];
        printf("%-*s     %.4f  %.4f  %.4f %7zu\n", width, recipe->labels[k], of->precision, of->recall, of->f1,
               of->support);
    }
    printf("%-*s                     %.4f %7zu\n\nrows: the true label, columns: the answer\n%-*s", width, "macro mean",
           metrics->macro_f1, metrics->n, width, "");
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

static json_t *describe_class(const struct class_metrics *of) {
    return json_pack("{sf sf sf sI}", "precision", of->precision, "recall", of->recall, "f1", of->f1, "support",
                     (json_int_t)of->support);
}

static mood_status print_json(const mood_recipe *recipe, double loss, const struct metrics *metrics,
                              const struct word_counts *words, mood_error *err) {
    json_t *classes = json_object(), *confusion = json_array(), *labels = json_array();
    for (size_t k = 0; k < metrics->classes; k++) {
        json_t *row = json_array();
        for (size_t j = 0; j < metrics->classes; j++)
            json_array_append_new(row, json_integer((json_int_t)metrics->confusion[k * metrics->classes + j]));
        json_array_append_new(confusion, row);
        json_array_append_new(labels, json_string(recipe->labels[k]));
        json_object_set_new(classes, recipe->labels[k], describe_class(&metrics->by_class[k]));
    }
    json_t *report = json_pack("{sI sI sI sI sf sf sf so so so}", "rows", (json_int_t)metrics->n, "words",
                               (json_int_t)words->words, "unknown", (json_int_t)words->unknown, "unknown_texts",
                               (json_int_t)words->unknown_texts, "loss", loss, "accuracy", metrics->accuracy, "macro_f1",
                               metrics->macro_f1, "labels", labels, "classes", classes, "confusion", confusion);
    if (report && metrics->classes == 2)
        json_object_set_new(report, "auc", isnan(metrics->auc) ? json_null() : json_real(metrics->auc));
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "the report can't be written as JSON");
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

/* *opened: the model's file could be read, whatever failed after that. */
static mood_status run(const struct arguments *arguments, bool *opened, mood_error *err) {
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    struct labelled rows = {0};
    struct metrics metrics = {0};
    double loss = NAN;

    mood_status status = open_device(&arguments->common, &device, err);
    if (status == MOOD_OK)
        status = mood_model_load(device, arguments->model, &arguments->recipe.options, &model, &recipe, err);
    if (status == MOOD_OK) {
        recipe_print_notes(&arguments->common, arguments->model, recipe);
        status = labelled_read(arguments->data, arguments->text, arguments->label, model, recipe, &rows, err);
    }
    if (status == MOOD_OK)
        status = evaluate(model, &rows, &loss, &metrics, err);
    if (status == MOOD_OK && arguments->common.json)
        status = print_json(recipe, loss, &metrics, &rows.words, err);
    else if (status == MOOD_OK)
        print_table(recipe, loss, &metrics);
    if (status == MOOD_OK)
        word_counts_print(&arguments->common, &rows.words);
    *opened = model != NULL;
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
    if (argp_parse(&evaluate_argp, argc, argv, 0, NULL, &arguments) != 0)
        return EXIT_USAGE;
    bool opened = false;
    int result = run(&arguments, &opened, &err) ? fail(&arguments.common, &err) : EXIT_SUCCESS;
    if (!opened)
        note_model_argument(&arguments.common, arguments.model, (char *const *)&arguments.data, 1,
                            "mood evaluate MODEL.keras DATA.csv");
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
