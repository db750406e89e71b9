/* The last minutes of a stream, one point per second, for the page. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <jansson.h>

#include "observer.h"

enum { POINTS = 300 };

/* One point. NaN: unknown, or nothing to measure. */
struct point {
    double time;     /* [seconds] since 1970 */
    double rate;     /* records per second */
    double p50, p99; /* end-to-end latency [seconds] */
    double lag;
    double share;                /* share of the results with class 1 */
    double unknown;              /* share of unknown words */
    double words, unknown_words; /* during that second */
};

struct history {
    struct point points[POINTS]; /* ring buffer: point n is at n % POINTS */
    size_t count;
    mood_stream_statistics before; /* the arrays are not copied */
    double before_at;
    uint64_t second_before; /* results with label 1 */
};

void history_add(struct history *history, const struct snapshot *now);
double history_unknown_ratio(const struct history *history); /* share of unknown words in the last minute */

/* A quantile of the values between two histograms; NaN: there are none. Values are assumed to be evenly distributed
 * within a bucket. */
double histogram_quantile(const mood_histogram *now, const mood_histogram *before, double q);

/* As JSON, new; NULL: out of memory. A point is [time, rate, p50, p99, lag, share, unknown]. */
json_t *history_points(const struct history *history, size_t newest);

#endif
