/* Lines and vertical bars over categories, such as days. */
#include <math.h>

#include "chart_parts.h"
#include "markup.h"

#define LEFT 58.0
#define RIGHT 16.0
#define LINES_HEIGHT 200.0
#define COLUMNS_HEIGHT 110.0
#define DOTS 62    /* with more categories dots are smaller */
#define LABELS 8.0 /* along the axis, about */
#define GAP 20.0   /* minimum distance between labels; a nearer label is skipped */

/* Where the values are drawn. */
struct plot {
    double top, height, most, tick, step;
    bool between; /* a category is a place between two lines, not a line */
};

static double x_of(const struct chart *chart, const struct plot *plot, double i) {
    double room = CHART_WIDTH - LEFT - RIGHT;
    if (plot->between)
        return LEFT + room * (i + 0.5) / (double)chart->n;
    return chart->n > 1 ? LEFT + room * i / (double)(chart->n - 1) : LEFT + room / 2;
}

static double y_of(const struct plot *plot, double value) {
    return plot->top + plot->height * (1 - value / plot->most);
}

static struct plot make_plot(const struct chart *chart, double height, bool between) {
    struct plot plot = {.height = height, .between = between};
    plot.top = 20 * (double)chart_legend_rows(chart) + 12;
    for (size_t i = 0; i < chart->series * chart->n; i++)
        if (!isnan(chart->values[i]))
            plot.most = fmax(plot.most, chart->values[i]);
    if (!(plot.most > 0))
        plot.most = 1;
    plot.tick = chart_tick(plot.most, chart->unit);
    plot.most = plot.tick * ceil(plot.most / plot.tick - 1e-9);
    plot.step = ceil((double)chart->n / LABELS);
    return plot;
}

static void append_axes(struct buffer *out, const struct chart *chart, const struct plot *plot) {
    for (double value = 0; value <= plot->most * 1.0001; value += plot->tick) {
        double y = y_of(plot, value);
        buffer_print(out, "<line class=\"%s\" x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\"/>",
                     value > 0 ? "grid" : "axis", LEFT, y, CHART_WIDTH - RIGHT, y);
        buffer_print(out, "<text class=\"soft end\" x=\"%.0f\" y=\"%.1f\">", LEFT - 8, y + 4);
        if (chart->unit == CHART_SHARE)
            buffer_print(out, "%.3g %%", 100 * value);
        else
            chart_append_value(out, chart->unit, value);
        buffer_append_string(out, "</text>\n");
    }
    double end = 0; /* right edge of the previous label */
    for (size_t i = 0; i < chart->n; i += (size_t)plot->step) {
        double x = x_of(chart, plot, (double)i), half = CHART_LETTER / 2 * (double)markup_columns(chart->categories[i]);
        bool at_end = x + half > CHART_WIDTH;
        if (i > 0 && (at_end ? CHART_WIDTH - 2 * half : x - half) < end + GAP)
            continue;
        end = at_end ? CHART_WIDTH : x + half;
        buffer_print(out, "<text class=\"soft %s\" x=\"%.1f\" y=\"%.1f\">", at_end ? "end" : "middle",
                     at_end ? CHART_WIDTH : x, plot->top + plot->height + 18);
        markup_append_short(out, chart->categories[i], 14);
        buffer_append_string(out, "</text>");
    }
    buffer_append_byte(out, '\n');
}

/* One series alone is not in the colour of a label. */
static size_t colour_of(const struct chart *chart, size_t series) {
    return chart->series > 1 ? series % CHART_COLOURS : CHART_NEUTRAL;
}

/* A line for each run of values. */
static void append_line(struct buffer *out, const struct chart *chart, const struct plot *plot, size_t s) {
    const double *values = chart->values + s * chart->n;
    bool open = false;
    for (size_t i = 0; i < chart->n; i++) {
        if (isnan(values[i])) {
            buffer_append_string(out, open ? "\"/>" : "");
            open = false;
            continue;
        }
        if (!open)
            buffer_print(out, "<polyline class=\"line s%zu\" points=\"", colour_of(chart, s));
        buffer_print(out, "%s%.1f,%.1f", open ? " " : "", x_of(chart, plot, (double)i), y_of(plot, values[i]));
        open = true;
    }
    buffer_append_string(out, open ? "\"/>\n" : "\n");
    for (size_t i = 0; i < chart->n; i++) {
        if (isnan(values[i]))
            continue;
        buffer_print(out, "<circle class=\"f%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\">", colour_of(chart, s),
                     x_of(chart, plot, (double)i), y_of(plot, values[i]), chart->n > DOTS ? "1.5" : "3");
        chart_append_title(out, chart, s, i, values[i], chart->unit);
        buffer_append_string(out, "</circle>");
    }
    buffer_append_byte(out, '\n');
}

void chart_lines(struct buffer *out, const struct chart *chart) {
    struct plot plot = make_plot(chart, LINES_HEIGHT, false);
    chart_open(out, chart, plot.top + plot.height + 26);
    chart_legend(out, chart, 0);
    append_axes(out, chart, &plot);
    for (size_t s = 0; s < chart->series; s++)
        append_line(out, chart, &plot, s);
    chart_close(out);
}

void chart_columns(struct buffer *out, const struct chart *chart) {
    struct plot plot = make_plot(chart, COLUMNS_HEIGHT, true);
    double width = (CHART_WIDTH - LEFT - RIGHT) / (double)chart->n * 0.8;
    chart_open(out, chart, plot.top + plot.height + 26);
    append_axes(out, chart, &plot);
    for (size_t i = 0; i < chart->n; i++) {
        double value = chart->values[i], y = y_of(&plot, value);
        if (!(value > 0))
            continue;
        buffer_print(out, "<rect class=\"f%d\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\">", CHART_NEUTRAL,
                     x_of(chart, &plot, (double)i) - width / 2, y, width, plot.top + plot.height - y);
        chart_append_title(out, chart, 0, i, value, chart->unit);
        buffer_append_string(out, "</rect>");
    }
    buffer_append_byte(out, '\n');
    chart_close(out);
}
