/* The last minutes of a stream, a point a second, and what of it goes to the page. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <jansson.h>

#include "observer.h"

enum { POINTS = 300 };

/* NaN: nothing is known, or there was nothing to measure. */
struct point {
    double time;     /* since 1970 */
    double rate;     /* records a second */
    double p50, p99; /* seconds from end to end */
    double lag;
    double share;                /* of results of class 1 */
    double unknown;              /* share of words */
    double words, unknown_words; /* of that second */
};

struct history {
    struct point points[POINTS]; /* a ring: number n stands at n % POINTS */
    size_t count;
    mood_stream_statistics before; /* without its arrays */
    double before_at;
    uint64_t second_before; /* results with the second label */
};

void history_add(struct history *history, const struct snapshot *now);
double history_unknown_ratio(const struct history *history); /* of the last minute */

/* Of what came between two moments; NaN when nothing did. Within a bucket values are taken as evenly spread. */
double histogram_quantile(const mood_histogram *now, const mood_histogram *before, double q);

/* As JSON, new; NULL when memory is short. A point is [time, rate, p50, p99, lag, share, unknown]. */
json_t *history_points(const struct history *history, size_t newest);

#endif
