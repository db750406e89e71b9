/* Counts of texts by day, and the days in bins. */
#ifndef CLI_REPORT_DAYS_H
#define CLI_REPORT_DAYS_H

#include "buffer.h"
#include "tally.h"

#define NO_DAY SIZE_MAX

/* The day of a time, from 0 = 1900-01-01: a date as 2026-11-30 or 2026/11/30, also with a time after it, whose zone is
 * ignored; or seconds since 1970 (9 or 10 digits), or milliseconds (12 or 13), in UTC. NO_DAY: none of these, or a year
 * outside of 1900 to 2149. */
size_t day_parse(mood_text time);

#define DAYS 91310 /* of the years 1900 to 2149 */

/* The days first to last in bins of one unit, so that there are at most 60. */
struct bins {
    const char *unit; /* "day", "week", "month", "quarter" or "year" */
    size_t n;
    struct tallies tallies; /* [n] */
    char (*names)[16];      /* [n]: 2026-11-30, of a week its Monday; 2026-11; 2026 Q4; 2026 */
};

/* days: a row for each day, of which at least one has texts. False: out of memory. */
bool bins_create(struct bins *bins, const struct tallies *days);
void bins_free(struct bins *bins);

#endif
