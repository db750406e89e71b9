/* Charts as SVG: bars, stacked bars, columns and lines, with axes, a legend, and the values as titles. Their colours are those
 * of chart_write_style, for light and dark pages. */
#ifndef CLI_CHART_H
#define CLI_CHART_H

#include "buffer.h"

#define CHART_COLOURS 8 /* of series; further ones begin again */
#define CHART_NEUTRAL 7 /* grey */

enum chart_unit { CHART_COUNT, CHART_SHARE, CHART_NUMBER }; /* 1,234; 0.123 as 12.3 %; 0.123 */

struct chart {
    const char *title; /* for readers that don't see the chart */
    size_t series, n;
    const mood_text *names;      /* [series] for the legend; series 1: none */
    const mood_text *categories; /* [n] along the axis */
    const double *values;        /* [series, n]; NAN: none */
    const double *sizes;         /* [n] counts beside stacked bars; NULL: none */
    enum chart_unit unit;
};

/* Horizontal bars of one series; each has its own colour. values are counts; each is shown with its share of the sum. */
void chart_bars(struct buffer *out, const struct chart *chart);

/* A horizontal bar per category, with a part for each series: its share of the category's sum. */
void chart_stacked(struct buffer *out, const struct chart *chart);

/* Vertical bars of one series. */
void chart_columns(struct buffer *out, const struct chart *chart);

/* A line per series. */
void chart_lines(struct buffer *out, const struct chart *chart);

/* CSS: the colours as variables, and the classes of the charts. */
void chart_write_style(struct buffer *out);

#endif
