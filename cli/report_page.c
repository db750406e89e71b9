/* The page of a report: HTML with charts as SVG, without scripts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "markup.h"
#include "mood/mood.h"
#include "report.h"
#include "report_series.h"

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
    "table{border-collapse:collapse;width:100%;font-size:14px}td,th{padding:4px 8px 4px 0;text-align:left;"
    "vertical-align:top;border-bottom:1px solid var(--grid)}th{font-weight:600;color:var(--soft)}"
    "td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;padding-left:8px}"
    "td.t{overflow-wrap:anywhere;width:100%}td.t,th.t{padding-left:14px}.words td{padding:2px 8px 2px "
    "0;border:0;position:relative}"
    ".words .word{width:45%;overflow-wrap:anywhere}.words .bar{width:40%}.bar i{display:block;height:12px;"
    "border-radius:2px;margin-top:5px}\n"
    "@media print{.tile{border:1px solid var(--grid)}h2,h3{break-after:avoid}svg,tr{break-inside:avoid}}\n";

static mood_text text_of(const char *string) {
    return (mood_text){string, strlen(string)};
}

static double share(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0;
}

static void open_section(struct buffer *out, const char *title) {
    buffer_append_string(out, "<section><h2>");
    markup_append_string(out, title);
    buffer_append_string(out, "</h2>\n");
}

static void close_section(struct buffer *out) {
    buffer_append_string(out, "</section>\n");
}

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
    const char *slash = strrchr(origin->input, '/');
    buffer_append_string(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                              "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                              "style-src 'unsafe-inline'\">\n<title>");
    markup_append_string(out, slash ? slash + 1 : origin->input);
    buffer_append_string(out, "</title>\n<style>\n");
    chart_write_style(out);
    buffer_append_string(out, style);
    for (int i = 0; i < CHART_COLOURS; i++)
        buffer_print(out, ".b%d{background:var(--c%d)}", i, i);
    buffer_append_string(out, "\n</style>\n</head>\n<body>\n<main>\n<h1>");
    markup_append_string(out, slash ? slash + 1 : origin->input);
    buffer_append_string(out, "</h1>\n<p class=\"soft\">Labels of ");
    slash = strrchr(origin->model, '/');
    markup_append_string(out, slash ? slash + 1 : origin->model);
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
        open_section(out, "Labels");
        if (report->head->multi_label)
            buffer_append_string(out,
                                 "<p class=\"note\">A text can have several labels, or none. Percentages are of all "
                                 "labels given.</p>\n");
        buffer_append_string(out, "<div class=\"scroll\">");
        chart_bars(out, &chart);
        buffer_append_string(out, "</div>");
        close_section(out);
    }
    bool ok = names && values;
    free(names);
    free(values);
    return ok;
}

/* ---- courses: over time, or over the file ----------------------------------------------------------- */

struct course {
    size_t n;
    const struct tallies *tallies; /* [n] or more */
    const mood_text *names;        /* [n] */
    const char *over;              /* such as "by week" */
};

static void write_chart(struct buffer *out, const char *heading, const struct chart *chart,
                        void (*draw)(struct buffer *, const struct chart *)) {
    buffer_append_string(out, "<h3>");
    markup_append_string(out, heading);
    buffer_append_string(out, "</h3>\n<div class=\"scroll\">");
    draw(out, chart);
    buffer_append_string(out, "</div>\n");
}

static bool write_label_lines(const struct report *report, const struct course *course, struct buffer *out) {
    struct series series;
    series_choose(&series, report);
    double *values = series_shares(&series, course->tallies, NULL, course->n);
    const struct chart chart = {.title = "Share of each label",
                                .series = series.n,
                                .n = course->n,
                                .names = series.names,
                                .categories = course->names,
                                .values = values,
                                .unit = CHART_SHARE};
    if (values)
        write_chart(out, "Share of each label", &chart, chart_lines);
    free(values);
    return values != NULL;
}

/* One cell of each row, alone or divided by another one. */
static bool write_cell(const struct course *course, const char *heading, size_t cell, size_t divisor, bool lines,
                       struct buffer *out) {
    double *values = calloc(course->n, sizeof *values);
    for (size_t i = 0; values && i < course->n; i++) {
        const uint64_t *row = tallies_row(course->tallies, i);
        values[i] = !lines ? (double)row[cell] : row[divisor] ? share(row[cell], row[divisor]) : NAN;
    }
    const struct chart chart = {.title = heading,
                                .series = 1,
                                .n = course->n,
                                .categories = course->names,
                                .values = values,
                                .unit = lines ? CHART_SHARE : CHART_COUNT};
    if (values)
        write_chart(out, heading, &chart, lines ? chart_lines : chart_columns);
    free(values);
    return values != NULL;
}

static bool write_course(const struct report *report, const struct course *course, bool texts, struct buffer *out) {
    if (!write_label_lines(report, course, out))
        return false;
    if (texts && !write_cell(course, "Texts", TALLY_TEXTS, 0, false, out))
        return false;
    return write_cell(course, "Share of words that the model does not know", TALLY_UNKNOWN, TALLY_WORDS, true, out);
}

static bool write_time(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    struct bins bins;
    const uint64_t *total = tallies_row(&report->total, 0);
    open_section(out, "Over time");
    if (total[TALLY_TEXTS] == report->timeless) {
        buffer_append_string(out, "<p>No time could be read in the column ");
        markup_append_string(out, origin->time);
        buffer_append_string(out, ".</p>\n");
        close_section(out);
        return true;
    }
    if (!bins_create(&bins, &report->days))
        return false;
    mood_text *names = calloc(bins.n, sizeof *names);
    for (size_t i = 0; names && i < bins.n; i++)
        names[i] = text_of(bins.names[i]);
    const struct course course = {bins.n, &bins.tallies, names, bins.unit};
    buffer_append_string(out, "<p class=\"note\">By ");
    buffer_append_string(out, bins.unit);
    buffer_append_string(out, ", from the column ");
    markup_append_string(out, origin->time);
    if (report->timeless) {
        buffer_append_string(out, "; without ");
        markup_append_count(out, report->timeless);
        buffer_append_string(out, report->timeless == 1 ? " text whose time can't be read"
                                                        : " texts whose time can't be read");
    }
    buffer_append_string(out, ".</p>\n");
    bool ok = names && write_course(report, &course, true, out);
    close_section(out);
    free(names);
    bins_free(&bins);
    return ok;
}

/* From the first half of the parts to the second. */
static void write_drift(const struct report *report, size_t n, struct buffer *out) {
    uint64_t words[2] = {0}, unknown[2] = {0};
    for (size_t i = 0; i < n; i++) {
        const uint64_t *row = tallies_row(&report->parts, i);
        words[2 * i >= n] += row[TALLY_WORDS];
        unknown[2 * i >= n] += row[TALLY_UNKNOWN];
    }
    buffer_print(out, "<p class=\"note\">Unknown words: %.1f %% in the first half, %.1f %% in the second.</p>\n",
                 100 * share(unknown[0], words[0]), 100 * share(unknown[1], words[1]));
}

static bool write_parts(const struct report *report, struct buffer *out) {
    uint64_t texts = tallies_row(&report->total, 0)[TALLY_TEXTS];
    size_t n = (size_t)((texts + report->part_size - 1) / report->part_size);
    struct buffer bytes = {0};
    size_t ends[PARTS_MAX];
    mood_text names[PARTS_MAX];
    for (size_t i = 0; i < n; i++) {
        markup_append_count(&bytes, (unsigned long long)i * report->part_size + 1);
        ends[i] = bytes.size;
    }
    for (size_t i = 0; i < n && !bytes.failed; i++)
        names[i] = buffer_part(&bytes, i ? ends[i - 1] : 0, ends[i] - (i ? ends[i - 1] : 0));
    const struct course course = {n, &report->parts, names, NULL};
    open_section(out, "In the order of the file");
    buffer_append_string(out, "<p class=\"note\">From the first row to the last, ");
    markup_append_count(out, report->part_size);
    buffer_append_string(out, report->part_size == 1 ? " text per point.</p>\n" : " texts per point.</p>\n");
    if (n > 1)
        write_drift(report, n, out);
    bool ok = !bytes.failed && write_course(report, &course, false, out);
    close_section(out);
    buffer_free(&bytes);
    return ok;
}

/* ---- groups ----------------------------------------------------------------------------------------- */

static bool write_groups(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    const struct groups *groups = &report->groups;
    size_t numbers[GROUPS_SHOWN], n = groups_most_frequent(groups, numbers);
    mood_text names[GROUPS_SHOWN];
    double sizes[GROUPS_SHOWN];
    struct series series;
    for (size_t i = 0; i < n; i++) {
        names[i] = text_of(groups->names[numbers[i]]);
        sizes[i] = (double)tallies_row(&groups->tallies, numbers[i])[TALLY_TEXTS];
    }
    series_choose(&series, report);
    double *values = series_shares(&series, &groups->tallies, numbers, n);
    const struct chart chart = {.title = "Labels of each group",
                                .series = series.n,
                                .n = n,
                                .names = series.names,
                                .categories = names,
                                .values = values,
                                .sizes = sizes,
                                .unit = CHART_SHARE};
    open_section(out, "Groups");
    buffer_append_string(out, "<p class=\"note\">By the column ");
    markup_append_string(out, origin->group);
    if (groups->count > n) {
        buffer_print(out, ": the %zu most frequent of ", n);
        markup_append_count(out, groups->count);
        buffer_append_string(out, groups->others ? " and more values" : " values");
    }
    buffer_append_string(out, ".</p>\n<div class=\"scroll\">");
    if (values)
        chart_stacked(out, &chart);
    buffer_append_string(out, "</div>");
    close_section(out);
    free(values);
    return values != NULL;
}

/* ---- words ------------------------------------------------------------------------------------------ */

static void write_ranks(const struct words *words, const char *heading, size_t colour, const struct word_rank *ranks,
                        size_t n, struct buffer *out) {
    buffer_append_string(out, "<div><h3>");
    markup_append_string(out, heading);
    buffer_append_string(out, "</h3>\n<table class=\"words\">\n");
    for (size_t i = 0; i < n; i++) {
        buffer_append_string(out, "<tr><td class=\"word\">");
        markup_append_string(out, words->names[ranks[i].word]);
        buffer_print(out,
                     "</td><td class=\"bar\"><i class=\"b%zu\" style=\"width:%.1f%%\"></i></td><td class=\"n soft\">",
                     colour % CHART_COLOURS, 100 * ranks[i].value / ranks[0].value);
        if (ranks[i].value == floor(ranks[i].value))
            markup_append_count(out, (unsigned long long)ranks[i].value);
        else
            buffer_print(out, "%.1f", ranks[i].value);
        buffer_append_string(out, "</td></tr>\n");
    }
    buffer_append_string(out, n ? "</table></div>\n" : "</table><p class=\"note\">None.</p></div>\n");
}

static void write_words(const struct report *report, struct buffer *out) {
    struct word_rank ranks[WORDS_SHOWN];
    struct series series;
    series_choose(&series, report);
    open_section(out, "Words that tell the labels apart");
    buffer_append_string(
        out, "<p class=\"note\">The words that are most typical of each label's texts, by the log-odds ratio with an "
             "informative Dirichlet prior; the number is its z-score. They describe the labels that the model "
             "gave, not its reasons.");
    if (report->words.full) {
        buffer_append_string(out, " Only the first ");
        markup_append_count(out, report->words.count);
        buffer_append_string(out, " different words are counted.");
    }
    buffer_append_string(out, "</p>\n<div class=\"columns\">\n");
    for (size_t s = 0; s < series.n; s++)
        if (series.labels[s] != SERIES_OTHER) {
            size_t n = words_typical(&report->words, series.labels[s], ranks);
            write_ranks(&report->words, mood_scorer_get_label(report->scorer, series.labels[s]), s, ranks, n, out);
        }
    buffer_append_string(out, "</div>\n");
    close_section(out);
}

static void write_unknown(const struct report *report, struct buffer *out) {
    struct word_rank ranks[WORDS_SHOWN];
    const uint64_t *total = tallies_row(&report->total, 0);
    size_t n = words_unknown(&report->words, mood_scorer_get_recipe(report->scorer)->tokenizer, ranks);
    open_section(out, "Unknown words");
    buffer_append_string(out, "<p>The model does not know ");
    markup_append_count(out, total[TALLY_UNKNOWN]);
    buffer_append_string(out, " of ");
    markup_append_count(out, total[TALLY_WORDS]);
    buffer_print(out, " words (%.1f %%). ", 100 * share(total[TALLY_UNKNOWN], total[TALLY_WORDS]));
    markup_append_count(out, report->counts.unknown_texts);
    buffer_append_string(out, report->counts.unknown_texts == 1 ? " text has" : " texts have");
    buffer_append_string(out, " no known word; the scores of these mean nothing.</p>\n");
    if (n > 0) {
        buffer_append_string(out, "<div class=\"columns\">\n");
        write_ranks(&report->words, "The most frequent ones", 7, ranks, n / 2 + n % 2, out);
        if (n > 1)
            write_ranks(&report->words, "\xC2\xA0", 7, ranks + n / 2 + n % 2, n / 2, out);
        buffer_append_string(out, "</div>\n");
    }
    close_section(out);
}

/* ---- texts ------------------------------------------------------------------------------------------ */

static void write_extremes(const struct report *report, const struct extremes *extremes, bool label,
                           struct buffer *out) {
    buffer_append_string(out, "<table><tr><th class=\"n\">line</th>");
    buffer_append_string(out, label ? "<th>label</th>" : "");
    buffer_append_string(out, "<th class=\"n\">score</th><th class=\"t\">text</th></tr>\n");
    for (size_t i = 0; i < extremes->count; i++) {
        const struct extreme *extreme = &extremes->texts[i];
        buffer_append_string(out, "<tr><td class=\"n soft\">");
        markup_append_count(out, extreme->line);
        buffer_append_string(out, "</td>");
        if (label) {
            buffer_append_string(out, "<td>");
            markup_append_string(out, mood_scorer_get_label(report->scorer, extreme->label));
            buffer_append_string(out, "</td>");
        }
        buffer_print(out, "<td class=\"n\">%.4g</td><td class=\"t\">", extreme->score);
        markup_append(out, (mood_text){extreme->text, extreme->kept});
        buffer_append_string(out, extreme->kept < extreme->size ? "…</td></tr>\n" : "</td></tr>\n");
    }
    buffer_append_string(out, "</table>\n");
}

static void write_texts(const struct report *report, struct buffer *out) {
    struct series series;
    series_choose(&series, report);
    open_section(out, "The surest texts");
    for (size_t s = 0; s < series.n; s++) {
        if (series.labels[s] == SERIES_OTHER || report->surest[series.labels[s]].count == 0)
            continue;
        buffer_append_string(out, "<h3>");
        markup_append_string(out, mood_scorer_get_label(report->scorer, series.labels[s]));
        buffer_append_string(out, "</h3>\n");
        write_extremes(report, &report->surest[series.labels[s]], false, out);
    }
    close_section(out);
    open_section(out, "The most doubtful texts");
    buffer_append_string(out, "<p class=\"note\">Those nearest to another label.</p>\n");
    write_extremes(report, &report->doubtful, true, out);
    close_section(out);
}

/* ---- all -------------------------------------------------------------------------------------------- */

bool report_write_page(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    bool ok = true;
    write_head(report, origin, out);
    if (tallies_row(&report->total, 0)[TALLY_TEXTS] == 0) {
        buffer_append_string(out, "<p>The file has no texts.</p>\n");
    } else {
        ok = write_labels(report, out);
        ok = ok && (!report->by_time || write_time(report, origin, out));
        ok = ok && (!report->by_group || write_groups(report, origin, out));
        ok = ok && write_parts(report, out);
        write_words(report, out);
        write_texts(report, out);
        write_unknown(report, out);
    }
    buffer_append_string(out, "</main>\n</body>\n</html>\n");
    return ok && !out->failed;
}
