/* Parts that charts have in common: frame, legend, values, colours. */
#include <math.h>

#include "chart_parts.h"
#include "markup.h"

#define LEGEND_COLUMNS 28 /* of a name */

void chart_open(struct buffer *out, const struct chart *chart, double height) {
    buffer_print(out,
                 "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">",
                 CHART_WIDTH, height);
    buffer_append_string(out, "<title>");
    markup_append_string(out, chart->title);
    buffer_append_string(out, "</title>\n");
}

void chart_close(struct buffer *out) {
    buffer_append_string(out, "</svg>\n");
}

/* ---- legend ----------------------------------------------------------------------------------------- */

static double item_width(mood_text name) {
    size_t columns = markup_columns(name);
    return 34 + CHART_LETTER * (double)(columns < LEGEND_COLUMNS ? columns : LEGEND_COLUMNS);
}

size_t chart_legend_rows(const struct chart *chart) {
    double x = 0;
    size_t rows = chart->series > 1;
    for (size_t i = 0; chart->series > 1 && i < chart->series; i++) {
        double width = item_width(chart->names[i]);
        if (x > 0 && x + width > CHART_WIDTH) {
            x = 0;
            rows++;
        }
        x += width;
    }
    return rows;
}

void chart_legend(struct buffer *out, const struct chart *chart, double y) {
    double x = 0;
    for (size_t i = 0; chart->series > 1 && i < chart->series; i++) {
        double width = item_width(chart->names[i]);
        if (x > 0 && x + width > CHART_WIDTH) {
            x = 0;
            y += 20;
        }
        buffer_print(out, "<rect class=\"f%zu\" x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" rx=\"2\"/>",
                     i % CHART_COLOURS, x, y + 2);
        buffer_print(out, "<text x=\"%.1f\" y=\"%.1f\">", x + 17, y + 12);
        markup_append_short(out, chart->names[i], LEGEND_COLUMNS);
        buffer_append_string(out, "</text>\n");
        x += width;
    }
}

/* ---- values ----------------------------------------------------------------------------------------- */

void chart_append_value(struct buffer *out, enum chart_unit unit, double value) {
    if (isnan(value))
        buffer_append_string(out, "–");
    else if (unit == CHART_COUNT)
        markup_append_count(out, (unsigned long long)value);
    else if (unit == CHART_SHARE)
        buffer_print(out, "%.1f %%", 100 * value);
    else
        buffer_print(out, "%.4g", value);
}

double chart_tick(double most, enum chart_unit unit) {
    double step = most > 0 ? pow(10, floor(log10(most))) / 10 : 1;
    static const double factors[] = {2, 2.5, 2}; /* 1, 2, 5, 10 … times a power of ten */
    for (int i = 0; most / step > 5.001; i = (i + 1) % 3)
        step *= factors[i];
    return unit == CHART_COUNT && step < 1 ? 1 : step;
}

void chart_append_title(struct buffer *out, const struct chart *chart, size_t series, size_t i, double value,
                        enum chart_unit unit) {
    buffer_append_string(out, "<title>");
    markup_append_short(out, chart->categories[i], 80);
    if (chart->series > 1) {
        buffer_append_string(out, ", ");
        markup_append_short(out, chart->names[series], 80);
    }
    buffer_append_string(out, ": ");
    chart_append_value(out, unit, value);
    buffer_append_string(out, "</title>");
}

/* ---- style ------------------------------------------------------------------------------------------ */

/* Colours that are told apart with the usual kinds of colour blindness (Okabe and Ito), lighter ones for dark pages. */
static const char style[] =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#1c1e21;--soft:#5f6670;--grid:#e3e6ea;--panel:#f6f7f9;"
    "--c0:#d55e00;--c1:#0072b2;--c2:#009e73;--c3:#cc79a7;--c4:#e69f00;--c5:#56b4e9;--c6:#8a6d3b;--c7:#8b929c}\n"
    "@media(prefers-color-scheme:dark){:root{--ground:#15181c;--ink:#e4e7eb;--soft:#9aa3ad;--grid:#2c323a;"
    "--panel:#1e2228;--c0:#f08a4b;--c1:#5aaee0;--c2:#3cc29b;--c3:#e39cc4;--c4:#f0be4f;--c5:#8ccdf2;--c6:#c8ae6a;"
    "--c7:#808893}}\n"
    ".chart text{font:12px system-ui,sans-serif;fill:var(--ink)}.chart .soft{fill:var(--soft)}"
    ".chart .end{text-anchor:end}.chart .middle{text-anchor:middle}"
    ".chart .grid{stroke:var(--grid);stroke-width:1}.chart .axis{stroke:var(--soft);stroke-width:1}"
    ".chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\n";

void chart_write_style(struct buffer *out) {
    buffer_append_string(out, style);
    for (int i = 0; i < CHART_COLOURS; i++)
        buffer_print(out, ".chart .f%d{fill:var(--c%d)}.chart .s%d{stroke:var(--c%d)}", i, i, i, i);
    buffer_append_byte(out, '\n');
}
