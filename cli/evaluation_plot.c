/* mood evaluate --plot: the confusion matrix, and for each label, against the others, the ROC curve, precision and
 * recall, and the reliability diagram. */
#include <stdio.h>
#include <stdlib.h>

#include "curves.h"
#include "evaluation.h"
#include "plot.h"

enum {
    PANEL = 520,        /* width of a panel [px] */
    PANEL_LEGEND = 180, /* further width for a legend of several labels */
    PANEL_HEIGHT = 480,
    MOST_CURVES = 8,   /* labels with curves: those of most rows */
    MOST_LABELS = 40,  /* of the confusion matrix */
    MOST_NUMBERS = 12, /* labels of a matrix whose cells have numbers */
    NAME_COLUMNS = 18  /* of a label's name */
};

struct figure {
    const struct evaluation *evaluation;
    const struct labelled *rows;
    size_t *order;                   /* [labels]: the labels with the most rows first */
    struct scored_truth *label_rows; /* [n] */
    struct plot plot;
};

/* ---- labels ----------------------------------------------------------------------------------------- */

struct ranked {
    size_t label, support;
};

static int compare_ranked(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->support != y->support)
        return x->support < y->support ? 1 : -1;
    return x->label < y->label ? -1 : x->label > y->label;
}

static int compare_labels(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static bool order_labels(struct figure *figure) {
    const struct metrics *metrics = &figure->evaluation->metrics;
    struct ranked *ranked = calloc(metrics->classes, sizeof *ranked);
    figure->order = calloc(metrics->classes, sizeof *figure->order);
    if (!ranked || !figure->order) {
        free(ranked);
        return false;
    }
    for (size_t k = 0; k < metrics->classes; k++)
        ranked[k] = (struct ranked){k, metrics->by_class[k].support};
    qsort(ranked, metrics->classes, sizeof *ranked, compare_ranked);
    for (size_t k = 0; k < metrics->classes; k++)
        figure->order[k] = ranked[k].label;
    free(ranked);
    return true;
}

/* The first `most` labels of the order, in the order of the model. Returns their number. */
static size_t choose_labels(const struct figure *figure, size_t most, size_t *chosen) {
    size_t n = figure->evaluation->metrics.classes < most ? figure->evaluation->metrics.classes : most;
    for (size_t i = 0; i < n; i++)
        chosen[i] = figure->order[i];
    qsort(chosen, n, sizeof *chosen, compare_labels);
    return n;
}

/* With two labels only the second has curves. */
static size_t choose_curves(const struct figure *figure, size_t chosen[MOST_CURVES]) {
    const mood_head *head = figure->evaluation->head;
    chosen[0] = 1;
    return head->labels == 2 && !head->multi_label ? 1 : choose_labels(figure, MOST_CURVES, chosen);
}

static void format_title(const struct figure *figure, const char *title, size_t shown, char *text, size_t size) {
    size_t all = figure->evaluation->metrics.classes;
    if (shown == 1 || shown == all)
        snprintf(text, size, "%s", title);
    else
        snprintf(text, size, "%s, %zu of %zu labels", title, shown, all);
}

/* ---- confusion matrix ------------------------------------------------------------------------------- */

/* From white for 0 to blue for 1. */
static unsigned shade(double share) {
    unsigned red = (unsigned)(255 - 247 * share), green = (unsigned)(255 - 186 * share);
    return red << 16 | green << 8 | (unsigned)(255 - 97 * share);
}

/* The text is white on dark cells, and dark on light ones. */
static void add_number(struct plot *plot, size_t x, size_t y, size_t count, double share, size_t n) {
    plot_set(plot, "set label '%zu' at first %zu, first %zu center front font ',%d' textcolor rgb '%s'", count, x, y,
             n > 6 ? 9 : 13, share > 0.5 ? "#ffffff" : "#202020");
}

static mood_status add_confusion(struct figure *figure, mood_error *err) {
    const struct metrics *metrics = &figure->evaluation->metrics;
    struct plot *plot = &figure->plot;
    size_t chosen[MOST_LABELS], n = choose_labels(figure, MOST_LABELS, chosen);
    double *x = calloc(n * n, sizeof *x), *y = calloc(n * n, sizeof *y);
    unsigned *colours = calloc(n * n, sizeof *colours);
    char title[100];
    mood_status status = MOOD_OK;
    if (!x || !y || !colours) {
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        goto done;
    }
    format_title(figure, "Confusion matrix", n, title, sizeof title);
    plot_begin_panel(plot, title, "predicted label", "true label");
    plot_set(plot, "set size square");
    plot_set(plot, "set xrange [-0.5:%zu.5]", n - 1);
    plot_set(plot, "set yrange [%zu.5:-0.5]", n - 1);
    plot_set_ticks(plot, 'x', (const char *const *)figure->evaluation->recipe->labels, chosen, n, NAME_COLUMNS);
    plot_set_ticks(plot, 'y', (const char *const *)figure->evaluation->recipe->labels, chosen, n, NAME_COLUMNS);
    plot_set(plot, n > 2 ? "set xtics rotate by -40" : "set xtics norotate");
    for (size_t i = 0; i < n * n; i++) {
        size_t row = chosen[i / n], count = metrics->confusion[row * metrics->classes + chosen[i % n]];
        size_t support = metrics->by_class[row].support;
        double share = support ? (double)count / (double)support : 0;
        x[i] = (double)(i % n);
        y[i] = (double)(i / n);
        colours[i] = shade(share);
        if (n <= MOST_NUMBERS)
            add_number(plot, i % n, i / n, count, share, n);
    }
    plot_add_boxes(plot, x, y, colours, n * n);
    plot_end_panel(plot);
done:
    free(x);
    free(y);
    free(colours);
    return status;
}

/* ---- curves ----------------------------------------------------------------------------------------- */

/* The scores of a label, and which rows have it. */
static void collect(const struct figure *figure, size_t label) {
    const mood_head *head = figure->evaluation->head;
    for (size_t i = 0; i < figure->rows->n; i++) {
        const float *row = figure->evaluation->scores + i * head->outputs, *y = figure->rows->y + i * figure->rows->O;
        figure->label_rows[i].truth = head->multi_label ? y[label] > 0 : (size_t)*y == label;
        figure->label_rows[i].score = head->labels == 2 && !head->multi_label ? evaluation_rank(head, row)
                                                                              : mood_head_label_score(head, row, label);
    }
    curves_sort(figure->label_rows, figure->rows->n);
}

typedef mood_status make_curve(const struct scored_truth *rows, size_t n, struct curve *curve, mood_error *err);

struct panel {
    const char *title, *x_title, *y_title, *area; /* area: its name; NULL: none */
    make_curve *make;
    enum plot_style style;
    const char *key; /* the place of the legend for one curve */
    bool diagonal;
};

static const struct panel roc = {.title = "ROC curve",
                                 .x_title = "false positive rate",
                                 .y_title = "true positive rate",
                                 .area = "AUC",
                                 .make = curve_roc,
                                 .style = PLOT_LINE,
                                 .key = "right bottom",
                                 .diagonal = true};
static const struct panel precision_recall = {.title = "Precision and recall",
                                              .x_title = "recall",
                                              .y_title = "precision",
                                              .area = "AP",
                                              .make = curve_precision_recall,
                                              .style = PLOT_LINE,
                                              .key = "left bottom"};
static const struct panel reliability = {.title = "Reliability",
                                         .x_title = "mean score",
                                         .y_title = "share of rows with the label",
                                         .make = curve_reliability,
                                         .style = PLOT_LINE_POINTS,
                                         .key = "left top",
                                         .diagonal = true};

static void add_curve(struct figure *figure, const struct panel *panel, size_t label, const struct curve *curve) {
    const char *name = figure->evaluation->recipe->labels[label];
    char area[40] = "";
    if (panel->area)
        snprintf(area, sizeof area, "%s %.3f", panel->area, curve->area);
    if (curve->n > 0)
        plot_add_series(&figure->plot, panel->style, name, area, curve->x, curve->y, curve->n);
}

static mood_status add_panel(struct figure *figure, const struct panel *panel, mood_error *err) {
    static const double ends[] = {0, 1};
    size_t chosen[MOST_CURVES], n = choose_curves(figure, chosen);
    struct plot *plot = &figure->plot;
    char title[100];
    mood_status status = MOOD_OK;
    format_title(figure, panel->title, n, title, sizeof title);
    plot_begin_panel(plot, title, panel->x_title, panel->y_title);
    plot_unit_square(plot);
    if (plot->format != PLOT_TEXT && n == 1) {
        plot_set(plot, "set size square");
        plot_set(plot, "set key Left reverse %s", panel->key);
    } else if (plot->format != PLOT_TEXT) {
        plot_set(plot, "set key Left reverse outside right top samplen 2");
    }
    if (panel->diagonal)
        plot_add_series(plot, PLOT_GUIDE, NULL, "", ends, ends, 2);
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        struct curve curve;
        collect(figure, chosen[i]);
        status = panel->make(figure->label_rows, figure->rows->n, &curve, err);
        if (status == MOOD_OK)
            add_curve(figure, panel, chosen[i], &curve);
        curve_free(&curve);
    }
    if (plot->series == 0 && !panel->diagonal)
        plot_add_series(plot, PLOT_GUIDE, "no label with rows of both kinds", "", ends, ends, 2);
    plot_end_panel(plot);
    return status;
}

static mood_status draw(struct figure *figure, const char *path, mood_error *err) {
    const struct evaluation *evaluation = figure->evaluation;
    mood_status status = MOOD_OK;
    bool several = choose_curves(figure, (size_t[MOST_CURVES]){0}) > 1;
    plot_begin(&figure->plot, path, 2, 2, PANEL + (several ? PANEL_LEGEND : 0), PANEL_HEIGHT);
    /* With text the table that was printed before has the matrix. */
    if (evaluation->metrics.confusion && figure->plot.format != PLOT_TEXT)
        status = add_confusion(figure, err);
    if (status == MOOD_OK)
        status = add_panel(figure, &roc, err);
    if (status == MOOD_OK)
        status = add_panel(figure, &precision_recall, err);
    if (status == MOOD_OK && evaluation->head->probabilities)
        status = add_panel(figure, &reliability, err);
    if (status == MOOD_OK)
        return plot_finish(&figure->plot, err);
    plot_discard(&figure->plot);
    return status;
}

mood_status evaluation_plot(const char *path, const struct evaluation *evaluation, const struct labelled *rows,
                            mood_error *err) {
    struct figure figure = {.evaluation = evaluation, .rows = rows};
    mood_status status = MOOD_OK;
    figure.label_rows = calloc(rows->n ? rows->n : 1, sizeof *figure.label_rows);
    if (!figure.label_rows || !order_labels(&figure))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    if (status == MOOD_OK)
        status = draw(&figure, path, err);
    free(figure.label_rows);
    free(figure.order);
    return status;
}
