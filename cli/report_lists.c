/* A report's sections of words, texts and groups. */
#include <math.h>
#include <stdlib.h>

#include "markup.h"
#include "report_sections.h"
#include "report_series.h"

/* ---- groups ----------------------------------------------------------------------------------------- */

bool section_groups(const struct report *report, const struct report_origin *origin, struct buffer *out) {
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
    section_open(out, "Groups");
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
    section_close(out);
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

void section_words(const struct report *report, struct buffer *out) {
    struct word_rank ranks[WORDS_SHOWN];
    struct series series;
    series_choose(&series, report);
    section_open(out, "Words that tell the labels apart");
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
    section_close(out);
}

void section_unknown(const struct report *report, struct buffer *out) {
    struct word_rank ranks[WORDS_SHOWN];
    const uint64_t *total = tallies_row(&report->total, 0);
    size_t n = words_unknown(&report->words, mood_scorer_get_recipe(report->scorer)->tokenizer, ranks);
    section_open(out, "Unknown words");
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
    section_close(out);
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
        buffer_print(out, report->head->probabilities ? "<td class=\"n\">%.4f</td>" : "<td class=\"n\">%.4g</td>",
                     extreme->score);
        buffer_append_string(out, "<td class=\"t\">");
        markup_append(out, (mood_text){extreme->text, extreme->kept});
        buffer_append_string(out, extreme->kept < extreme->size ? "…</td></tr>\n" : "</td></tr>\n");
    }
    buffer_append_string(out, "</table>\n");
}

void section_texts(const struct report *report, struct buffer *out) {
    struct series series;
    series_choose(&series, report);
    section_open(out, "The surest texts");
    for (size_t s = 0; s < series.n; s++) {
        if (series.labels[s] == SERIES_OTHER || report->surest[series.labels[s]].count == 0)
            continue;
        buffer_append_string(out, "<h3>");
        markup_append_string(out, mood_scorer_get_label(report->scorer, series.labels[s]));
        buffer_append_string(out, "</h3>\n");
        write_extremes(report, &report->surest[series.labels[s]], false, out);
    }
    section_close(out);
    section_open(out, "The most doubtful texts");
    buffer_append_string(out, "<p class=\"note\">Those nearest to another label.</p>\n");
    write_extremes(report, &report->doubtful, true, out);
    section_close(out);
}
