/* A report's sections about a course: over time, and in the order of the file. */
#include <math.h>
#include <stdlib.h>

#include "markup.h"
#include "report_sections.h"
#include "report_series.h"

struct course {
    size_t n;
    const struct tallies *tallies; /* [n] or more */
    const mood_text *names;        /* [n] */
};

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
        section_chart(out, "Share of each label", &chart, chart_lines);
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
        section_chart(out, heading, &chart, lines ? chart_lines : chart_columns);
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

bool section_time(const struct report *report, const struct report_origin *origin, struct buffer *out) {
    struct bins bins;
    const uint64_t *total = tallies_row(&report->total, 0);
    section_open(out, "Over time");
    if (total[TALLY_TEXTS] == report->timeless) {
        buffer_append_string(out, "<p>No time could be read in the column ");
        markup_append_string(out, origin->time);
        buffer_append_string(out, ".</p>\n");
        section_close(out);
        return true;
    }
    if (!bins_create(&bins, &report->days))
        return false;
    mood_text *names = calloc(bins.n, sizeof *names);
    for (size_t i = 0; names && i < bins.n; i++)
        names[i] = text_of(bins.names[i]);
    const struct course course = {bins.n, &bins.tallies, names};
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
    section_close(out);
    free(names);
    bins_free(&bins);
    return ok;
}

/* From the first half of the parts to the second. */
static void write_drift(const struct tallies *parts, struct buffer *out) {
    uint64_t words[2] = {0}, unknown[2] = {0};
    for (size_t i = 0; i < parts->rows; i++) {
        const uint64_t *row = tallies_row(parts, i);
        words[2 * i >= parts->rows] += row[TALLY_WORDS];
        unknown[2 * i >= parts->rows] += row[TALLY_UNKNOWN];
    }
    buffer_print(out, "<p class=\"note\">Unknown words: %.1f %% in the first half, %.1f %% in the second.</p>\n",
                 100 * share(unknown[0], words[0]), 100 * share(unknown[1], words[1]));
}

/* Copy the parts that have texts; a last part that is less than half full belongs to the one before it. False: out of
 * memory. */
static bool copy_parts(const struct report *report, struct tallies *parts) {
    uint64_t texts = tallies_row(&report->total, 0)[TALLY_TEXTS];
    size_t size = report->part_size, full = (size_t)(texts / size), rest = (size_t)(texts % size);
    size_t n = full + (full == 0 || rest >= size / 2);
    if (!tallies_create(parts, report->head->labels, n))
        return false;
    for (size_t i = 0; i < full + (rest > 0); i++)
        tally_merge(parts, tallies_row(parts, i < n ? i : n - 1), tallies_row(&report->parts, i));
    return true;
}

static bool write_part_charts(const struct report *report, const struct tallies *parts, struct buffer *out) {
    struct buffer bytes = {0};
    size_t ends[PARTS_MAX + 1] = {0};
    mood_text names[PARTS_MAX];
    for (size_t i = 0; i < parts->rows; i++) {
        markup_append_count(&bytes, (unsigned long long)i * report->part_size + 1);
        ends[i + 1] = bytes.size;
    }
    for (size_t i = 0; i < parts->rows && !bytes.failed; i++)
        names[i] = buffer_part(&bytes, ends[i], ends[i + 1] - ends[i]);
    const struct course course = {parts->rows, parts, names};
    bool ok = !bytes.failed && write_course(report, &course, false, out);
    buffer_free(&bytes);
    return ok;
}

bool section_parts(const struct report *report, struct buffer *out) {
    struct tallies parts;
    if (!copy_parts(report, &parts))
        return false;
    bool ok = true;
    if (parts.rows > 1) {
        section_open(out, "In the order of the file");
        buffer_append_string(out, "<p class=\"note\">From the first row to the last, ");
        markup_append_count(out, report->part_size);
        buffer_append_string(out, " texts per point.</p>\n");
        write_drift(&parts, out);
        ok = write_part_charts(report, &parts, out);
        section_close(out);
    }
    tallies_free(&parts);
    return ok;
}
