/* Committing offsets outside transactions, one commit at a time. */
#ifndef KAFKA_COMMITS_H
#define KAFKA_COMMITS_H

#include "assignment.h"
#include "clients.h"
#include "tracker.h"

struct commits {
    struct clients *clients;
    struct tracker *tracker;
    const struct assignment *assignment;
    rd_kafka_queue_t *responses; /* NULL: no consumer */
    bool in_flight;              /* sent, no response yet */
    bool failed;                 /* the newest periodic commit */
    int interval_ms;             /* 0: no periodic commits */
    int64_t due;                 /* the next periodic commit, not before [clock_ms] */
};

/* After the consumer is created; interval_ms: of periodic commits. */
void commits_open(struct commits *commits, int interval_ms);
void commits_close(struct commits *commits);

/* At least once: send the offsets that can be committed, if a periodic commit is due. Does not wait. */
void commits_send(struct commits *commits);

/* At least once: commit the delivered offsets of partitions that are given up. Logs a failure. */
mood_connector_result commits_finish(struct commits *commits, const rd_kafka_topic_partition_list_t *leaving,
                                     int timeout_ms, mood_error *err);

/* Commit these offsets and wait. RETRY: no response within the time; ABORT: the partitions may be another member's. */
mood_connector_result commits_wait(struct commits *commits, const rd_kafka_topic_partition_list_t *list, int timeout_ms,
                                   mood_error *err);

#endif
