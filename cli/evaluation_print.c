/* What mood evaluate prints. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "evaluation.h"
#include "label_distance.h"
#include "terminal.h"

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

static void print_calibration(const struct calibration *calibration) {
    if (isnan(calibration->brier))
        return;
    printf("Brier     %.4f\n", calibration->brier);
    printf("ECE       %.4f\n", calibration->ece);
}

static void print_distance(const struct evaluation *evaluation) {
    struct label_distance distance;
    if (!label_distance_measure(&evaluation->metrics, evaluation->recipe->labels, &distance))
        return;
    printf("label MAE %.4f\n", distance.mae);
    printf("adjacent  %.4f\n", distance.adjacent);
}

static void print_intervals(const struct evaluation *evaluation) {
    const struct interval *accuracy = &evaluation->intervals.accuracy, *macro_f1 = &evaluation->intervals.macro_f1;
    printf("\n95 %% intervals: %saccuracy %.4f to %.4f, macro F1 %.4f to %.4f\n",
           evaluation->metrics.confusion ? "" : "binary ", accuracy->low, accuracy->high, macro_f1->low,
           macro_f1->high);
}

void evaluation_print_table(const struct evaluation *evaluation) {
    const mood_recipe *recipe = evaluation->recipe;
    const mood_metrics *figures = evaluation->figures;
    const struct metrics *metrics = &evaluation->metrics;
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
    print_distance(evaluation);
    print_calibration(&evaluation->calibration);
    print_figures(figures);
    printf("\n%-*s  precision  recall      F1    rows\n", width, "");
    for (size_t k = 0; k < metrics->classes; k++) {
        const struct class_metrics *of = &metrics->by_class[k];
        printf("%-*s     %.4f  %.4f  %.4f %7zu\n", width, recipe->labels[k], of->precision, of->recall, of->f1,
               of->support);
    }
    printf("%-*s                     %.4f %7zu\n", width, "macro mean", metrics->macro_f1, metrics->n);
    print_intervals(evaluation);
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

static json_t *describe_interval(const struct interval *interval) {
    return json_pack("[f, f]", interval->low, interval->high);
}

static json_t *real_or_null(double value) {
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *describe_confusion(const struct metrics *metrics) {
    json_t *confusion = json_array();
    for (size_t k = 0; k < metrics->classes; k++) {
        json_t *row = json_array();
        for (size_t j = 0; j < metrics->classes; j++)
            json_array_append_new(row, json_integer((json_int_t)metrics->confusion[k * metrics->classes + j]));
        json_array_append_new(confusion, row);
    }
    return confusion;
}

static void add_counts(json_t *report, const struct evaluation *evaluation, const struct word_counts *words) {
    json_object_set_new(report, "rows", json_integer((json_int_t)evaluation->metrics.n));
    json_object_set_new(report, "words", json_integer((json_int_t)words->words));
    json_object_set_new(report, "unknown", json_integer((json_int_t)words->unknown));
    json_object_set_new(report, "unknown_texts", json_integer((json_int_t)words->unknown_texts));
}

static void add_quality(json_t *report, const struct evaluation *evaluation) {
    json_object_set_new(report, "wrong", json_integer((json_int_t)evaluation->wrong));
    json_object_set_new(report, "brier", real_or_null(evaluation->calibration.brier));
    json_object_set_new(report, "ece", real_or_null(evaluation->calibration.ece));
    json_object_set_new(report, "intervals",
                        json_pack("{s: o, s: o}", "accuracy", describe_interval(&evaluation->intervals.accuracy),
                                  "macro_f1", describe_interval(&evaluation->intervals.macro_f1)));
}

static void add_classes(json_t *report, const struct evaluation *evaluation) {
    const struct metrics *metrics = &evaluation->metrics;
    json_t *classes = json_object(), *labels = json_array();
    for (size_t k = 0; k < metrics->classes; k++) {
        json_array_append_new(labels, json_string(evaluation->recipe->labels[k]));
        json_object_set_new(classes, evaluation->recipe->labels[k], describe_class(&metrics->by_class[k]));
    }
    json_object_set_new(report, "labels", labels);
    json_object_set_new(report, "classes", classes);
    if (metrics->confusion)
        json_object_set_new(report, "confusion", describe_confusion(metrics));
    else
        json_object_set_new(report, "exact_match", json_real(metrics->exact_match));
    if (metrics->confusion && metrics->classes == 2)
        json_object_set_new(report, "auc", real_or_null(metrics->auc));
    struct label_distance distance;
    if (label_distance_measure(metrics, evaluation->recipe->labels, &distance)) {
        json_object_set_new(report, "label_mae", json_real(distance.mae));
        json_object_set_new(report, "adjacent", json_real(distance.adjacent));
    }
}

mood_status evaluation_print_json(const struct evaluation *evaluation, const struct word_counts *words,
                                  mood_error *err) {
    const mood_metrics *figures = evaluation->figures;
    json_t *report = json_object();
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "the report can't be written as JSON");
    add_counts(report, evaluation, words);
    json_object_set_new(report, "loss", real_or_null(figures ? mood_metrics_get(figures, "loss") : NAN));
    json_object_set_new(report, "accuracy", json_real(evaluation->metrics.accuracy));
    json_object_set_new(report, "macro_f1", json_real(evaluation->metrics.macro_f1));
    add_classes(report, evaluation);
    add_quality(report, evaluation);
    json_object_set_new(report, "metrics", describe_figures(figures));
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}
