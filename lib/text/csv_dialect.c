/* Finds the separator of a CSV file: the one for which the first rows have as many fields as the first line. */
#include "text/csv_dialect.h"

#include <string.h>

#include "base/errors.h"
#include "text/columns.h"
#include "text/csv_parser.h"

#define PIECE ((size_t)1 << 14)

/* ---- records with one separator ---------------------------------------------------------------- */

struct reader {
    struct records *records;
    size_t width; /* cells in the open record */
    bool no_memory, done;
    bool broken; /* a record breaks the rules of quotes, or is too wide */
};

static void on_field(void *data, size_t size, void *user) {
    struct reader *reader = user;
    if (reader->done || reader->broken || reader->no_memory)
        return;
    if (++reader->width > RECORDS_WIDTH_MAX)
        reader->broken = true;
    else if (!records_add_cell(reader->records, (mood_text){data ? data : "", size}))
        reader->no_memory = true;
}

static void on_record(int end, void *user) {
    (void)end;
    struct reader *reader = user;
    if (reader->done || reader->broken || reader->no_memory)
        return;
    reader->no_memory = !records_end(reader->records);
    reader->done = reader->records->count == RECORDS_MAX;
    reader->width = 0;
}

static bool parse(struct reader *reader, const char *bytes, size_t size, bool whole, char separator, bool quotes) {
    struct csv_parser parser;
    if (!csv_parser_start(&parser, separator, quotes))
        return false;
    for (size_t at = 0; at < size && !reader->done && !reader->broken && !reader->no_memory; at += PIECE) {
        size_t part = size - at < PIECE ? size - at : PIECE;
        if (csv_parser_feed(&parser, bytes + at, part, on_field, on_record, reader) == part)
            continue;
        reader->broken = csv_error(&parser) == CSV_EPARSE;
        reader->no_memory |= !reader->broken;
    }
    if (whole && !reader->done && !reader->broken && !reader->no_memory &&
        csv_fini(&parser, on_field, on_record, reader) != 0) {
        reader->broken = csv_error(&parser) == CSV_EPARSE;
        reader->no_memory |= !reader->broken;
    }
    csv_free(&parser);
    return !reader->no_memory;
}

/* ---- choice ------------------------------------------------------------------------------------ */

struct candidate {
    char separator;
    bool quotes;
    struct records records;
    size_t agree, total; /* records as wide as the first one, and all, a broken one included */
    bool named;          /* the first record has the names of both columns */
};

static bool is_complete(const struct candidate *candidate) {
    return candidate->total > 0 && candidate->agree == candidate->total;
}

static bool try_dialect(struct candidate *candidate, const char *bytes, size_t size, bool whole,
                        const struct layout *layout) {
    struct reader reader = {.records = &candidate->records};
    if (!parse(&reader, bytes, size, whole, candidate->separator, candidate->quotes))
        return false;
    const struct records *records = &candidate->records;
    for (size_t i = 0; i < records->count; i++)
        candidate->agree += records_width(records, i) == records_width(records, 0);
    candidate->total = records->count + reader.broken;
    candidate->named = columns_are_named(records, layout);
    return true;
}

/* Files with other separators than commas often have quotes that are not those of CSV. If the first records fit only
 * without quotes, there are none. */
static bool try_separator(struct candidate *candidate, const char *bytes, size_t size, bool whole,
                          const struct layout *layout) {
    candidate->quotes = !layout->no_quotes;
    if (!try_dialect(candidate, bytes, size, whole, layout))
        return false;
    if (candidate->separator == ',' || !candidate->quotes || is_complete(candidate))
        return true;
    struct candidate plain = {.separator = candidate->separator};
    bool ok = try_dialect(&plain, bytes, size, whole, layout);
    if (ok && is_complete(&plain) && records_width(&plain.records, 0) >= 2) {
        records_free(&candidate->records);
        *candidate = plain;
    } else {
        records_free(&plain.records);
    }
    return ok;
}

/* 0: the separator is not possible. */
static int grade(const struct candidate *candidate) {
    if (records_width(&candidate->records, 0) < 2)
        return 0;
    bool most = candidate->agree * 2 > candidate->total;
    return candidate->named ? 3 : is_complete(candidate) ? 2 : most;
}

static mood_status refuse_ambiguous(char a, char b, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "the columns can be separated by %s%c%s or by %s%c%s; give --separator",
                          a == '\t' ? "ta" : "'", a == '\t' ? 'b' : a, a == '\t' ? "" : "'", b == '\t' ? "ta" : "'",
                          b == '\t' ? 'b' : b, b == '\t' ? "" : "'");
}

static mood_status choose(struct candidate *candidates, size_t count, size_t *best, mood_error *err) {
    int highest = 0;
    *best = 0; /* if none is possible, reading the file with the first one that has columns says why */
    while (*best < count && records_width(&candidates[*best].records, 0) < 2)
        ++*best;
    if (*best == count)
        *best = 0;
    for (size_t i = 0; i < count; i++)
        if (grade(&candidates[i]) > highest) {
            highest = grade(&candidates[i]);
            *best = i;
        }
    for (size_t i = *best + 1; highest > 0 && i < count; i++)
        if (grade(&candidates[i]) == highest)
            return refuse_ambiguous(candidates[*best].separator, candidates[i].separator, err);
    return MOOD_OK;
}

mood_status csv_dialect_find(struct csv_dialect *dialect, const char *bytes, size_t size, bool whole,
                             const struct layout *layout, mood_error *err) {
    static const char separators[] = {',', ';', '\t', '|'};
    struct candidate candidates[sizeof separators] = {{.separator = layout->separator}};
    size_t count = layout->separator ? 1 : sizeof separators, best = 0;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        if (!layout->separator)
            candidates[i].separator = separators[i];
        ok = try_separator(&candidates[i], bytes, size, whole, layout);
    }
    mood_status status = ok ? choose(candidates, count, &best, err) : error_no_memory(err);
    if (status == MOOD_OK)
        *dialect = (struct csv_dialect){candidates[best].separator, candidates[best].quotes, candidates[best].records};
    for (size_t i = 0; i < sizeof separators; i++)
        if (status != MOOD_OK || i != best)
            records_free(&candidates[i].records);
    return status;
}
