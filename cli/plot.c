/* Writes the script of a plot, and runs gnuplot. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "gnuplot.h"
#include "new_file.h"
#include "plot.h"

enum { TITLE_COLUMNS = 80, LEGEND_COLUMNS = 20 };
enum { USUAL_COLUMNS = 80, MOST_COLUMNS = 120, TEXT_LINES = 22 };

/* Distinguishable on white, also by colour-blind readers (Okabe and Ito). */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000", "#8a6d00"};
enum { COLOURS = sizeof colours / sizeof *colours };

/* ---- files ------------------------------------------------------------------------------------------ */

static bool find_format(const char *path, enum plot_format *format) {
    size_t size = strlen(path);
    const char *end = size > 4 ? path + size - 4 : "";
    *format = strcmp(path, "-") == 0 ? PLOT_TEXT : strcmp(end, ".png") == 0 ? PLOT_PNG : PLOT_SVG;
    return *format != PLOT_SVG || strcmp(end, ".svg") == 0;
}

bool plot_is_name(const char *path) {
    enum plot_format format;
    return find_format(path, &format);
}

/* The background is opaque, so that a plot is legible on a page of any colour. */
static void append_terminal(struct buffer *out, enum plot_format format, size_t width, size_t height) {
    size_t columns = terminal_columns(STDOUT_FILENO);
    if (!columns)
        columns = USUAL_COLUMNS;
    if (format == PLOT_TEXT)
        buffer_print(out, "set terminal dumb nofeed noenhanced size %zu,%d\n",
                     columns < MOST_COLUMNS ? columns - 1 : MOST_COLUMNS, TEXT_LINES);
    else if (format == PLOT_PNG)
        buffer_print(out, "set terminal pngcairo noenhanced size %zu,%zu font 'Sans,11' background rgb '#ffffff'\n",
                     width, height);
    else
        buffer_print(out,
                     "set terminal svg noenhanced size %zu,%zu dynamic font 'sans-serif,13' background rgb '#ffffff' "
                     "name 'mood'\n",
                     width, height);
}

mood_status plot_check(const char *path, mood_error *err) {
    enum plot_format format;
    struct new_file file;
    struct buffer script = {0}, output = {0};
    find_format(path, &format);
    append_terminal(&script, format, 100, 100);
    mood_status status = gnuplot_run(buffer_part(&script, 0, script.size), &output, err);
    buffer_free(&script);
    buffer_free(&output);
    if (status == MOOD_OK)
        status = new_file_open(&file, path, err);
    if (status == MOOD_OK)
        new_file_discard(&file);
    return status;
}

/* ---- panels ----------------------------------------------------------------------------------------- */

void plot_begin(struct plot *plot, const char *path, size_t rows, size_t columns, size_t panel_width,
                size_t panel_height) {
    *plot = (struct plot){.path = path};
    find_format(path, &plot->format);
    buffer_append_string(&plot->script, "set encoding utf8\n");
    append_terminal(&plot->script, plot->format, columns * panel_width, rows * panel_height);
    plot->has_grid = plot->format != PLOT_TEXT;
    if (!plot->has_grid)
        return;
    buffer_print(&plot->script,
                 "set border 3 lc rgb '#707070'\nset tics nomirror textcolor rgb '#404040'\n"
                 "set grid lt 1 lw 0.5 lc rgb '#e0e0e0'\nset multiplot layout %zu,%zu\n",
                 rows, columns);
}

/* In gnuplot a quote in a string is doubled, and in labels of ticks (`doubled`) also a percent sign; nothing else is
 * special. Control characters become question marks. */
static void append_quoted(struct buffer *out, const char *text, size_t columns, const char *doubled) {
    mood_text all = {text, strlen(text)};
    size_t at = 0, count = 0, size = 0;
    int32_t character;
    size_t control = mood_text_find_control(all, 0, &size, &character);
    buffer_append_byte(out, '\'');
    for (; at < all.size && count < columns; count++) {
        if (at == control) {
            buffer_append_byte(out, '?');
            at += size;
            control = mood_text_find_control(all, at, &size, &character);
            continue;
        }
        if (strchr(doubled, text[at]))
            buffer_append_byte(out, text[at]);
        do
            buffer_append_byte(out, text[at++]);
        while (at < all.size && ((unsigned char)text[at] & 0xc0) == 0x80);
    }
    buffer_append_string(out, at < all.size ? "…'" : "'");
}

void plot_set_ticks(struct plot *plot, char axis, const char *const *names, const size_t *order, size_t n,
                    size_t columns) {
    buffer_print(&plot->script, "set %ctics (", axis);
    for (size_t i = 0; i < n; i++) {
        buffer_append_string(&plot->script, i ? ", " : "");
        append_quoted(&plot->script, names[order[i]], columns, "'%");
        buffer_print(&plot->script, " %zu", i);
    }
    buffer_append_string(&plot->script, ")\n");
}

void plot_begin_panel(struct plot *plot, const char *title, const char *x_title, const char *y_title) {
    struct buffer *out = &plot->script;
    const char *const names[] = {"title", "xlabel", "ylabel"}, *const texts[] = {title, x_title, y_title};
    plot->series = 0;
    buffer_append_string(out, "unset label\nset autoscale\nset key default\nset size noratio\n"
                              "set xtics norotate autofreq\nset ytics autofreq\n");
    for (int i = 0; i < 3; i++) {
        buffer_print(out, "set %s ", names[i]);
        append_quoted(out, texts[i], TITLE_COLUMNS, "'");
        if (i == 0 && plot->format == PLOT_TEXT && *y_title) { /* gnuplot has no room for it beside the axis */
            buffer_append_string(out, ".' | '.");
            append_quoted(out, y_title, TITLE_COLUMNS, "'");
        }
        buffer_append_byte(out, '\n');
    }
    buffer_append_string(out, plot->format == PLOT_TEXT ? "set key below\n" : "set key textcolor rgb '#202020'\n");
}

void plot_unit_square(struct plot *plot) {
    plot_set(plot, "set xrange [0:1]");
    plot_set(plot, "set yrange [0:1]");
}

void plot_set(struct plot *plot, const char *format, ...) {
    char line[200];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    buffer_append_string(&plot->script, line);
    buffer_append_byte(&plot->script, '\n');
}

static void begin_data(struct plot *plot) {
    buffer_print(&plot->script, "$d%zu << EOD\n", plot->blocks);
    buffer_print(&plot->items, "%s$d%zu", plot->items.size ? ", " : "plot ", plot->blocks++);
}

static void append_title(struct plot *plot, const char *title, const char *value) {
    buffer_append_string(&plot->items, title ? " title " : " notitle");
    if (!title)
        return;
    append_quoted(&plot->items, title, LEGEND_COLUMNS, "'");
    if (*value)
        buffer_print(&plot->items, ".'  %s'", value);
}

void plot_add_series(struct plot *plot, enum plot_style style, const char *title, const char *value, const double *x,
                     const double *y, size_t n) {
    const char *colour = colours[plot->series % COLOURS];
    begin_data(plot);
    for (size_t i = 0; i < n; i++)
        buffer_print(&plot->script, isfinite(y[i]) ? "%.6g %.6g\n" : "%.6g NaN\n", x[i], y[i]);
    buffer_append_string(&plot->script, "EOD\n");
    if (style == PLOT_GUIDE)
        buffer_append_string(&plot->items, " with lines dt 2 lw 1 lc rgb '#909090'");
    else
        buffer_print(&plot->items, " with %s lw 2 lc rgb '%s'",
                     style == PLOT_LINE ? "lines" : "linespoints pt 7 ps 0.6", colour);
    append_title(plot, title, value);
    plot->series += style != PLOT_GUIDE;
}

void plot_add_boxes(struct plot *plot, const double *x, const double *y, const unsigned *fill, size_t n) {
    begin_data(plot);
    for (size_t i = 0; i < n; i++)
        buffer_print(&plot->script, "%g %g %u\n", x[i], y[i], fill[i]);
    buffer_append_string(&plot->script, "EOD\n");
    buffer_append_string(&plot->items, " using 1:2:(0.5):(0.5):3 with boxxyerror fs solid noborder lc rgb variable");
    append_title(plot, NULL, "");
}

void plot_end_panel(struct plot *plot) {
    buffer_append_text(&plot->script, buffer_part(&plot->items, 0, plot->items.size));
    buffer_append_byte(&plot->script, '\n');
    buffer_clear(&plot->items);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static mood_status write_file(const char *path, mood_text bytes, mood_error *err) {
    struct new_file file;
    mood_status status = new_file_open(&file, path, err);
    if (status != MOOD_OK)
        return status;
    status = new_file_write(&file, bytes, err);
    if (status == MOOD_OK)
        return new_file_commit(&file, err);
    new_file_discard(&file);
    return status;
}

void plot_discard(struct plot *plot) {
    buffer_free(&plot->script);
    buffer_free(&plot->items);
}

/* Remove the blanks with which gnuplot fills each line. */
static void trim_lines(struct buffer *text) {
    size_t kept = 0, end = 0; /* end: after the last character of the line that is not a blank */
    for (size_t i = 0; i < text->size; i++) {
        char byte = text->data[i];
        if (byte == '\f') /* between two plots, also with nofeed */
            continue;
        text->data[kept++] = byte;
        if (byte == '\n') {
            text->data[end++] = '\n';
            kept = end;
        } else if (byte != ' ') {
            end = kept;
        }
    }
    text->size = end;
    buffer_append_byte(text, '\n');
}

mood_status plot_finish(struct plot *plot, mood_error *err) {
    struct buffer output = {0};
    mood_status status = MOOD_OK;
    if (plot->has_grid)
        buffer_append_string(&plot->script, "unset multiplot\n");
    if (plot->script.failed || plot->items.failed)
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    if (status == MOOD_OK)
        status = gnuplot_run(buffer_part(&plot->script, 0, plot->script.size), &output, err);
    if (status == MOOD_OK && plot->format == PLOT_TEXT) {
        trim_lines(&output);
        fflush(stdout);
    }
    if (status == MOOD_OK)
        status = write_file(plot->path, buffer_part(&output, 0, output.size), err);
    buffer_free(&output);
    plot_discard(plot);
    return status;
}
