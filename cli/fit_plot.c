/* The plot of a training: loss and metrics of each epoch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fit_plot.h"
#include "plot.h"

enum { WIDTH = 760, HEIGHT = 300 }; /* of a panel [px] */

static bool is_plotted(const char *name) {
    return strncmp(name, "val_", 4) != 0 && strcmp(name, "learning_rate") != 0;
}

/* The values of a metric in each epoch; returns whether there are any. */
static bool copy_values(const mood_history *history, const char *name, double *values) {
    bool any = false;
    for (size_t i = 0; i < history->count; i++) {
        values[i] = mood_metrics_get(history->epochs[i].metrics, name);
        any |= isfinite(values[i]);
    }
    return any;
}

/* epochs, values [history->count]. */
static void add_metric(struct plot *plot, const mood_history *history, const char *name, const double *epochs,
                       double *values) {
    char validation[300];
    snprintf(validation, sizeof validation, "val_%s", name);
    plot_begin_panel(plot, name, "epoch", "");
    plot_set(plot, "set xrange [0.5:%zu.5]", history->count);
    plot_set(plot, "set autoscale y noextend");
    plot_set(plot, "set offsets 0, 0, graph 0.05, graph 0.05");
    plot_set(plot, "set xtics 1,%g", ceil((double)history->count / 12));
    if (plot->format != PLOT_TEXT)
        plot_set(plot, "set key outside right center Left reverse");
    if (copy_values(history, name, values))
        plot_add_series(plot, PLOT_LINE_POINTS, "training", "", epochs, values, history->count);
    else
        plot_set(plot, "set yrange [0:1]");
    if (copy_values(history, validation, values))
        plot_add_series(plot, PLOT_LINE_POINTS, "validation", "", epochs, values, history->count);
    if (plot->series == 0)
        plot_add_series(plot, PLOT_GUIDE, "no finite value", "", epochs, values, history->count);
    plot_end_panel(plot);
}

mood_status fit_plot_write(const char *path, const mood_history *history, mood_error *err) {
    struct plot plot;
    size_t panels = 0;
    if (!history || history->count == 0)
        return MOOD_OK;
    const mood_metrics *metrics = history->epochs[0].metrics;
    double *epochs = calloc(2 * history->count, sizeof *epochs);
    if (!epochs)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t i = 0; i < history->count; i++)
        epochs[i] = (double)(i + 1);
    for (size_t i = 0; i < mood_metrics_count(metrics); i++)
        panels += is_plotted(mood_metrics_name_at(metrics, i));
    plot_begin(&plot, path, panels, 1, WIDTH, HEIGHT);
    for (size_t i = 0; i < mood_metrics_count(metrics); i++)
        if (is_plotted(mood_metrics_name_at(metrics, i)))
            add_metric(&plot, history, mood_metrics_name_at(metrics, i), epochs, epochs + history->count);
    free(epochs);
    return plot_finish(&plot, err);
}
