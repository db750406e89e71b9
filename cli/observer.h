/* The state of a running stream, copied from the stream's thread for other threads. The lock is held only while
 * copying, so readers do not delay the stream. */
#ifndef CLI_OBSERVER_H
#define CLI_OBSERVER_H

#include <stdbool.h>

#include "mood/stream.h"

enum { SAMPLE_TEXT = 400, SAMPLE_LABEL = 64, SAMPLES = 12, TOPIC_SIZE = 256 };

/* A scored record, for the page. */
struct sample {
    uint64_t number;                             /* sequence number, from 1 */
    char text[SAMPLE_TEXT], label[SAMPLE_LABEL]; /* UTF-8; text may contain NUL */
    size_t text_size;
    bool cut;
    size_t class; /* the label's number, because the label's text may be truncated */
    double score;
};

/* A copy of the stream's state, which owns its memory. Initialize with {0}. */
struct snapshot {
    /* size 0: the stream has not started; its arrays point to the two members below. */
    mood_stream_statistics statistics;
    uint64_t *labels;
    mood_partition_statistics *partitions;
    char (*topics)[TOPIC_SIZE];
    char group[TOPIC_SIZE];
    size_t label_capacity, partition_capacity;
    double at;         /* time of the report, on the monotonic clock */
    double progressed; /* time of the last progress, or when there was no work */
    bool stopping;
};

struct observer;

double monotonic_seconds(void);

struct observer *observer_create(bool samples); /* NULL: out of memory */
void observer_destroy(struct observer *observer);

/* The stream's callbacks, called from its thread. */
void observer_update(struct observer *observer, const mood_stream_statistics *now);
void observer_sample(struct observer *observer, const mood_scored *scored);
void observer_stopping(struct observer *observer);

/* From another thread. False: out of memory. */
bool observer_snapshot(struct observer *observer, struct snapshot *snapshot);
/* Samples with a number above `after`, oldest first; at most SAMPLES. */
size_t observer_samples(struct observer *observer, uint64_t after, struct sample *samples);

void snapshot_clear(struct snapshot *snapshot);
int64_t snapshot_lag(const struct snapshot *snapshot);
int64_t connector_lag(const mood_connector_statistics *connector); /* sum over all partitions with a known end */
int64_t partition_lag(const mood_partition_statistics *partition); /* -1: unknown */
uint64_t snapshot_done(const struct snapshot *snapshot);           /* processed records */

/* health.c: true if the stream is healthy at time now. *reason becomes one line of text. */
enum { STALLED_SECONDS = 30, STUCK_SECONDS = 60 };
bool is_alive(const struct snapshot *snapshot, double now, char *reason, size_t size);
bool is_ready(const struct snapshot *snapshot, double now, char *reason, size_t size);

#endif
