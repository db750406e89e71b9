/* The page of a report: HTML with charts as SVG, without scripts. */
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "command.h"
#include "markup.h"
#include "mood/mood.h"
#include "report_sections.h"

static const char style[] =
    "*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 "
    "system-ui,sans-serif}\n"
    "main{max-width:820px;margin:0 auto;padding:24px 20px 60px}h1{font-size:26px;line-height:1.25;margin:0 0 4px;"
    "overflow-wrap:anywhere}h2{font-size:20px;margin:44px 0 6px}h3{font-size:15px;margin:20px 0 6px}\n"
    "p{margin:6px 0 12px}.soft{color:var(--soft)}.note{font-size:14px;color:var(--soft)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:12px;margin:20px 0}"
    ".tile{background:var(--panel);border-radius:8px;padding:12px 14px}.tile b{display:block;font-size:24px;"
    "line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums}.tile span{font-size:14px;color:var(--soft)}\n"
    ".scroll{overflow-x:auto}.chart{display:block;width:100%;min-width:520px;height:auto;margin:8px 0}\n"
    ".columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:4px 36px}"
    "table{border-collapse:collapse;width:100%;font-size:14px}td,th{padding:4px 12px 4px 0;text-align:left;"
    "vertical-align:top;border-bottom:1px solid var(--grid)}th{font-weight:600;color:var(--soft)}"
    "td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;padding-left:8px}"
    "td.t{overflow-wrap:anywhere;width:100%}td.t,th.t{padding-left:14px}.words td{padding:2px 8px 2px "
    "0;border:0;position:relative}"
    ".words .word{width:45%;overflow-wrap:anywhere}.words .bar{width:40%}.bar i{display:block;height:12px;"
    "border-radius:2px;margin-top:5px}\n"
    "@media print{.tile{border:1px solid var(--grid)}h2,h3{break-after:avoid}svg,tr{break-inside:avoid}}\n";

/* ---- head ------------------------------------------------------------------------------------------- */

static void open_tile(struct buffer *out) {
    buffer_append_string(out, "<div class=\"tile\"><b>");
}

static void close_tile(struct buffer *out, const char *name) {
    buffer_append_string(out, "</b><span>");
    markup_append_string(out, name);
    buffer_append_string(out, "</span></div>\n");
}

static void write_tiles(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    const uint64_t *total = tallies_row(&report->total, 0);
    uint64_t texts = total[TALLY_TEXTS];
    buffer_append_string(out, "<div class=\"tiles\">\n");
    open_tile(out);
    markup_append_count(out, texts);
    close_tile(out, texts == 1 ? "text" : "texts");
    for (size_t i = 0; i < report->head->labels && report->head->labels <= 3; i++) {
        open_tile(out);
        buffer_print(out, "%.1f %%", 100 * share(total[TALLY_LABELS + i], texts));
        close_tile(out, mood_scorer_get_label(report->scorer, i));
    }
    if (report->head->probabilities && texts > 0) {
        open_tile(out);
        buffer_print(out, "%.1f %%", 100 * report->confidence / (double)texts);
        close_tile(out, "mean confidence");
    }
    open_tile(out);
    buffer_print(out, "%.1f %%", 100 * share(total[TALLY_UNKNOWN], total[TALLY_WORDS]));
    close_tile(out, "unknown words");
    if (origin->info->rows_skipped) {
        open_tile(out);
        markup_append_count(out, origin->info->rows_skipped);
        close_tile(out, "skipped rows");
    }
    buffer_append_string(out, "</div>\n");
}

static void write_head(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    const char *name = file_name(origin->input);
    buffer_append_string(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                              "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                              "style-src 'unsafe-inline'\">\n<title>");
    markup_append_string(out, name);
    buffer_append_string(out, "</title>\n<style>\n");
    chart_write_style(out);
    buffer_append_string(out, style);
    for (int i = 0; i < CHART_COLOURS; i++)
        buffer_print(out, ".b%d{background:var(--c%d)}", i, i);
    buffer_append_string(out, "\n</style>\n</head>\n<body>\n<main>\n<h1>");
    markup_append_string(out, name);
    buffer_append_string(out, "</h1>\n<p class=\"soft\">Labels of ");
    markup_append_string(out, file_name(origin->model));
    buffer_print(out, " (weights %.12s), mood ", mood_scorer_get_digest(report->scorer));
    markup_append_string(out, mood_version());
    buffer_append_string(out, "</p>\n");
    write_tiles(report, origin, out);
}

/* ---- labels ----------------------------------------------------------------------------------------- */

static bool write_labels(const struct report *report, struct buffer *out) {
    const uint64_t *total = tallies_row(&report->total, 0);
    size_t labels = report->head->labels;
    mood_text *names = calloc(labels, sizeof *names);
    double *values = calloc(labels, sizeof *values);
    if (names && values) {
        for (size_t i = 0; i < labels; i++) {
            names[i] = text_of(mood_scorer_get_label(report->scorer, i));
            values[i] = (double)total[TALLY_LABELS + i];
        }
        const struct chart chart = {
            .title = "Texts of each label", .series = 1, .n = labels, .categories = names, .values = values};
        section_open(out, "Labels");
        if (report->head->multi_label)
            buffer_append_string(out,
                                 "<p class=\"note\">A text can have several labels, or none. Percentages are of all "
                                 "labels given.</p>\n");
        buffer_append_string(out, "<div class=\"scroll\">");
        chart_bars(out, &chart);
        buffer_append_string(out, "</div>");
        section_close(out);
    }
    bool ok = names && values;
    free(names);
    free(values);
    return ok;
}

/* ---- all -------------------------------------------------------------------------------------------- */

bool report_write_page(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    bool ok = true;
    write_head(report, origin, out);
    if (tallies_row(&report->total, 0)[TALLY_TEXTS] == 0) {
        buffer_append_string(out, "<p>The file has no texts.</p>\n");
    } else {
        ok = write_labels(report, out);
        ok = ok && (!report->by_time || section_time(report, origin, out));
        ok = ok && (!report->by_group || section_groups(report, origin, out));
        ok = ok && section_parts(report, out);
        section_words(report, out);
        section_texts(report, out);
        section_unknown(report, out);
    }
    buffer_append_string(out, "</main>\n</body>\n</html>\n");
    return ok && !out->failed;
}
