/* Horizontal bars. */
#include <math.h>

#include "chart_parts.h"
#include "markup.h"

#define NAME_WIDTH 170.0 /* left of the bars */
#define NAME_COLUMNS 24
#define VALUE_WIDTH 120.0 /* right of them */
#define BAR_HEIGHT 18.0
#define ROW_HEIGHT 26.0

static void append_name(struct buffer *out, mood_text name, double y) {
    buffer_print(out, "<text class=\"end\" x=\"%.0f\" y=\"%.1f\">", NAME_WIDTH - 10, y + 13);
    markup_append_short(out, name, NAME_COLUMNS);
    if (markup_columns(name) > NAME_COLUMNS) {
        buffer_append_string(out, "<title>");
        markup_append_short(out, name, 200);
        buffer_append_string(out, "</title>");
    }
    buffer_append_string(out, "</text>");
}

static void append_bar(struct buffer *out, size_t colour, double x, double y, double width) {
    buffer_print(out, "<rect class=\"f%zu\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.0f\">",
                 colour % CHART_COLOURS, x, y, width, BAR_HEIGHT);
}

static double sum_of(const double *values, size_t n, size_t stride) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += isnan(values[i * stride]) ? 0 : values[i * stride];
    return sum;
}

void chart_bars(struct buffer *out, const struct chart *chart) {
    double most = 0, sum = sum_of(chart->values, chart->n, 1), room = CHART_WIDTH - NAME_WIDTH - VALUE_WIDTH;
    for (size_t i = 0; i < chart->n; i++)
        most = fmax(most, chart->values[i]);
    chart_open(out, chart, ROW_HEIGHT * (double)chart->n);
    for (size_t i = 0; i < chart->n; i++) {
        double value = chart->values[i], y = ROW_HEIGHT * (double)i + 4, width = most > 0 ? room * value / most : 0;
        append_name(out, chart->categories[i], y);
        append_bar(out, i, NAME_WIDTH, y, width);
        chart_append_title(out, chart, 0, i, value, chart->unit);
        buffer_append_string(out, "</rect>");
        buffer_print(out, "<text x=\"%.1f\" y=\"%.1f\">", NAME_WIDTH + width + 8, y + 13);
        chart_append_value(out, chart->unit, value);
        if (chart->unit == CHART_COUNT && sum > 0)
            buffer_print(out, " <tspan class=\"soft\">(%.1f %%)</tspan>", 100 * value / sum);
        buffer_append_string(out, "</text>\n");
    }
    buffer_print(out, "<line class=\"axis\" x1=\"%.0f\" y1=\"0\" x2=\"%.0f\" y2=\"%.0f\"/>", NAME_WIDTH, NAME_WIDTH,
                 ROW_HEIGHT * (double)chart->n);
    chart_close(out);
}

static void append_stack(struct buffer *out, const struct chart *chart, size_t i, double y, double room) {
    double sum = sum_of(chart->values + i, chart->series, chart->n), x = NAME_WIDTH;
    for (size_t s = 0; s < chart->series && sum > 0; s++) {
        double share = chart->values[s * chart->n + i] / sum;
        if (!(share > 0))
            continue;
        append_bar(out, s, x, y, room * share);
        chart_append_title(out, chart, s, i, share, CHART_SHARE);
        buffer_append_string(out, "</rect>");
        x += room * share;
    }
}

void chart_stacked(struct buffer *out, const struct chart *chart) {
    double top = 20 * (double)chart_legend_rows(chart) + 8, room = CHART_WIDTH - NAME_WIDTH - VALUE_WIDTH;
    double bottom = top + ROW_HEIGHT * (double)chart->n;
    chart_open(out, chart, bottom + 22);
    chart_legend(out, chart, 0);
    for (int tick = 0; tick <= 4; tick++) {
        double x = NAME_WIDTH + room * tick / 4;
        buffer_print(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\"/>",
                     tick ? "grid" : "axis", x, top, x, bottom);
        buffer_print(out, "<text class=\"soft middle\" x=\"%.1f\" y=\"%.0f\">%d %%</text>\n", x, bottom + 16,
                     25 * tick);
    }
    for (size_t i = 0; i < chart->n; i++) {
        double y = top + ROW_HEIGHT * (double)i + 4;
        append_name(out, chart->categories[i], y);
        append_stack(out, chart, i, y, room);
        if (chart->sizes) {
            buffer_print(out, "<text class=\"soft\" x=\"%.0f\" y=\"%.1f\">", NAME_WIDTH + room + 10, y + 13);
            markup_append_count(out, (unsigned long long)chart->sizes[i]);
            buffer_append_string(out, chart->sizes[i] == 1 ? " text</text>\n" : " texts</text>\n");
        }
    }
    chart_close(out);
}
