/* A plot: panels with lines, points or boxes, as SVG, PNG or text, drawn by gnuplot. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "buffer.h"

#define PLOT_OPTION "FILE.svg|FILE.png|-"

enum plot_format { PLOT_SVG, PLOT_PNG, PLOT_TEXT };

enum plot_style { PLOT_LINE, PLOT_LINE_POINTS, PLOT_GUIDE }; /* a guide is dashed and grey */

struct plot {
    const char *path; /* borrowed */
    enum plot_format format;
    struct buffer script, items; /* items: of the panel's plot command */
    size_t blocks;               /* of data */
    size_t series;               /* in the panel, without guides */
    bool has_grid;               /* of panels */
};

/* Whether the path is a name that --plot takes: one that ends in .svg or .png, or - for text on standard output. */
bool plot_is_name(const char *path);

/* Check, before a long computation, that gnuplot draws this format and that the file can be written. */
MOOD_MUST_CHECK mood_status plot_check(const char *path, mood_error *err);

/* Begin a plot of rows x columns panels, each of that size [px] (of text: as wide as the terminal). */
void plot_begin(struct plot *plot, const char *path, size_t rows, size_t columns, size_t panel_width,
                size_t panel_height);

/* Begin a panel. Titles can be untrusted texts; they are quoted. */
void plot_begin_panel(struct plot *plot, const char *title, const char *x_title, const char *y_title);
/* The range of both axes is 0 to 1. */
void plot_unit_square(struct plot *plot);
/* A line of gnuplot's language for the panel. */
void plot_set(struct plot *plot, const char *format, ...) MOOD_PRINTF(2, 3);
/* Label the ticks 0 to n - 1 of an axis, 'x' or 'y', with names[order[n]], at most `columns` characters each. */
void plot_set_ticks(struct plot *plot, char axis, const char *const *names, const size_t *order, size_t n,
                    size_t columns);

/* A series of points x, y [n] with a title (NULL: none), followed by a value; NaN: no point. Its colour is the
 * next one. */
void plot_add_series(struct plot *plot, enum plot_style style, const char *title, const char *value, const double *x,
                     const double *y, size_t n);
/* Boxes of size 1 around x, y [n], with these colours 0xRRGGBB. */
void plot_add_boxes(struct plot *plot, const double *x, const double *y, const unsigned *colours, size_t n);
void plot_end_panel(struct plot *plot);

/* Release the plot without drawing it. */
void plot_discard(struct plot *plot);

/* Draw the plot into the file. On failure the file is unchanged. Releases the plot. Errors: MOOD_ERR_IO,
 * naming the path, MOOD_ERR_MEMORY, those of gnuplot_run. */
MOOD_MUST_CHECK mood_status plot_finish(struct plot *plot, mood_error *err);

#endif
