/* The course of a training as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "markup.h"
#include "new_file.h"
#include "plot.h"

#define HEADING 34.0 /* height of a chart's heading */
#define MARGIN 24.0

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

mood_status plot_check(const char *path, mood_error *err) {
    struct new_file file;
    mood_status status = new_file_open(&file, path, err);
    if (status == MOOD_OK)
        new_file_discard(&file);
    return status;
}

/* What all charts have: the numbers of the epochs. */
struct epoch_names {
    mood_text *texts;
    struct buffer bytes;
};

static bool name_epochs(struct epoch_names *names, size_t n) {
    *names = (struct epoch_names){.texts = calloc(n, sizeof *names->texts)};
    for (size_t i = 0; i < n; i++)
        buffer_print(&names->bytes, "%8zu", i + 1);
    for (size_t i = 0; i < n && names->texts && !names->bytes.failed; i++) {
        mood_text text = buffer_part(&names->bytes, 8 * i, 8);
        size_t blank = strspn(text.data, " ");
        names->texts[i] = (mood_text){text.data + blank, 8 - blank};
    }
    return names->texts && !names->bytes.failed;
}

/* The values of a metric in each epoch; returns whether there are any. */
static bool copy_values(const mood_history *history, const char *name, double *values) {
    bool any = false;
    for (size_t i = 0; i < history->count; i++) {
        double value = mood_metrics_get(history->epochs[i].metrics, name);
        values[i] = isfinite(value) ? value : NAN;
        any |= isfinite(value);
    }
    return any;
}

/* Append the chart of a metric; *y is moved below it. */
static bool append_metric(const mood_history *history, const char *name, const struct epoch_names *epochs, double *y,
                          struct buffer *out) {
    static const mood_text names[] = {{"training", 8}, {"validation", 10}};
    char validation[300];
    double *values = calloc(2 * history->count, sizeof *values);
    if (!values)
        return false;
    snprintf(validation, sizeof validation, "val_%s", name);
    copy_values(history, name, values);
    bool both = copy_values(history, validation, values + history->count);
    const struct chart chart = {.title = name,
                                .series = both ? 2 : 1,
                                .n = history->count,
                                .names = names,
                                .categories = epochs->texts,
                                .values = values,
                                .unit = CHART_NUMBER,
                                .y = *y + HEADING};
    buffer_print(out, "<text class=\"heading\" x=\"0\" y=\"%.0f\">", *y + 18);
    markup_append_string(out, name);
    buffer_append_string(out, "</text>\n");
    *y += HEADING + chart_lines(out, &chart) + MARGIN;
    free(values);
    return true;
}

static bool append_metrics(const mood_history *history, double *y, struct buffer *out) {
    const mood_metrics *metrics = history->epochs[0].metrics;
    struct epoch_names epochs;
    bool ok = name_epochs(&epochs, history->count);
    for (size_t i = 0; ok && i < mood_metrics_count(metrics); i++) {
        const char *name = mood_metrics_name_at(metrics, i);
        if (strncmp(name, "val_", 4) != 0 && strcmp(name, "learning_rate") != 0)
            ok = append_metric(history, name, &epochs, y, out);
    }
    free(epochs.texts);
    buffer_free(&epochs.bytes);
    return ok && !out->failed;
}

static void append_document(struct buffer *out, const struct buffer *charts, double height) {
    double width = CHART_WIDTH + 2 * MARGIN;
    buffer_print(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"%.0f\" height=\"%.0f\" "
                 "viewBox=\"0 0 %.0f %.0f\">\n<style>\n",
                 width, height, width, height);
    chart_write_style(out);
    buffer_append_string(out, ".chart .heading{font-size:15px;font-weight:600}\n</style>\n");
    buffer_print(
        out,
        "<rect width=\"100%%\" height=\"100%%\" style=\"fill:var(--ground)\"/>\n<g transform=\"translate(%.0f)\">\n",
        MARGIN);
    buffer_append_text(out, buffer_part(charts, 0, charts->size));
    buffer_append_string(out, "</g>\n</svg>\n");
}

mood_status plot_write(const char *path, const mood_history *history, mood_error *err) {
    struct buffer charts = {0}, document = {0};
    struct new_file file;
    double y = MARGIN;
    if (!history || history->count == 0)
        return MOOD_OK;
    bool ok = append_metrics(history, &y, &charts);
    append_document(&document, &charts, y);
    mood_status status = ok && !document.failed ? new_file_open(&file, path, err) : no_memory(err);
    if (status == MOOD_OK) {
        status = new_file_write(&file, buffer_part(&document, 0, document.size), err);
        if (status == MOOD_OK)
            status = new_file_commit(&file, err);
        else
            new_file_discard(&file);
    }
    buffer_free(&charts);
    buffer_free(&document);
    return status;
}
