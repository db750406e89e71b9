/* Time series of a stream: each point is the difference of two snapshots. */
#include <math.h>
#include <time.h>

#include "history.h"

enum { RATIO_POINTS = 60 };

double histogram_quantile(const mood_histogram *now, const mood_histogram *before, double q) {
    double all = (double)(now->count - before->count), rank = q * all, sum = 0;
    if (all <= 0 || now->bound_count == 0)
        return NAN;
    for (size_t i = 0; i < now->bound_count; i++) {
        double here = (double)(now->counts[i] - before->counts[i]);
        double low = i ? now->bounds[i - 1] : 0, high = now->bounds[i];
        if (here > 0 && sum + here >= rank)
            return low + (high - low) * (rank - sum) / here;
        sum += here;
    }
    return now->bounds[now->bound_count - 1]; /* or more: the last bucket has no upper bound */
}

static double share_of(double part, double all) {
    return all > 0 ? part / all : NAN;
}

/* Set a point to the changes since the previous snapshot. If the stream has reported nothing new, for example
 * during a long batch, the values are unknown; the next report covers the longer time. */
static void measure(struct history *history, const struct snapshot *now, struct point *point) {
    const mood_stream_statistics *statistics = &now->statistics, *before = &history->before;
    const struct snapshot then = {.statistics = *before};
    double seconds = now->at - history->before_at;
    uint64_t second = statistics->label_count > 1 ? statistics->labels[1] : 0;
    point->words = (double)(statistics->words - before->words); /* first snapshot: since the start */
    point->unknown_words = (double)(statistics->unknown_words - before->unknown_words);
    point->unknown = share_of(point->unknown_words, point->words);
    if (before->size > 0) {
        point->rate = seconds > 0 ? (double)(snapshot_done(now) - snapshot_done(&then)) / seconds : NAN;
        point->p50 = histogram_quantile(&statistics->end_to_end, &before->end_to_end, 0.5);
        point->p99 = histogram_quantile(&statistics->end_to_end, &before->end_to_end, 0.99);
        point->share =
            share_of((double)(second - history->second_before), (double)(statistics->scored - before->scored));
    }
    bool known = false;
    for (size_t i = 0; i < statistics->connector.partition_count; i++)
        known |= partition_lag(&now->partitions[i]) >= 0;
    point->lag = known ? (double)snapshot_lag(now) : NAN;
    history->before = *statistics;
    history->before.labels = NULL;
    history->before.connector = (mood_connector_statistics){0};
    history->before_at = now->at;
    history->second_before = second;
}

void history_add(struct history *history, const struct snapshot *now) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    struct point *point = &history->points[history->count++ % POINTS];
    *point = (struct point){
        (double)time.tv_sec + (double)(time.tv_nsec / 1000000) / 1e3, NAN, NAN, NAN, NAN, NAN, NAN, 0, 0};
    if (now->statistics.size > 0)
        measure(history, now, point);
}

double history_unknown_ratio(const struct history *history) {
    double words = 0, unknown = 0;
    for (size_t i = 0; i < RATIO_POINTS && i < history->count && i < POINTS; i++) {
        const struct point *point = &history->points[(history->count - 1 - i) % POINTS];
        words += point->words;
        unknown += point->unknown_words;
    }
    return share_of(unknown, words);
}

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *history_points(const struct history *history, size_t newest) {
    json_t *list = json_array();
    size_t n = history->count < POINTS ? history->count : POINTS;
    for (size_t i = n < newest ? n : newest; i > 0 && list; i--) {
        const struct point *at = &history->points[(history->count - i) % POINTS];
        json_t *point = json_pack("[o,o,o,o,o,o,o]", number(at->time), number(at->rate), number(at->p50),
                                  number(at->p99), number(at->lag), number(at->share), number(at->unknown));
        if (!point || json_array_append_new(list, point) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
