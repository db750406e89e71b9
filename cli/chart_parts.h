/* Parts that charts have in common. */
#ifndef CLI_CHART_PARTS_H
#define CLI_CHART_PARTS_H

#include "chart.h"

#define CHART_WIDTH 720.0
#define CHART_LETTER 6.6 /* the mean width of a letter of 12 px */

/* The opening tag, with the title. */
void chart_open(struct buffer *out, const struct chart *chart, double height);
void chart_close(struct buffer *out);

/* The rows of the legend, of 20 px each; then the legend itself, from y on. */
size_t chart_legend_rows(const struct chart *chart);
void chart_legend(struct buffer *out, const struct chart *chart, double y);

/* Append a value with its unit, as text. */
void chart_append_value(struct buffer *out, enum chart_unit unit, double value);

/* The distance of ticks on an axis from 0 to at least `most`, of which there are at most six. */
double chart_tick(double most, enum chart_unit unit);

/* <title>NAME: VALUE</title>, or CATEGORY, NAME: VALUE. */
void chart_append_title(struct buffer *out, const struct chart *chart, size_t series, size_t i, double value,
                        enum chart_unit unit);

#endif
