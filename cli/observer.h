/* What is known of a running stream, from the stream's thread to whoever asks: copied under a lock that is held for the
 * copy alone, so that nobody who asks holds the stream up. */
#ifndef CLI_OBSERVER_H
#define CLI_OBSERVER_H

#include <stdbool.h>

#include "mood/stream.h"

enum { SAMPLE_TEXT = 400, SAMPLE_LABEL = 64, SAMPLES = 12, TOPIC_SIZE = 256 };

/* A record that was scored, for the page. */
struct sample {
    uint64_t number;                             /* from 1, in order */
    char text[SAMPLE_TEXT], label[SAMPLE_LABEL]; /* UTF-8; the text may hold NUL */
    size_t text_size;
    bool cut;
    size_t class; /* the label's number: its text may be cut */
    double score;
};

/* A moment of the stream, with memory of its own. Begins as {0}. */
struct snapshot {
    mood_stream_statistics statistics; /* size 0: it has not begun; its arrays are the two below */
    uint64_t *labels;
    mood_partition_statistics *partitions;
    char (*topics)[TOPIC_SIZE];
    char group[TOPIC_SIZE];
    size_t label_capacity, partition_capacity;
    double at;         /* when it was told, on the monotonic clock */
    double progressed; /* when something was last done, or nothing was there to do */
    bool stopping;
};

struct observer;

double monotonic_seconds(void);

struct observer *observer_create(bool samples); /* NULL: out of memory */
void observer_destroy(struct observer *observer);

/* From the stream's thread: its callbacks. */
void observer_tell(struct observer *observer, const mood_stream_statistics *now);
void observer_sample(struct observer *observer, const mood_scored *scored);
void observer_stopping(struct observer *observer);

/* From another. False: out of memory. */
bool observer_look(struct observer *observer, struct snapshot *snapshot);
/* Those after that number, oldest first; at most SAMPLES. */
size_t observer_samples(struct observer *observer, uint64_t after, struct sample *samples);

void snapshot_clear(struct snapshot *snapshot);
int64_t snapshot_lag(const struct snapshot *snapshot);
int64_t connector_lag(const mood_connector_statistics *connector); /* of all whose end is known */
int64_t partition_lag(const mood_partition_statistics *partition); /* -1: not known */
uint64_t snapshot_done(const struct snapshot *snapshot);           /* records that were dealt with */

/* health.c: is all well at that time? *reason is one line for people. */
enum { STALLED_SECONDS = 30, STUCK_SECONDS = 60 };
bool is_alive(const struct snapshot *snapshot, double now, char *reason, size_t size);
bool is_ready(const struct snapshot *snapshot, double now, char *reason, size_t size);

#endif
